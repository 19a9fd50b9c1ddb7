#include "radbatch/model/windows.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "radbatch/base/error.hpp"

namespace radbatch {
namespace {

/// Starts along one axis of `extent`, which is at least a window.
std::vector<std::int64_t> starts_along(std::int64_t extent, std::int64_t size, double overlap) {
  const auto step = std::max<std::int64_t>(
      extent == size ? size : static_cast<std::int64_t>(static_cast<double>(size) * (1 - overlap)), 1);
  std::vector<std::int64_t> starts;
  for (std::int64_t start = 0;; start += step) {
    starts.push_back(std::min(start, extent - size));
    if (start + size >= extent) return starts;
  }
}

void require_room(const Windows& windows, std::span<const std::int64_t> image, std::size_t axis,
                  std::int64_t padding) {
  // The larger half of what is missing lies behind the image.
  if (windows.padding != WindowPadding::reflect || padding - padding / 2 < image[axis]) return;
  throw Error(Reason::dimension,
              fmt::format("the image [{}] is too small to be reflected into a window of [{}]",
                          fmt::join(image, ", "), fmt::join(windows.size, ", ")));
}

/// exp(-x^2 / (2 sigma^2)) around the middle of an axis, in float32 as MONAI computes it.
std::vector<float> bell(std::int64_t size, double scale) {
  const auto divisor = static_cast<float>(-2 * std::pow(static_cast<double>(size) * scale, 2));
  std::vector<float> values;
  for (std::int64_t i = 0; i < size; ++i) {
    const float x = static_cast<float>(i) - static_cast<float>(size - 1) / 2.0F;
    values.push_back(std::exp(x * x / divisor));
  }
  return values;
}

}  // namespace

WindowGrid window_grid(const Windows& windows, std::span<const std::int64_t> image) {
  if (image.size() != windows.size.size()) {
    throw Error(Reason::dimension,
                fmt::format("the tensor has the spatial shape [{}]; the model's windows are [{}]",
                            fmt::join(image, ", "), fmt::join(windows.size, ", ")));
  }
  WindowGrid grid{{image.begin(), image.end()}, {}, {}, {{}}};
  for (std::size_t axis = 0; axis < image.size(); ++axis) {
    const std::int64_t size = windows.size[axis];
    const std::int64_t padding = std::max<std::int64_t>(size - image[axis], 0);
    require_room(windows, image, axis, padding);
    grid.padded.push_back(image[axis] + padding);
    grid.before.push_back(padding / 2);
    std::vector<std::vector<std::int64_t>> longer;
    for (const auto& start : grid.starts) {
      for (const std::int64_t along : starts_along(grid.padded.back(), size, windows.overlap[axis])) {
        longer.push_back(start);
        longer.back().push_back(along);
      }
    }
    grid.starts = std::move(longer);
  }
  return grid;
}

std::vector<float> importance_map(const Windows& windows) {
  std::vector<float> map{1};
  for (std::size_t axis = 0; axis < windows.size.size(); ++axis) {
    const bool flat = windows.importance == Importance::constant;
    const std::vector<float> along = flat
                                         ? std::vector<float>(static_cast<std::size_t>(windows.size[axis]), 1)
                                         : bell(windows.size[axis], windows.sigma_scale[axis]);
    std::vector<float> longer;
    for (const float value : map) {
      for (const float factor : along) longer.push_back(value * factor);
    }
    map = std::move(longer);
  }
  // A corner may weigh nothing in float32, and where only corners reach, the sum must not be zero.
  const float least = std::max(*std::ranges::min_element(map), 1e-3F);
  for (float& value : map) value = std::max(value, least);
  return map;
}

std::string to_text(const Windows& windows) {
  return fmt::format("{}, overlap {}, {} importance, padding {}", fmt::join(windows.size, " x "),
                     fmt::join(windows.overlap, " x "), name(windows.importance), name(windows.padding));
}

std::string_view name(Importance importance) {
  return importance == Importance::constant ? "constant" : "gaussian";
}

std::string_view name(WindowPadding padding) {
  constexpr std::string_view names[]{"constant", "reflect", "replicate"};
  return names[static_cast<std::size_t>(padding)];
}

}  // namespace radbatch
