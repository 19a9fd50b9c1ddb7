#include "radbatch/dicom/colour.hpp"

#include <algorithm>
#include <cmath>

namespace radbatch {
namespace {

std::uint8_t to_byte(double value) {
  return static_cast<std::uint8_t>(std::clamp(std::floor(value + 0.5), 0.0, 255.0));
}

}  // namespace

void ybr_full_to_rgb(std::span<std::uint8_t> triples) {
  for (std::size_t i = 0; i + 2 < triples.size(); i += 3) {
    const double y = triples[i], cb = triples[i + 1] - 128.0, cr = triples[i + 2] - 128.0;
    triples[i] = to_byte(y + 1.402 * cr);
    triples[i + 1] = to_byte(y - 0.344136 * cb - 0.714136 * cr);
    triples[i + 2] = to_byte(y + 1.772 * cb);
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
