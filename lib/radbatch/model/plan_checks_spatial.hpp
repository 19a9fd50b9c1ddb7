// What the values of the steps that move, resample, crop or pad must be beyond their types. Runs after all
// fields are read. Used by plan.cpp only.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "radbatch/model/plan.hpp"
#include "radbatch/model/plan_fields.hpp"

namespace radbatch::plan_checks {

using plan_fields::FieldReader;

template <class Values>
void check_count(const FieldReader& r, const char* field, const Values& values, std::size_t most = 3) {
  if (values.size() > most)
    r.wrong(field, fmt::format("more than {} values", most == 2 ? "two" : most == 3 ? "three" : "six"));
}
inline void check_axis_names(const FieldReader& r, const std::string& axcodes) {
  std::set<char> axes;
  for (const char code : axcodes) {
    const auto at = std::string_view("LRPAIS").find(code);
    if (at == std::string_view::npos) break;
    axes.insert("xyz"[at / 2]);
  }
  if (axcodes.size() < 2 || axcodes.size() > 3 || axes.size() != axcodes.size())
    r.wrong("axcodes",
            fmt::format("\"{}\" does not name two or three axes by one letter each of L/R, P/A, I/S",
                        printable(axcodes)));
}
inline void check(const FieldReader& r, step::Orientation& s) {
  // As MONAI, which warns and leaves axcodes aside.
  if (s.as_closest_canonical) s.axcodes.clear();
  if (!s.as_closest_canonical) check_axis_names(r, s.axcodes);
}
inline void check(const FieldReader& r, step::Spacing& s) {
  check_count(r, "pixdim", s.pixdim);
  check_count(r, "min_pixdim", s.min_pixdim);
  check_count(r, "max_pixdim", s.max_pixdim);
  for (std::size_t a = 0; a < std::min(s.min_pixdim.size(), s.max_pixdim.size()); ++a) {
    if (s.min_pixdim[a] < 0 || s.max_pixdim[a] < s.min_pixdim[a])
      r.wrong("min_pixdim", "must be 0 or more and at most max_pixdim");
  }
  const bool spline = s.mode >= step::SampleMode::spline0;
  if (!spline && s.padding_mode > step::SamplePadding::reflection)
    r.wrong("padding_mode", "mirror, wrap, grid-constant and grid-wrap are for mode 0, 1 and 3");
}
inline void check_align_corners(const FieldReader& r, const std::optional<bool>& align_corners,
                                step::ResizeMode mode) {
  if (align_corners && mode < step::ResizeMode::bilinear)
    r.wrong("align_corners", "only for bilinear, trilinear and bicubic");
}
inline void check(const FieldReader& r, step::Resize& s) {
  check_count(r, "spatial_size", s.spatial_size);
  check_count(r, "anti_aliasing_sigma", s.anti_aliasing_sigma);
  const bool longest = s.size_mode == step::SizeMode::longest;
  if (longest && (s.spatial_size.size() != 1 || s.spatial_size[0] < 1))
    r.wrong("spatial_size", "size_mode longest takes one positive number");
  if (!longest && s.spatial_size.size() == 1)
    r.wrong("spatial_size", "Resize needs one value per spatial axis (MONAI refuses a single number here)");
  check_align_corners(r, s.align_corners, s.mode);
  for (const double sigma : s.anti_aliasing_sigma) {
    if (sigma < 0 || sigma > 1000) r.wrong("anti_aliasing_sigma", "must lie between 0 and 1000 voxels");
  }
}
inline void check(const FieldReader& r, step::CenterSpatialCrop& s) {
  check_count(r, "roi_size", s.roi_size);
}
inline void check_value(const FieldReader& r, step::PadMode mode, double value) {
  if (value != 0 && mode != step::PadMode::constant) r.wrong("value", "only for mode constant");
}
inline void check(const FieldReader& r, step::SpatialPad& s) {
  check_count(r, "spatial_size", s.spatial_size);
  check_value(r, s.mode, s.value);
}
inline void check(const FieldReader& r, step::ResizeWithPadOrCrop& s) {
  check_count(r, "spatial_size", s.spatial_size);
  check_value(r, s.mode, s.value);
}
inline void check(const FieldReader& r, step::Zoom& s) {
  check_count(r, "zoom", s.zoom);
  for (const double zoom : s.zoom) {
    if (zoom <= 0) r.wrong("zoom", "must be greater than 0");
  }
  check_align_corners(r, s.align_corners, s.mode);
  check_value(r, s.padding_mode, s.value);
}
inline void check(const FieldReader& r, step::BorderPad& s) {
  check_count(r, "spatial_border", s.spatial_border, 6);
  check_value(r, s.mode, s.value);
}
inline void check(const FieldReader& r, step::DivisiblePad& s) {
  check_count(r, "k", s.k);
  check_value(r, s.mode, s.value);
}
inline void check(const FieldReader& r, step::CenterScaleCrop& s) {
  check_count(r, "roi_scale", s.roi_scale);
}
inline void check_pair(const FieldReader& r, const char* field, const step::Sizes& a, const step::Sizes& b) {
  if (a.size() != b.size() && a.size() != 1 && b.size() != 1)
    r.wrong(field, fmt::format("{} and {} values do not pair", a.size(), b.size()));
}
inline void check(const FieldReader& r, step::SpatialCrop& s) {
  for (const auto* values : {&s.roi_center, &s.roi_size, &s.roi_start, &s.roi_end})
    check_count(r, "roi", *values);
  const bool centred = !s.roi_center.empty() && !s.roi_size.empty();
  const bool bounded = !s.roi_start.empty() && !s.roi_end.empty();
  const std::size_t given =
      !s.roi_center.empty() + !s.roi_size.empty() + !s.roi_start.empty() + !s.roi_end.empty();
  if (given != 2 || centred == bounded)
    r.wrong("roi_size", "give roi_center and roi_size, or roi_start and roi_end, and nothing else");
  if (centred) check_pair(r, "roi_size", s.roi_center, s.roi_size);
  if (bounded) check_pair(r, "roi_end", s.roi_start, s.roi_end);
}
inline void check(const FieldReader& r, step::CropForeground& s) {
  const bool needs = s.select_fn == step::Foreground::above || s.select_fn == step::Foreground::below;
  if (needs != s.threshold.has_value())
    r.wrong("threshold", needs ? "select_fn above and below need it" : "only for select_fn above and below");
  check_count(r, "margin", s.margin);
  check_count(r, "k_divisible", s.k_divisible);
  for (const std::int64_t margin : s.margin) {
    if (margin < 0) r.wrong("margin", "must be 0 or more");
  }
  check_value(r, s.mode, s.value);
}
inline void check(const FieldReader& r, step::Flip& s) {
  check_count(r, "spatial_axis", s.spatial_axis);
}
inline void check(const FieldReader& r, step::Rotate90& s) {
  if (s.spatial_axes.size() != 2) r.wrong("spatial_axes", "must be two axes");
}
inline void check_positive(const FieldReader& r, const step::Sizes& sizes) {
  check_count(r, "size", sizes, 2);
  for (const std::int64_t size : sizes) {
    if (size < 1) r.wrong("size", "must be 1 or more");
  }
}
inline void check(const FieldReader& r, step::TorchvisionResize& s) {
  check_positive(r, s.size);
  if (s.size.empty() && !s.max_size) r.wrong("size", "needed, unless max_size is given");
  if (s.max_size && s.size.size() > 1) r.wrong("max_size", "only with one size");
  if (s.max_size && *s.max_size <= (s.size.empty() ? 0 : s.size[0]))
    r.wrong("max_size", "must be greater than size");
  if (s.interpolation == step::ResizeMode::area)
    r.wrong("interpolation", "torchvision has bilinear, bicubic, nearest and nearest-exact");
  const bool smooth = s.interpolation >= step::ResizeMode::bilinear;
  if (s.of == step::ImageKind::pil && (!smooth || !s.antialias))
    r.wrong("of", "pil goes with bilinear and bicubic, which PIL always antialiases");
}
inline void check(const FieldReader& r, step::TorchvisionCenterCrop& s) {
  check_positive(r, s.size);
}
inline void check(const FieldReader& r, step::XRayResizer& s) {
  check_positive(r, {s.size});
}
inline void check(const FieldReader& r, step::MaximumProjection& s) {
  if (s.axis < 0 || s.axis > 2) r.wrong("axis", "must be 0, 1 or 2");
  if (s.slab_mm && *s.slab_mm <= 0) r.wrong("slab_mm", "must be greater than 0");
}
inline void check(const FieldReader& r, step::CropToRegion& s) {
  check_count(r, "spatial_size", s.spatial_size);
  check_count(r, "size_mm", s.size_mm);
  check_count(r, "margin_mm", s.margin_mm);
  if (std::ranges::any_of(s.spatial_size, [](auto n) { return n < 1; }))
    r.wrong("spatial_size", "must be 1 or more on every axis");
  if (std::ranges::any_of(s.size_mm, [](double mm) { return mm <= 0; }))
    r.wrong("size_mm", "must be above 0 on every axis");
  if (std::ranges::any_of(s.margin_mm, [](double mm) { return mm < 0; }))
    r.wrong("margin_mm", "must be 0 or more on every axis");
  if (!s.spatial_size.empty() + !s.size_mm.empty() + !s.margin_mm.empty() > 1)
    r.wrong("margin_mm", "give one of spatial_size, size_mm and margin_mm");
}

}  // namespace radbatch::plan_checks
