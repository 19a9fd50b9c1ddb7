// The fields of the steps that move, resample, crop or pad. See plan_vocabulary.hpp.
#pragma once

#include "radbatch/model/plan.hpp"

namespace radbatch::plan_vocabulary {

/// Folds another library's words for a value: enumerators from `first` on stand for those listed.
template <class Enum>
void fold(Enum& value, int first, std::initializer_list<Enum> meanings) {
  const int at = static_cast<int>(value) - first;
  if (at >= 0) value = *(meanings.begin() + at);
}

template <class V>
void any_dtype(V& v, step::DataType& dtype) {
  using enum step::DataType;
  // null is the image's own type, which is float32 here.
  v.choice_of("dtype", dtype,
              {"float32", "float64", nullptr, "torch.float32", "np.float32", "numpy.float32", "torch.float64",
               "np.float64", "numpy.float64"});
  fold(dtype, 2, {float32, float32, float32, float32, float64, float64, float64});
}
template <class V>
void resize_mode(V& v, step::ResizeMode& mode) {
  v.choice("mode", mode, {"area", "nearest", "nearest-exact", "bilinear", "bicubic", "linear", "trilinear"});
  fold(mode, 5, {step::ResizeMode::bilinear, step::ResizeMode::bilinear});
}
template <class V>
void pad_mode(V& v, const char* field, step::PadMode& mode, double& value) {
  v.alias("constant_values", "value");
  v.choice(field, mode, {"constant", "edge", "reflect", "symmetric", "wrap", "replicate", "circular"});
  fold(mode, 5, {step::PadMode::edge, step::PadMode::wrap});
  v.optional("value", value);
}
template <class V>
void pad_method(V& v, step::PadMethod& method) {
  v.choice("method", method, {"symmetric", "end"});
}

template <class V>
void fields(V& v, step::Orientation& s) {
  v.optional("axcodes", s.axcodes);
  v.optional("as_closest_canonical", s.as_closest_canonical);
  v.axis_labels("labels", s.axcodes);
}
template <class V>
void fields(V& v, step::Spacing& s) {
  using enum step::SamplePadding;
  v.required("pixdim", s.pixdim);
  v.optional("diagonal", s.diagonal);
  v.choice_of("mode", s.mode, {"bilinear", "nearest", 0, 1, 3});
  // The last four are other words of scipy.ndimage, which MONAI takes for the first three.
  v.choice("padding_mode", s.padding_mode,
           {"border", "zeros", "reflection", "mirror", "wrap", "grid-constant", "grid-wrap", "nearest",
            "constant", "reflect", "grid-mirror"});
  fold(s.padding_mode, 7, {border, zeros, reflection, reflection});
  v.optional("align_corners", s.align_corners);
  v.accepts("dtype", {"float64", "torch.float64", "np.float64", "numpy.float64", nullptr, "float32",
                      "torch.float32", "np.float32", "numpy.float32"});
  v.optional("scale_extent", s.scale_extent);
  v.optional("recompute_affine", s.recompute_affine);
  v.optional("min_pixdim", s.min_pixdim);
  v.optional("max_pixdim", s.max_pixdim);
  v.accepts("ensure_same_shape", {true, false});
}
template <class V>
void fields(V& v, step::Resize& s) {
  v.required("spatial_size", s.spatial_size);
  v.choice("size_mode", s.size_mode, {"all", "longest"});
  resize_mode(v, s.mode);
  v.optional("align_corners", s.align_corners);
  v.optional("anti_aliasing", s.anti_aliasing);
  v.optional("anti_aliasing_sigma", s.anti_aliasing_sigma);
  any_dtype(v, s.dtype);
}
template <class V>
void fields(V& v, step::CenterSpatialCrop& s) {
  v.required("roi_size", s.roi_size);
}
template <class V>
void fields(V& v, step::SpatialPad& s) {
  v.required("spatial_size", s.spatial_size);
  pad_method(v, s.method);
  pad_mode(v, "mode", s.mode, s.value);
}
template <class V>
void fields(V& v, step::ResizeWithPadOrCrop& s) {
  v.required("spatial_size", s.spatial_size);
  pad_method(v, s.method);
  pad_mode(v, "mode", s.mode, s.value);
}
template <class V>
void fields(V& v, step::Zoom& s) {
  v.required("zoom", s.zoom);
  resize_mode(v, s.mode);
  pad_mode(v, "padding_mode", s.padding_mode, s.value);
  v.optional("align_corners", s.align_corners);
  any_dtype(v, s.dtype);
  v.optional("keep_size", s.keep_size);
}
template <class V>
void fields(V& v, step::BorderPad& s) {
  v.required("spatial_border", s.spatial_border);
  pad_mode(v, "mode", s.mode, s.value);
}
template <class V>
void fields(V& v, step::DivisiblePad& s) {
  v.required("k", s.k);
  pad_method(v, s.method);
  pad_mode(v, "mode", s.mode, s.value);
}
template <class V>
void fields(V& v, step::CenterScaleCrop& s) {
  v.required("roi_scale", s.roi_scale);
}
template <class V>
void fields(V& v, step::SpatialCrop& s) {
  v.optional("roi_center", s.roi_center);
  v.optional("roi_size", s.roi_size);
  v.optional("roi_start", s.roi_start);
  v.optional("roi_end", s.roi_end);
  v.accepts("roi_slices", {nullptr});
}
template <class V>
void fields(V& v, step::CropForeground& s) {
  v.same_key("source_key");
  v.choice("select_fn", s.select_fn, {"is_positive", "above", "below", "nonzero"});
  v.optional("threshold", s.threshold);
  v.optional("channel_indices", s.channel_indices);
  v.optional("margin", s.margin);
  v.optional("allow_smaller", s.allow_smaller);
  v.optional("k_divisible", s.k_divisible);
  pad_mode(v, "mode", s.mode, s.value);
  v.accepts("return_coords", {false});
  v.ignores("start_coord_key");
  v.ignores("end_coord_key");
}
template <class V>
void fields(V& v, step::Flip& s) {
  v.optional("spatial_axis", s.spatial_axis);
}
template <class V>
void fields(V& v, step::Rotate90& s) {
  v.optional("k", s.k);
  v.optional("spatial_axes", s.spatial_axes);
}
template <class V>
void fields(V& v, step::TorchvisionResize& s) {
  v.optional("size", s.size);
  v.optional("max_size", s.max_size);
  v.choice("interpolation", s.interpolation, {"area", "nearest", "nearest-exact", "bilinear", "bicubic"});
  v.optional("antialias", s.antialias);
  v.choice("of", s.of, {"tensor", "pil"});
}
template <class V>
void fields(V& v, step::TorchvisionCenterCrop& s) {
  v.required("size", s.size);
}
template <class V>
void fields(V&, step::XRayCenterCrop&) {}
template <class V>
void fields(V& v, step::XRayResizer& s) {
  v.required("size", s.size);
  v.accepts("engine", {"skimage"});
}
template <class V>
void fields(V& v, step::MaximumProjection& s) {
  v.optional("axis", s.axis);
  v.optional("slab_mm", s.slab_mm);
}

}  // namespace radbatch::plan_vocabulary
