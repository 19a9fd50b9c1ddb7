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

/// How training code held its numbers. Images stay float32 here; a conversion rounds or truncates as theirs.
enum class NumberType { float32, float16, bfloat16, uint8, int16, int32, int64 };
/// Nothing where the step leaves the type as it is.
using Conversion = std::optional<NumberType>;

/// The reader of the training code: which axes and values it saw. docs/plan.md has the table.
enum class Reader { by_format, itk, nibabel, pil, pydicom, nrrd };
struct LoadImage {
  Reader reader = Reader::by_format;
  std::optional<bool> reverse_indexing;  ///< PILReader: true when absent; ITKReader: false
  std::optional<bool> swap_ij;           ///< PydicomReader: true when absent
  bool as_closest_canonical = false;     ///< NibabelReader: Orientation to RAS
  Conversion dtype = NumberType::float32;
  std::optional<double> nonfinite;  ///< what NaN and infinity become; absent: such images are refused
};
struct EnsureChannelFirst {
  std::optional<std::int64_t>
      channel_dim;          ///< -1, 2 or 3: the last axis; the frames of a volume become channels
  bool no_channel = false;  ///< channel_dim: "no_channel"
};
struct EnsureType {
  Conversion dtype;
};
struct CastToType {
  Conversion dtype = NumberType::float32;
};
struct ToTensor {
  Conversion dtype;
};

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
  Conversion dtype = NumberType::float32;
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
struct ThresholdIntensity {
  double threshold = 0;
  bool above = true;  ///< keeps what is greater; else what is less
  double cval = 0;    ///< of the others
};
struct ClipIntensityPercentiles {
  std::optional<double> lower, upper;      ///< 0 to 100; absent: not clipped there
  std::optional<double> sharpness_factor;  ///< present: clipped softly
  bool channel_wise = false;
};
struct HistogramNormalize {
  std::int64_t num_bins = 256;
  double min = 0, max = 255;
};
struct ShiftIntensity {
  double offset = 0;
};
struct AdjustContrast {
  double gamma = 1;
  bool invert_image = false, retain_stats = false;
};

/// Ours: a display window (DICOM PS3.3 C.11.2) or several, each becoming a channel.
struct Window {
  double center = 0, width = 0;
  std::string header;  ///< not empty: the header's window, "first" or by its explanation, instead of numbers
};
enum class WindowFunction { dicom, linear, linear_exact, sigmoid };
struct WindowLevel {
  std::vector<Window> windows;
  WindowFunction function = WindowFunction::dicom;  ///< dicom: the header's for its windows, else linear
  double b_min = 0, b_max = 1;
};
/// Ours: which frames of a clip are read where the command line does not say; a word of --frames.
struct SampleFrames {
  std::string frames;
};

/// torchvision.transforms: on pictures with whole values 0 to 255 until the first of ToTensor,
/// ConvertImageDtype and ToDtype.
struct TorchvisionToTensor {};
struct TorchvisionConvertImageDtype {};
struct TorchvisionToDtype {
  bool scale = false;
};
struct TorchvisionNormalize {
  std::vector<double> mean, std;  ///< one value, or one per channel
};
struct TorchvisionGrayscale {
  std::int64_t num_output_channels = 1;
};

enum class XRayColour { keep, first, mean };
/// torchxrayvision.datasets.normalize.
struct TorchxrayvisionNormalize {
  std::optional<double> maxval;  ///< absent: 2^BitsStored - 1 of the header
  XRayColour colour = XRayColour::keep;
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
/// Ours: crops around the region that the manifest gives the case (its roi, or the box of its mask), and pads
/// with `value` where the crop leaves the image. How large: `spatial_size` in voxels or `size_mm`, around the
/// region's centre; without either the region's own extent and `margin_mm` on every side.
struct CropToRegion {
  Sizes spatial_size;             ///< one value per axis, or one for all
  std::vector<double> size_mm;    ///< along the axes of the image
  std::vector<double> margin_mm;  ///< one value per axis, or one for all
  double value = 0;
  IfMissing if_missing = IfMissing::refuse;  ///< what becomes of a case without a region
};

// Steps that speak of several images by name (plan_images.hpp).

/// Puts the step's images on the grid of another.
struct ResampleToMatch {
  std::string key_dst;  ///< the image whose grid is taken
  SampleMode mode = SampleMode::bilinear;
  SamplePadding padding_mode = SamplePadding::border;
  bool align_corners = false;
};
/// Joins the step's images along the channels; they leave, `output` comes.
struct ConcatItems {
  std::string output;
};
struct CopyItems {
  std::vector<std::string> names;  ///< one for each of the step's images
};
struct SelectItems {};
struct DeleteItems {};

}  // namespace step

using PlanStep =
    std::variant<step::LoadImage, step::EnsureChannelFirst, step::EnsureType, step::CastToType,
                 step::ToTensor, step::Orientation, step::Spacing, step::ScaleIntensityRange,
                 step::ScaleIntensityRangePercentiles, step::ScaleIntensity, step::NormalizeIntensity,
                 step::ThresholdIntensity, step::ClipIntensityPercentiles, step::HistogramNormalize,
                 step::ShiftIntensity, step::AdjustContrast, step::WindowLevel, step::SampleFrames,
                 step::TorchvisionToTensor, step::TorchvisionConvertImageDtype, step::TorchvisionToDtype,
                 step::TorchvisionNormalize, step::TorchvisionGrayscale, step::TorchxrayvisionNormalize,
                 step::Resize, step::CenterSpatialCrop, step::SpatialPad, step::ResizeWithPadOrCrop,
                 step::RepeatChannel, step::SqueezeDim, step::Transpose, step::Zoom, step::BorderPad,
                 step::DivisiblePad, step::CenterScaleCrop, step::SpatialCrop, step::CropForeground,
                 step::Flip, step::Rotate90, step::TorchvisionResize, step::TorchvisionCenterCrop,
                 step::XRayCenterCrop, step::XRayResizer, step::MaximumProjection, step::ExtractSlices,
                 step::Grayscale, step::UltrasoundRegion, step::CropToRegion, step::ResampleToMatch,
                 step::ConcatItems, step::CopyItems, step::SelectItems, step::DeleteItems>;

struct Plan {
  std::vector<PlanStep> steps;
  /// Per step the images it works on. Empty, or shorter than `steps`: every image held at that point.
  std::vector<std::vector<std::string>> keys;
};

/// The images that step i names; empty: every image held at that point.
const std::vector<std::string>& keys_of(const Plan& plan, std::size_t i);

/// The step as plans write it: "Orientation" for MONAI's and ours, "torchvision.Normalize" for others'.
std::string_view name(const PlanStep& step);

/// Reads [{"name": "Orientation", "axcodes": "RAS"}, ...]. The dictionary spelling ("_target_", a trailing d,
/// "keys") is taken too, and full class names of MONAI, torchvision and TorchXRayVision. Keys that all name
/// one image, in a plan that names none otherwise, say nothing and are left out; a list with one mode
/// (padding_mode ...) for each key becomes a step for each key. `where`
/// begins the path in messages.
/// Throws Error(ExitCode::usage) with the JSON path and, for a misspelt name, the nearest known one:
/// "plan[2].spatial_sise: unknown parameter of Resize; did you mean spatial_size?"
Plan parse_plan(const Json& json, const std::string& where = "plan");

/// The frames that a plan's SampleFrames asks for, in the words of --frames; "default" without that step.
std::string frames_of(const Plan& plan);
/// True when the plan takes the frames of a volume as its channels (EnsureChannelFirst with a channel_dim),
/// as MONAI takes the fourth axis of a NIfTI.
bool frames_are_channels(const Plan& plan);

/// Canonical: every parameter written out, so that equal plans have equal text. parse_plan reads it back.
Json to_json(const Plan& plan);
/// SHA-256 of the canonical JSON.
std::string plan_sha256(const Plan& plan);

}  // namespace radbatch
