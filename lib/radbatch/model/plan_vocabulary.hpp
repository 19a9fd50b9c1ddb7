// The vocabulary of plans: the names of the steps and the fields of each, listed once for reading and
// writing.
//
// V is a plan_fields::FieldReader or FieldWriter. `accepts` names parameters of MONAI with the only values
// that leave its result as radbatch computes it. Readers, types and values: plan_vocabulary_values.hpp. Used
// by plan.cpp only.
#pragma once

#include <array>
#include <string_view>
#include <variant>

#include "radbatch/model/plan.hpp"
#include "radbatch/model/plan_vocabulary_spatial.hpp"

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
    "ThresholdIntensity",
    "ClipIntensityPercentiles",
    "HistogramNormalize",
    "ShiftIntensity",
    "AdjustContrast",
    "WindowLevel",
    "SampleFrames",
    "torchvision.ToTensor",
    "torchvision.ConvertImageDtype",
    "torchvision.ToDtype",
    "torchvision.Normalize",
    "torchvision.Grayscale",
    "torchxrayvision.normalize",
    "Resize",
    "CenterSpatialCrop",
    "SpatialPad",
    "ResizeWithPadOrCrop",
    "RepeatChannel",
    "SqueezeDim",
    "Transpose",
    "Zoom",
    "BorderPad",
    "DivisiblePad",
    "CenterScaleCrop",
    "SpatialCrop",
    "CropForeground",
    "Flip",
    "Rotate90",
    "torchvision.Resize",
    "torchvision.CenterCrop",
    "torchxrayvision.XRayCenterCrop",
    "torchxrayvision.XRayResizer",
    "MaximumProjection",
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
void fields(V& v, step::ScaleIntensityRange& s) {
  v.required("a_min", s.a_min);
  v.required("a_max", s.a_max);
  v.optional("b_min", s.b_min);
  v.optional("b_max", s.b_max);
  v.optional("clip", s.clip);
  v.number_type("dtype", s.dtype);
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
