// The preparation plan: an ordered list of steps in MONAI's transform names and parameters.
//
// A closed vocabulary, checked when the bundle is loaded: a step or parameter that is silently ignored is a
// score that is silently wrong. Every default is MONAI's. docs/plan.md is the table for users.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "radbatch/base/json.hpp"

namespace radbatch {

namespace step {

/// Sizes per spatial axis; one value stands for all axes; a value <= 0 keeps the image's size on that axis.
using Sizes = std::vector<std::int64_t>;

/// bilinear is trilinear on volumes, as in grid_sample; splines are those of scipy.ndimage by order.
enum class SampleMode { bilinear, nearest, spline0, spline1, spline3 };
/// What lies outside: border, zeros and reflection are grid_sample's; the others scipy.ndimage's, for
/// splines.
enum class SamplePadding { border, zeros, reflection, mirror, wrap, grid_constant, grid_wrap };
enum class ResizeMode { area, nearest, nearest_exact, bilinear, bicubic };
/// What interpolation weights are computed in.
enum class DataType { float32, float64 };
enum class SizeMode { all, longest };
enum class PadMode { constant, edge, reflect, symmetric, wrap };
enum class PadMethod { symmetric, end };
enum class IfMissing { refuse, keep };

/// Steps that a volume read by radbatch has already had; they change nothing.
struct LoadImage {};
struct EnsureChannelFirst {};
struct EnsureType {};
struct CastToType {};
struct ToTensor {};

struct Orientation {
  std::string axcodes;  ///< where the axes point to, RAS letters: "RAS", "LPS", "RA"; else empty
  bool as_closest_canonical =
      false;  ///< "RAS" for a volume; for a picture the two of its axes, in that order
};
struct Spacing {
  std::vector<double> pixdim;  ///< mm; a short list is filled with its last value, <= 0 keeps the spacing
  bool diagonal = false;
  SampleMode mode = SampleMode::bilinear;
  SamplePadding padding_mode = SamplePadding::border;
  bool align_corners = false;
  bool scale_extent = false;      ///< sizes by the voxels' extent, not by the distance of their centres
  bool recompute_affine = false;  ///< MONAI's: the affine becomes the scaling between the two index grids
  std::vector<double> min_pixdim, max_pixdim;  ///< a spacing between them is kept; from the first axis on
};
struct ScaleIntensityRange {
  double a_min = 0, a_max = 0;
  std::optional<double> b_min, b_max;
  bool clip = false;
};
struct ScaleIntensityRangePercentiles {
  double lower = 0, upper = 0;  ///< 0 to 100
  std::optional<double> b_min, b_max;
  bool clip = false, relative = false, channel_wise = false;
};
struct ScaleIntensity {
  std::optional<double> minv = 0.0, maxv = 1.0, factor;
  bool channel_wise = false;
};
struct NormalizeIntensity {
  std::vector<double> subtrahend, divisor;  ///< empty: from the image; else one value, or one per channel
  bool nonzero = false, channel_wise = false;
};
struct Resize {
  Sizes spatial_size;
  SizeMode size_mode = SizeMode::all;
  ResizeMode mode = ResizeMode::area;
  std::optional<bool> align_corners;
  bool anti_aliasing = false;  ///< Gaussian smoothing before an axis shrinks
  std::vector<double>
      anti_aliasing_sigma;  ///< in voxels, one for all axes or one per axis; empty: (n/m - 1) / 2
  DataType dtype = DataType::float32;
};
struct CenterSpatialCrop {
  Sizes roi_size;
};
struct SpatialPad {
  Sizes spatial_size;
  PadMethod method = PadMethod::symmetric;
  PadMode mode = PadMode::constant;
  double value = 0;
};
struct ResizeWithPadOrCrop {
  Sizes spatial_size;
  PadMethod method = PadMethod::symmetric;
  PadMode mode = PadMode::constant;
  double value = 0;
};
struct RepeatChannel {
  std::int64_t repeats = 0;
};
struct SqueezeDim {
  std::int64_t dim = 0;  ///< axis of (channel, i, j, k); negative counts from the end
};
struct Transpose {
  std::vector<std::int64_t> indices;  ///< permutation of (channel, i, j, k); the channel stays first
};

struct Zoom {
  std::vector<double> zoom;  ///< one for all axes or one per axis; size = floor(n * zoom)
  ResizeMode mode = ResizeMode::area;
  PadMode padding_mode = PadMode::edge;
  std::optional<bool> align_corners;
  DataType dtype = DataType::float32;
  bool keep_size = true;  ///< pads with padding_mode or crops to the size before
  double value = 0;
};
struct BorderPad {
  Sizes spatial_border;  ///< one for all borders, one per axis, or (low, high) per axis; < 0 counts as 0
  PadMode mode = PadMode::constant;
  double value = 0;
};
struct DivisiblePad {
  Sizes k;  ///< sizes become multiples; one value for all axes; <= 0 keeps the size
  PadMode mode = PadMode::constant;
  PadMethod method = PadMethod::symmetric;
  double value = 0;
};
struct CenterScaleCrop {
  std::vector<double> roi_scale;  ///< size = ceil(n * scale); one for all axes; <= 0 keeps the size
};
/// Either centre and size or start and end, per axis from the first one; axes without a value are kept.
struct SpatialCrop {
  Sizes roi_center, roi_size, roi_start, roi_end;
};
/// MONAI's default (above 0), and what stands for the functions that MONAI takes.
enum class Foreground { is_positive, above, below, nonzero };
struct CropForeground {
  Foreground select_fn = Foreground::is_positive;
  std::optional<double> threshold;  ///< of above and below
  Sizes channel_indices;            ///< empty: all channels
  Sizes margin{0};                  ///< voxels around the box; one for all axes or one per axis
  bool allow_smaller = false;       ///< the box with its margin ends at the image
  Sizes k_divisible{1};
  PadMode mode = PadMode::constant;
  double value = 0;
};
struct Flip {
  Sizes spatial_axis;  ///< spatial axes, negative from the end; empty: all
};
struct Rotate90 {
  std::int64_t k = 1;  ///< quarter turns from the first axis to the second
  Sizes spatial_axes{0, 1};
};

/// What the image is in the training code: a float tensor, or a PIL image of 8 bits, which rounds.
enum class ImageKind { tensor, pil };
/// torchvision's on (channel, row, column); sizes are (height, width).
struct TorchvisionResize {
  Sizes size;                            ///< one value: the shorter edge
  std::optional<std::int64_t> max_size;  ///< of the longer edge
  ResizeMode interpolation = ResizeMode::bilinear;
  bool antialias = true;
  ImageKind of = ImageKind::tensor;
};
struct TorchvisionCenterCrop {
  Sizes size;  ///< one value: a square
};
/// TorchXRayVision's on (channel, row, column).
struct XRayCenterCrop {};
struct XRayResizer {
  std::int64_t size = 0;
};

/// Ours: maximum intensity projection of slabs that follow each other along `axis`.
struct MaximumProjection {
  std::int64_t axis = 2;          ///< 0, 1 or 2 of (i, j, k)
  std::optional<double> slab_mm;  ///< thickness, to the nearest whole voxel; absent: the whole axis
};

/// Ours, not MONAI's: a volume becomes one 2-D item per index along `axis`; a picture stays one item.
struct ExtractSlices {
  std::int64_t axis = 2;           ///< 0, 1 or 2 of (i, j, k)
  std::int64_t from = 0;           ///< first index
  std::optional<std::int64_t> to;  ///< one past the last index; the axis' end when absent
};
/// Ours: RGB to one channel by PIL's integer form of ITU-R 601; one channel passes through.
struct Grayscale {};
/// Ours: crops a picture to the tissue that an ultrasound header marks (the largest two-dimensional region).
struct UltrasoundRegion {
  IfMissing if_missing = IfMissing::refuse;  ///< what becomes of a picture whose header marks none
};

}  // namespace step

using PlanStep = std::variant<
    step::LoadImage, step::EnsureChannelFirst, step::EnsureType, step::CastToType, step::ToTensor,
    step::Orientation, step::Spacing, step::ScaleIntensityRange, step::ScaleIntensityRangePercentiles,
    step::ScaleIntensity, step::NormalizeIntensity, step::Resize, step::CenterSpatialCrop, step::SpatialPad,
    step::ResizeWithPadOrCrop, step::RepeatChannel, step::SqueezeDim, step::Transpose, step::Zoom,
    step::BorderPad, step::DivisiblePad, step::CenterScaleCrop, step::SpatialCrop, step::CropForeground,
    step::Flip, step::Rotate90, step::TorchvisionResize, step::TorchvisionCenterCrop, step::XRayCenterCrop,
    step::XRayResizer, step::MaximumProjection, step::ExtractSlices, step::Grayscale, step::UltrasoundRegion>;

struct Plan {
  std::vector<PlanStep> steps;
};

/// MONAI's name of the step: "Orientation"; others say whose they are: "torchvision.Resize".
std::string_view name(const PlanStep& step);

/// Reads [{"name": "Orientation", "axcodes": "RAS"}, ...]. The dictionary spelling ("_target_", a trailing d,
/// "keys" with one key) is taken too. `where` begins the path in messages.
/// Throws Error(ExitCode::usage) with the JSON path and, for a misspelt name, the nearest known one:
/// "plan[2].spatial_sise: unknown parameter of Resize; did you mean spatial_size?"
Plan parse_plan(const Json& json, const std::string& where = "plan");

/// Canonical: every parameter written out, so that equal plans have equal text. parse_plan reads it back.
Json to_json(const Plan& plan);
/// SHA-256 of the canonical JSON.
std::string plan_sha256(const Plan& plan);

}  // namespace radbatch
