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

enum class SampleMode { bilinear, nearest };  ///< bilinear is trilinear on volumes, as in grid_sample
enum class SamplePadding { border, zeros };
enum class ResizeMode { area, nearest, nearest_exact, bilinear, bicubic };
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
  std::string axcodes;  ///< where the axes point to, RAS letters: "RAS", "LPS", "RA"
};
struct Spacing {
  std::vector<double> pixdim;  ///< mm; a short list is filled with its last value, <= 0 keeps the spacing
  bool diagonal = false;
  SampleMode mode = SampleMode::bilinear;
  SamplePadding padding_mode = SamplePadding::border;
  bool align_corners = false;
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
                 step::Resize, step::CenterSpatialCrop, step::SpatialPad, step::ResizeWithPadOrCrop,
                 step::RepeatChannel, step::SqueezeDim, step::Transpose, step::ExtractSlices, step::Grayscale,
                 step::UltrasoundRegion, step::CropToRegion, step::ResampleToMatch, step::ConcatItems,
                 step::CopyItems, step::SelectItems, step::DeleteItems>;

struct Plan {
  std::vector<PlanStep> steps;
  /// Per step the images it works on. Empty, or shorter than `steps`: every image held at that point.
  std::vector<std::vector<std::string>> keys;
};

/// The images that step i names; empty: every image held at that point.
const std::vector<std::string>& keys_of(const Plan& plan, std::size_t i);

/// MONAI's name of the step: "Orientation".
std::string_view name(const PlanStep& step);

/// Reads [{"name": "Orientation", "axcodes": "RAS"}, ...]. The dictionary spelling ("_target_", a trailing d,
/// "keys") is taken too. Keys that all name one image, in a plan that names none otherwise, say nothing and
/// are left out; a list with one mode (padding_mode ...) for each key becomes a step for each key. `where`
/// begins the path in messages.
/// Throws Error(ExitCode::usage) with the JSON path and, for a misspelt name, the nearest known one:
/// "plan[2].spatial_sise: unknown parameter of Resize; did you mean spatial_size?"
Plan parse_plan(const Json& json, const std::string& where = "plan");

/// Canonical: every parameter written out, so that equal plans have equal text. parse_plan reads it back.
Json to_json(const Plan& plan);
/// SHA-256 of the canonical JSON.
std::string plan_sha256(const Plan& plan);

}  // namespace radbatch
