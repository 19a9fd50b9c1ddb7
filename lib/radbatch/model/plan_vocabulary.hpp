// The vocabulary of plans: the names of the steps and the fields of each, listed once for reading and
// writing.
//
// V is a plan_fields::FieldReader or FieldWriter. `accepts` names parameters of MONAI with the only values
// that leave its result as radbatch computes it. Used by plan.cpp only.
#pragma once

#include <array>
#include <string_view>
#include <variant>

#include "radbatch/model/plan.hpp"

namespace radbatch::plan_vocabulary {

inline constexpr std::array<std::string_view, std::variant_size_v<PlanStep>> step_names{
    "LoadImage",
    "EnsureChannelFirst",
    "EnsureType",
    "CastToType",
    "ToTensor",
    "Orientation",
    "Spacing",
    "ScaleIntensityRange",
    "ScaleIntensityRangePercentiles",
    "ScaleIntensity",
    "NormalizeIntensity",
    "Resize",
    "CenterSpatialCrop",
    "SpatialPad",
    "ResizeWithPadOrCrop",
    "RepeatChannel",
    "SqueezeDim",
    "Transpose",
    "ExtractSlices",
    "Grayscale",
    "UltrasoundRegion",
    "CropToRegion",
    "ResampleToMatch",
    "ConcatItems",
    "CopyItems",
    "SelectItems",
    "DeleteItems"};

template <class V>
void float32_only(V& v) {
  v.accepts("dtype", {nullptr, "float32", "torch.float32", "np.float32", "numpy.float32"});
}
template <class V>
void fields(V& v, step::LoadImage&) {
  v.accepts("reader", {nullptr, "ITKReader", "itkreader", "NibabelReader", "nibabelreader", "PILReader",
                       "pilreader", "PydicomReader", "pydicomreader"});
  v.accepts("image_only", {true, false});
  v.accepts("ensure_channel_first", {true, false});
  float32_only(v);
}
template <class V>
void fields(V& v, step::EnsureChannelFirst&) {
  v.accepts("strict_check", {true, false});
  v.accepts("channel_dim", {nullptr, "no_channel", 0, 2, 3, -1});
}
template <class V>
void fields(V& v, step::EnsureType&) {
  v.accepts("data_type", {"tensor", "numpy"});
  v.accepts("track_meta", {nullptr, true, false});
  v.accepts("wrap_sequence", {true, false});
  v.ignores("device");
  float32_only(v);
}
template <class V>
void fields(V& v, step::CastToType&) {
  float32_only(v);
}
template <class V>
void fields(V& v, step::ToTensor&) {
  v.accepts("track_meta", {nullptr, true, false});
  v.accepts("wrap_sequence", {true, false});
  v.ignores("device");
  float32_only(v);
}
template <class V>
void fields(V& v, step::Orientation& s) {
  v.required("axcodes", s.axcodes);
  v.accepts("as_closest_canonical", {false});
  v.accepts("labels", {nullptr});
}
template <class V>
void fields(V& v, step::Spacing& s) {
  v.required("pixdim", s.pixdim);
  v.optional("diagonal", s.diagonal);
  v.choice("mode", s.mode, {"bilinear", "nearest"});
  v.choice("padding_mode", s.padding_mode, {"border", "zeros"});
  v.optional("align_corners", s.align_corners);
  v.accepts("dtype", {"float64", "torch.float64", "np.float64", "numpy.float64"});
  v.accepts("scale_extent", {false});
  v.accepts("recompute_affine", {false});
  v.accepts("min_pixdim", {nullptr});
  v.accepts("max_pixdim", {nullptr});
  v.accepts("ensure_same_shape", {true, false});
}
template <class V>
void fields(V& v, step::ScaleIntensityRange& s) {
  v.required("a_min", s.a_min);
  v.required("a_max", s.a_max);
  v.optional("b_min", s.b_min);
  v.optional("b_max", s.b_max);
  v.optional("clip", s.clip);
  float32_only(v);
}
template <class V>
void fields(V& v, step::ScaleIntensityRangePercentiles& s) {
  v.required("lower", s.lower);
  v.required("upper", s.upper);
  v.required("b_min", s.b_min);
  v.required("b_max", s.b_max);
  v.optional("clip", s.clip);
  v.optional("relative", s.relative);
  v.optional("channel_wise", s.channel_wise);
  float32_only(v);
}
template <class V>
void fields(V& v, step::ScaleIntensity& s) {
  v.optional("minv", s.minv);
  v.optional("maxv", s.maxv);
  v.optional("factor", s.factor);
  v.optional("channel_wise", s.channel_wise);
  float32_only(v);
}
template <class V>
void fields(V& v, step::NormalizeIntensity& s) {
  v.optional("subtrahend", s.subtrahend);
  v.optional("divisor", s.divisor);
  v.optional("nonzero", s.nonzero);
  v.optional("channel_wise", s.channel_wise);
  float32_only(v);
}
template <class V>
void fields(V& v, step::Resize& s) {
  v.required("spatial_size", s.spatial_size);
  v.choice("size_mode", s.size_mode, {"all", "longest"});
  // The last two are other words of MONAI for "bilinear"; plan.cpp folds them.
  v.choice("mode", s.mode,
           {"area", "nearest", "nearest-exact", "bilinear", "bicubic", "linear", "trilinear"});
  v.optional("align_corners", s.align_corners);
  v.accepts("anti_aliasing", {false});
  v.accepts("anti_aliasing_sigma", {nullptr});
  float32_only(v);
}
template <class V>
void fields(V& v, step::CenterSpatialCrop& s) {
  v.required("roi_size", s.roi_size);
}
template <class V, class PadStep>
void pad_fields(V& v, PadStep& s) {
  v.alias("constant_values", "value");
  v.required("spatial_size", s.spatial_size);
  v.choice("method", s.method, {"symmetric", "end"});
  // The last two are torch's words for "edge" and "wrap"; plan.cpp folds them.
  v.choice("mode", s.mode, {"constant", "edge", "reflect", "symmetric", "wrap", "replicate", "circular"});
  v.optional("value", s.value);
}
template <class V>
void fields(V& v, step::SpatialPad& s) {
  pad_fields(v, s);
}
template <class V>
void fields(V& v, step::ResizeWithPadOrCrop& s) {
  pad_fields(v, s);
}
template <class V>
void fields(V& v, step::RepeatChannel& s) {
  v.required("repeats", s.repeats);
}
template <class V>
void fields(V& v, step::SqueezeDim& s) {
  v.optional("dim", s.dim);
  v.accepts("update_meta", {true, false});
}
template <class V>
void fields(V& v, step::Transpose& s) {
  v.required("indices", s.indices);
}
template <class V>
void fields(V& v, step::ExtractSlices& s) {
  v.optional("axis", s.axis);
  v.optional("from", s.from);
  v.optional("to", s.to);
}
template <class V>
void fields(V&, step::Grayscale&) {}
template <class V>
void fields(V& v, step::UltrasoundRegion& s) {
  v.choice("if_missing", s.if_missing, {"refuse", "keep"});
}
template <class V>
void fields(V& v, step::CropToRegion& s) {
  v.optional("spatial_size", s.spatial_size);
  v.optional("size_mm", s.size_mm);
  v.optional("margin_mm", s.margin_mm);
  v.optional("value", s.value);
  v.choice("if_missing", s.if_missing, {"refuse", "keep"});
}
template <class V>
void fields(V& v, step::ResampleToMatch& s) {
  v.required("key_dst", s.key_dst);
  v.choice("mode", s.mode, {"bilinear", "nearest"});
  v.choice("padding_mode", s.padding_mode, {"border", "zeros"});
  v.optional("align_corners", s.align_corners);
  v.accepts("dtype", {"float64", "torch.float64", "np.float64", "numpy.float64"});
}
template <class V>
void fields(V& v, step::ConcatItems& s) {
  // MONAI calls it "name", which in our spelling is the step's.
  v.alias("name", "output");
  v.required("output", s.output);
  v.accepts("dim", {0});
}
template <class V>
void fields(V& v, step::CopyItems& s) {
  v.required("names", s.names);
  v.accepts("times", {1});
}
template <class V>
void fields(V&, step::SelectItems&) {}
template <class V>
void fields(V& v, step::DeleteItems&) {
  v.accepts("sep", {"."});
  v.accepts("use_re", {false});
}

}  // namespace radbatch::plan_vocabulary
