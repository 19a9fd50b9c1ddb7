#include "radbatch/volume/volume.hpp"

#include <string>

#include "radbatch/base/error.hpp"

namespace radbatch {
namespace {

constexpr std::array<std::string_view, 5> names{"uint8", "int16", "uint16", "int32", "float32"};
constexpr std::array<std::size_t, 5> widths{1, 2, 2, 4, 4};

template <class T>
std::vector<float> converted(const Buffer& samples, std::size_t count) {
  const auto values = samples.as<T>().first(count);
  return std::vector<float>(values.begin(), values.end());
}

}  // namespace

std::size_t bytes_per_sample(SampleType type) {
  return widths.at(static_cast<std::size_t>(type));
}

std::string_view name(SampleType type) {
  return names.at(static_cast<std::size_t>(type));
}

Volume make_volume(std::array<std::int64_t, 3> size, int channels, std::int64_t frames, SampleType type) {
  Volume volume;
  volume.size = size;
  volume.channels = channels;
  volume.frames = frames;
  volume.type = type;
  std::uint64_t bytes = bytes_per_sample(type);
  for (const std::int64_t n : {size[0], size[1], size[2], frames, static_cast<std::int64_t>(channels)}) {
    if (n <= 0) throw Error(Reason::bad_header, "an image axis has " + std::to_string(n) + " samples");
    if (__builtin_mul_overflow(bytes, static_cast<std::uint64_t>(n), &bytes) ||
        bytes > (std::uint64_t{1} << 62)) {
      throw Error(Reason::too_large, "the image would need more than 2^62 bytes");
    }
  }
  volume.samples = Buffer(static_cast<std::size_t>(bytes));
  return volume;
}

std::vector<float> to_float(const Volume& volume) {
  const auto count = static_cast<std::size_t>(volume.count());
  switch (volume.type) {
    case SampleType::uint8:
      return converted<std::uint8_t>(volume.samples, count);
    case SampleType::int16:
      return converted<std::int16_t>(volume.samples, count);
    case SampleType::uint16:
      return converted<std::uint16_t>(volume.samples, count);
    case SampleType::int32:
      return converted<std::int32_t>(volume.samples, count);
    case SampleType::float32:
      return converted<float>(volume.samples, count);
  }
  throw Error(ExitCode::internal, "unknown sample type");
}

}  // namespace radbatch
