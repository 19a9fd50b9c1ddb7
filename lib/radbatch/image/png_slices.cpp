#include "radbatch/image/png_slices.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "radbatch/base/error.hpp"
#include "radbatch/image/output_file.hpp"
#include "radbatch/image/png_bytes.hpp"
#include "radbatch/image/samples.hpp"

namespace radbatch {
namespace {

constexpr double most = 65535;
// Slices are many, and PNG's levels above this one save one or two per cent.
constexpr int compression_level = 3;

struct Scale {
  double slope = 1, intercept = 0;
};

Scale scale_of(const Volume& v) {
  if (v.type == SampleType::uint8 || v.type == SampleType::uint16) return {};
  const auto [low, high] = visit_samples(v, [&v](const auto* samples) {
    double smallest = samples[0], largest = samples[0];
    for (std::int64_t i = 0; i < v.count(); ++i) {
      const auto value = static_cast<double>(samples[i]);
      if (!std::isfinite(value)) throw Error(Reason::nonfinite, "PNG cannot hold values that are not finite");
      smallest = std::min(smallest, value);
      largest = std::max(largest, value);
    }
    return std::pair(smallest, largest);
  });
  if (v.type == SampleType::int16) return {1, low < 0 ? -32768.0 : 0.0};
  if (v.type == SampleType::int32 && low >= 0 && high <= most) return {};
  return {high > low ? (high - low) / most : 1, low};
}

template <class T>
std::vector<std::uint16_t> stored_values(const T* samples, std::size_t n, const Scale& scale) {
  std::vector<std::uint16_t> stored(n);
  for (std::size_t i = 0; i < n; ++i) {
    const double value = (static_cast<double>(samples[i]) - scale.intercept) / scale.slope;
    stored[i] = static_cast<std::uint16_t>(std::clamp(std::floor(value + 0.5), 0.0, most));
  }
  return stored;
}

}  // namespace

PngSlices write_png_slices(const Volume& v, int fd) {
  if (v.channels != 1 && v.channels != 3) {
    throw Error(Reason::channels, "PNG holds 1 or 3 channels, the image has " + std::to_string(v.channels),
                "choose another --format");
  }
  const int width = static_cast<int>(v.size[0]), height = static_cast<int>(v.size[1]);
  const auto n = static_cast<std::size_t>(v.size[0] * v.size[1] * v.channels);
  const Scale scale = scale_of(v);
  PngSlices written{{}, scale.slope, scale.intercept};
  for (std::size_t slice = 0; slice < static_cast<std::size_t>(v.size[2] * v.frames); ++slice) {
    const std::string png = visit_samples(v, [&](const auto* samples) {
      const auto* first = samples + slice * n;
      if constexpr (sizeof(*first) == 1) {
        return png_bytes(std::span(first, n), width, height, v.channels, compression_level);
      } else {
        return png_bytes(std::span<const std::uint16_t>(stored_values(first, n, scale)), width, height,
                         v.channels, compression_level);
      }
    });
    write_bytes(fd, bytes_of(png));
    written.bytes.push_back(png.size());
  }
  return written;
}

}  // namespace radbatch
