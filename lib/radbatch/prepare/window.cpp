// Display windows by the functions of DICOM PS3.3 C.11.2.1.2 and C.11.2.1.3, counted in float64.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/prepare/steps.hpp"

namespace radbatch::prepare_detail {
namespace {

/// From a value to 0 ... 1.
struct WindowMap {
  double center = 0, width = 1;
  VoiFunction function = VoiFunction::linear;

  double operator()(double x) const {
    switch (function) {
      case VoiFunction::linear:
        if (x <= center - 0.5 - (width - 1) / 2) return 0;
        if (x > center - 0.5 + (width - 1) / 2) return 1;
        return (x - (center - 0.5)) / (width - 1) + 0.5;
      case VoiFunction::linear_exact:
        if (x <= center - width / 2) return 0;
        if (x > center + width / 2) return 1;
        return (x - center) / width + 0.5;
      case VoiFunction::sigmoid:
        return 1 / (1 + std::exp(-4 * (x - center) / width));
    }
    return 0;
  }
};

const HeaderWindow& window_of_header(const Image& image, const std::string& wanted) {
  if (image.display == nullptr || image.display->windows.empty())
    throw Error(Reason::prepare,
                image.display == nullptr ? "the file has no DICOM window" : image.display->why_no_window,
                "give the step center and width, or a preset");
  const std::vector<HeaderWindow>& windows = image.display->windows;
  if (wanted == "first") return windows.front();
  const auto named = std::find_if(windows.begin(), windows.end(), [&](const HeaderWindow& window) {
    return to_lower_ascii(window.explanation) == to_lower_ascii(wanted);
  });
  if (named != windows.end()) return *named;
  // Not their names: text of a header has no place in messages.
  throw Error(Reason::prepare, fmt::format("the header has {}, none named {}",
                                           counted(windows.size(), "window"), printable(wanted)));
}

WindowMap map_of(const Image& image, const step::Window& window, step::WindowFunction function) {
  using step::WindowFunction;
  WindowMap map{window.center, window.width};
  if (!window.header.empty()) {
    const HeaderWindow& found = window_of_header(image, window.header);
    map = {found.center, found.width, image.display->function};
  }
  if (function == WindowFunction::linear) map.function = VoiFunction::linear;
  if (function == WindowFunction::linear_exact) map.function = VoiFunction::linear_exact;
  if (function == WindowFunction::sigmoid) map.function = VoiFunction::sigmoid;
  const double least = map.function == VoiFunction::linear ? 1 : 0;
  if (!(map.width >= least) || map.width == 0)
    throw Error(Reason::prepare, fmt::format("a window of width {} has no meaning", map.width));
  return map;
}

}  // namespace

void apply(Image& image, const step::WindowLevel& s) {
  const auto n = static_cast<std::int64_t>(s.windows.size());
  if (n > 1 && image.shape[0] != 1)
    throw Error(
        Reason::channels,
        fmt::format("{} windows become channels, and the image has {} channels already", n, image.shape[0]));
  if (n > 1) apply(image, step::RepeatChannel{n});
  own_values(image);
  const double range = s.b_max - s.b_min;
  for (std::int64_t at = 0; at < n; ++at) {
    const WindowMap map = map_of(image, s.windows[static_cast<std::size_t>(at)], s.function);
    Image part = n > 1 ? channel_of(image, at) : image;
    change_values(part, [&](float v) { return static_cast<float>(map(v) * range + s.b_min); });
  }
}

}  // namespace radbatch::prepare_detail
