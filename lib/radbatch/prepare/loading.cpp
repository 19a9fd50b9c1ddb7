#include "radbatch/prepare/loading.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "radbatch/base/error.hpp"
#include "radbatch/prepare/steps.hpp"

namespace radbatch::prepare_detail {
namespace {

/// Returns how many values were not finite.
std::int64_t settle_nonfinite(Image& image, const std::optional<double>& fill) {
  std::int64_t found = 0;
  for_each_value(image, [&](float v) { found += std::isfinite(v) ? 0 : 1; });
  if (found == 0) return 0;
  if (!fill)
    throw Error(Reason::nonfinite, "the image holds a NaN or infinite value",
                "a plan may fill them: {\"name\": \"LoadImage\", \"nonfinite\": 0}");
  const auto number = static_cast<float>(*fill);
  change_values(image, [=](float v) { return std::isfinite(v) ? v : number; });
  return found;
}

/// Axes in the opposite order. `with_affine`: voxels stay where they are in the patient.
void reverse_axes(Image& image, int dims, bool with_affine) {
  const int last = dims - 1;
  std::swap(image.shape[1], image.shape[last + 1]);
  std::swap(image.strides[1], image.strides[last + 1]);
  std::swap(image.axes[0], image.axes[static_cast<std::size_t>(last)]);
  if (!with_affine) return;
  for (auto& row : image.ras.m) std::swap(row[0], row[static_cast<std::size_t>(last)]);
}

void require_channel_axis(const Volume& volume, const step::EnsureChannelFirst& s) {
  const int last = volume.dims;
  if (s.no_channel && volume.channels > 1)
    throw Error(Reason::channels, fmt::format("EnsureChannelFirst: channel_dim is \"no_channel\", the image "
                                              "has {} channels",
                                              volume.channels));
  if (!s.channel_dim) return;
  if (volume.frames > 1 && volume.channels > 1)
    throw Error(Reason::channels,
                "EnsureChannelFirst: channel_dim asks for frames as channels, and the image "
                "has channels already");
  if (volume.frames == 1 && volume.channels == 1)
    throw Error(
        Reason::channels,
        fmt::format("EnsureChannelFirst: channel_dim is {}, the image has {} spatial axes and no channels",
                    *s.channel_dim, last));
  if (*s.channel_dim >= 0 && *s.channel_dim != last)
    throw Error(Reason::channels,
                fmt::format("EnsureChannelFirst: channel_dim is {}, the channels of the image "
                            "are on axis {}",
                            *s.channel_dim, last));
}

/// To the nearest number with `bits` bits of mantissa (the leading one included), the smallest step being
/// 2^`smallest`.
float rounded(float value, int bits, int smallest) {
  int exponent = 0;
  std::frexp(value, &exponent);
  const int step = std::max(exponent - bits, smallest);
  return std::ldexp(static_cast<float>(std::nearbyint(std::ldexp(static_cast<double>(value), -step))), step);
}

template <class Whole>
float wrapped(float value) {
  if (!(std::abs(value) < 2147483648.0f))
    throw Error(Reason::range, fmt::format("{:g} cannot be converted to a whole number of 32 bits", value));
  return static_cast<float>(static_cast<Whole>(static_cast<std::int64_t>(value)));
}

float checked_half(float value) {
  const float half = rounded(value, 11, -24);
  if (std::abs(half) > 65504)
    throw Error(Reason::range, fmt::format("{:g} is beyond float16, which ends at 65504", value));
  return half;
}

}  // namespace

Loading loading_of(const Plan& plan, const std::string& image) {
  Loading loading;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const std::vector<std::string>& keys = keys_of(plan, i);
    if (!image.empty() && !keys.empty() && std::find(keys.begin(), keys.end(), image) == keys.end()) continue;
    const PlanStep& step = plan.steps[i];
    if (const auto* load = std::get_if<step::LoadImage>(&step)) loading.load = *load;
    if (const auto* first = std::get_if<step::EnsureChannelFirst>(&step)) loading.channels = *first;
  }
  return loading;
}

std::int64_t images_of(const Volume& volume, const Loading& loading) {
  return loading.channels.channel_dim ? 1 : volume.frames;
}

bool joins_frames(const Volume& volume, const Loading& loading) {
  require_channel_axis(volume, loading.channels);
  return loading.channels.channel_dim && volume.frames > 1;
}

void apply_reader(Image& image, const step::LoadImage& s, bool has_geometry) {
  using step::Reader;
  // ITK gives pictures a geometry too, in LPS.
  if (s.reader == Reader::itk && !has_geometry) image.ras.m[0][0] = image.ras.m[1][1] = -1;
  if (s.reader == Reader::pil && !s.reverse_indexing.value_or(true)) {
    if (image.dims != 2)
      throw Error(Reason::dimension, "LoadImage: the plan's PILReader reads pictures, the image is a volume");
    reverse_axes(image, 2, has_geometry);
  }
  if (s.reader == Reader::itk && s.reverse_indexing.value_or(false))
    reverse_axes(image, image.dims, has_geometry);
  if (s.reader == Reader::pydicom && !s.swap_ij.value_or(true)) reverse_axes(image, 2, true);
  if (s.as_closest_canonical) apply(image, step::Orientation{image.dims == 3 ? "RAS" : "RA"});
}

LoadedImage load_image(const Volume& volume, std::int64_t frame, const Loading& loading) {
  LoadedImage loaded{joins_frames(volume, loading) ? frames_as_channels(volume) : frame_of(volume, frame)};
  if (volume.type == SampleType::float32)
    loaded.filled = settle_nonfinite(loaded.image, loading.load.nonfinite);
  apply_reader(loaded.image, loading.load, volume.has_geometry);
  if (loading.load.dtype) convert_values(loaded.image, *loading.load.dtype);
  return loaded;
}

void convert_values(Image& image, step::NumberType type) {
  using step::NumberType;
  if (type == NumberType::float32) return;
  own_values(image);
  switch (type) {
    case NumberType::float32:
      break;
    case NumberType::float16:
      return change_values(image, checked_half);
    case NumberType::bfloat16:
      return change_values(image, [](float v) { return rounded(v, 8, -133); });
    case NumberType::uint8:
      return change_values(image, wrapped<std::uint8_t>);
    case NumberType::int16:
      return change_values(image, wrapped<std::int16_t>);
    case NumberType::int32:
      return change_values(image, wrapped<std::int32_t>);
    case NumberType::int64:
      return change_values(image, [](float v) { return std::trunc(v); });
  }
}

}  // namespace radbatch::prepare_detail
