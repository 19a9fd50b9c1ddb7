// Where a network that sees a part of an image at a time is put on it.
//
// Positions, padding and importance are those of MONAI's SlidingWindowInferer (monai.inferers.utils,
// _get_scan_interval and sliding_window_inference; monai.data.utils, dense_patch_slices and
// compute_importance_map), so that a model evaluated there gives the same numbers here. The tool needs the
// positions too, to say which window a score belongs to.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace radbatch {

/// Weight of a place inside its window where windows of a dense output overlap.
enum class Importance { constant, gaussian };
/// What lies outside an image that is smaller than a window.
enum class WindowPadding { constant, reflect, replicate };

struct Windows {
  std::vector<std::int64_t> size;  ///< per spatial axis of the tensor, in its order
  std::vector<double> overlap;     ///< per axis, [0, 1): share of a window
  Importance importance = Importance::constant;
  std::vector<double> sigma_scale;  ///< per axis: standard deviation as share of the window
  WindowPadding padding = WindowPadding::constant;
  float padding_value = 0;  ///< of constant
};

/// The windows of one image.
struct WindowGrid {
  std::vector<std::int64_t> image;   ///< extent per axis, as it is
  std::vector<std::int64_t> padded;  ///< at least a window
  std::vector<std::int64_t> before;  ///< padding before the first element, half of it rounded down
  std::vector<std::vector<std::int64_t>> starts;  ///< per window, in the padded image, last axis fastest
};

/// Throws Error(Reason::dimension) when the image has another number of axes than the windows, and when
/// "reflect" would need more than the image has.
WindowGrid window_grid(const Windows& windows, std::span<const std::int64_t> image);
/// Weights of the places of one window, C order, float32.
std::vector<float> importance_map(const Windows& windows);

std::string to_text(const Windows& windows);  ///< "96 x 96 x 96, overlap 0.25, gaussian importance"
std::string_view name(Importance importance);
std::string_view name(WindowPadding padding);

}  // namespace radbatch
