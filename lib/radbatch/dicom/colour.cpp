#include "radbatch/dicom/colour.hpp"

#include <algorithm>

namespace radbatch {
namespace {

// Rounded half up; what is negative is clamped, so cutting off its fraction towards zero does no harm.
template <class T>
T to_sample(double value, int highest) {
  return static_cast<T>(std::clamp(static_cast<int>(value + 0.5), 0, highest));
}

template <class T>
void full_to_rgb(std::span<T> triples, int bits) {
  const int highest = (1 << bits) - 1;
  const double middle = 1 << (bits - 1);
  for (std::size_t i = 0; i + 2 < triples.size(); i += 3) {
    const double y = triples[i], cb = triples[i + 1] - middle, cr = triples[i + 2] - middle;
    triples[i] = to_sample<T>(y + 1.402 * cr, highest);
    triples[i + 1] = to_sample<T>(y - 0.344136 * cb - 0.714136 * cr, highest);
    triples[i + 2] = to_sample<T>(y + 1.772 * cb, highest);
  }
}

}  // namespace

void ybr_full_to_rgb(std::span<std::uint8_t> triples) {
  full_to_rgb(triples, 8);
}

void ybr_full_to_rgb(std::span<std::uint16_t> triples, int bits) {
  full_to_rgb(triples, bits);
}

void ybr_partial_to_rgb(std::span<std::uint8_t> triples) {
  for (std::size_t i = 0; i + 2 < triples.size(); i += 3) {
    const double y = 1.1644 * (triples[i] - 16.0), cb = triples[i + 1] - 128.0, cr = triples[i + 2] - 128.0;
    triples[i] = to_sample<std::uint8_t>(y + 1.5960 * cr, 255);
    triples[i + 1] = to_sample<std::uint8_t>(y - 0.3917 * cb - 0.8129 * cr, 255);
    triples[i + 2] = to_sample<std::uint8_t>(y + 2.0173 * cb, 255);
  }
}

std::vector<std::uint8_t> expand_ybr_422(std::span<const std::uint8_t> samples) {
  std::vector<std::uint8_t> triples;
  triples.reserve(samples.size() / 2 * 3);
  for (std::size_t i = 0; i + 3 < samples.size(); i += 4) {
    const std::uint8_t cb = samples[i + 2], cr = samples[i + 3];
    triples.insert(triples.end(), {samples[i], cb, cr, samples[i + 1], cb, cr});
  }
  return triples;
}

std::uint8_t look_up(const PaletteChannel& channel, std::int64_t stored) {
  const auto last = static_cast<std::int64_t>(channel.values.size()) - 1;
  return channel.values[static_cast<std::size_t>(std::clamp<std::int64_t>(stored - channel.first, 0, last))];
}

}  // namespace radbatch
