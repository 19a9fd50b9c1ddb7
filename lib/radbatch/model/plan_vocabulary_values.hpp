// The vocabulary of plans, second part: how images were read, in which type, and the steps on their values.
// See plan_vocabulary.hpp.
#pragma once

#include "radbatch/model/plan_field_writer.hpp"
#include "radbatch/model/plan_fields.hpp"
#include "radbatch/model/plan_vocabulary.hpp"
#include "radbatch/model/window_presets.hpp"

namespace radbatch::plan_vocabulary {

using plan_fields::FieldReader;
using plan_fields::FieldWriter;

// "refuse" or a number.
inline void nonfinite_field(FieldReader& v, std::optional<double>& value) {
  const Json* found = v.raw("nonfinite");
  if (!found || *found == "refuse") return;
  if (!found->is_number())
    plan_fields::refuse(
        v.place("nonfinite"),
        fmt::format("expected \"refuse\" or the number that NaN and infinity become, found {}",
                    canonical(*found)));
  value = found->get<double>();
}
inline void nonfinite_field(FieldWriter& v, std::optional<double>& value) {
  v.put_raw("nonfinite", value ? Json(*value) : Json("refuse"));
}

// null, "no_channel" or an axis.
inline void channel_dim_field(FieldReader& v, step::EnsureChannelFirst& s) {
  const Json* found = v.raw("channel_dim");
  if (!found || found->is_null()) return;
  s.no_channel = *found == "no_channel";
  if (s.no_channel) return;
  if (*found != -1 && *found != 2 && *found != 3)
    plan_fields::refuse(
        v.place("channel_dim"),
        fmt::format("{} is not null, \"no_channel\", -1, 2 or 3: the files that radbatch reads hold their "
                    "channels on the last axis",
                    canonical(*found)));
  s.channel_dim = found->get<std::int64_t>();
}
inline void channel_dim_field(FieldWriter& v, step::EnsureChannelFirst& s) {
  v.put_raw("channel_dim", s.no_channel ? Json("no_channel") : s.channel_dim ? Json(*s.channel_dim) : Json());
}

inline step::Window read_window(const std::string& path, const Json& json) {
  if (json.is_string()) {
    const std::string word = json.get<std::string>();
    if (word == "header") return {.header = "first"};
    if (const auto preset = find_window_preset(word)) return {preset->center, preset->width, ""};
    plan_fields::refuse(path, fmt::format("\"{}\" is no preset; known: header, {}", printable(word),
                                          join(window_preset_names(), ", ")));
  }
  if (!json.is_object())
    plan_fields::refuse(path, fmt::format("expected a preset's name, {{\"center\", \"width\"}} or "
                                          "{{\"header\": \"first\"}}, found {}",
                                          canonical(json)));
  FieldReader fields(json, path, "WindowLevel's window");
  step::Window window;
  if (json.contains("header")) {
    fields.required("header", window.header);
  } else {
    fields.required("center", window.center);
    fields.required("width", window.width);
  }
  fields.finish();
  return window;
}
inline void window_fields(FieldReader& v, std::vector<step::Window>& windows) {
  const Json* found = v.raw("windows");
  const Json* center = v.raw("center");
  const Json* width = v.raw("width");
  if (center || width) {
    if (found) plan_fields::refuse(v.place("windows"), "stands beside center and width; give one of the two");
    step::Window window;
    v.required("center", window.center);
    v.required("width", window.width);
    windows.push_back(window);
    return;
  }
  if (!found)
    plan_fields::refuse(
        v.place("windows"),
        "is missing: give center and width, a preset's name, \"header\", or a list of windows");
  if (!found->is_array()) {
    windows.push_back(read_window(v.place("windows"), *found));
    return;
  }
  for (const Json& one : *found)
    windows.push_back(read_window(fmt::format("{}[{}]", v.place("windows"), windows.size()), one));
}
inline void window_fields(FieldWriter& v, std::vector<step::Window>& windows) {
  Json list = Json::array();
  for (const step::Window& window : windows)
    list.push_back(window.header.empty() ? Json{{"center", window.center}, {"width", window.width}}
                                         : Json{{"header", window.header}});
  v.put_raw("windows", std::move(list));
}

template <class V>
void fields(V& v, step::LoadImage& s) {
  v.choice_or_null("reader", s.reader,
                   {"ITKReader", "NibabelReader", "PILReader", "PydicomReader", "NrrdReader"});
  v.optional("reverse_indexing", s.reverse_indexing);
  v.optional("swap_ij", s.swap_ij);
  v.optional("as_closest_canonical", s.as_closest_canonical);
  v.number_type("dtype", s.dtype);
  nonfinite_field(v, s.nonfinite);
  v.accepts("image_only", {true, false});
  v.accepts("ensure_channel_first", {true, false});
  v.accepts("affine_lps_to_ras", {true});
  v.accepts("squeeze_non_spatial_dims", {true, false});
  v.accepts("channel_dim", {nullptr});  // EnsureChannelFirst has one
  v.accepts("index_order", {"F"});
  v.accepts("converter", {nullptr});
  v.accepts("series_name", {""});
  v.accepts("label_dict", {nullptr});
  v.accepts("fname_regex", {nullptr, ""});
  v.accepts("to_gpu", {false});
  // What becomes of the header, and how the reader finds its file, changes no number.
  for (const char* name : {"simple_keys", "prune_meta_pattern", "prune_meta_sep", "expanduser", "series_meta",
                           "prune_metadata", "overwriting", "meta_keys", "meta_key_postfix"})
    v.ignores(name);
}
template <class V>
void fields(V& v, step::EnsureChannelFirst& s) {
  v.accepts("strict_check", {true, false});
  channel_dim_field(v, s);
}
template <class V>
void fields(V& v, step::EnsureType& s) {
  v.accepts("data_type", {"tensor", "numpy"});
  v.accepts("track_meta", {nullptr, true, false});
  v.accepts("wrap_sequence", {true, false});
  v.ignores("device");
  v.number_type("dtype", s.dtype);
}
template <class V>
void fields(V& v, step::CastToType& s) {
  v.number_type("dtype", s.dtype);
}
template <class V>
void fields(V& v, step::ToTensor& s) {
  v.accepts("track_meta", {nullptr, true, false});
  v.accepts("wrap_sequence", {true, false});
  v.ignores("device");
  v.number_type("dtype", s.dtype);
}
template <class V>
void fields(V& v, step::ThresholdIntensity& s) {
  v.required("threshold", s.threshold);
  v.optional("above", s.above);
  v.optional("cval", s.cval);
}
template <class V>
void fields(V& v, step::ClipIntensityPercentiles& s) {
  v.required("lower", s.lower);
  v.required("upper", s.upper);
  v.optional("sharpness_factor", s.sharpness_factor);
  v.optional("channel_wise", s.channel_wise);
  v.accepts("return_clipping_values", {false});
  float32_only(v);
}
template <class V>
void fields(V& v, step::HistogramNormalize& s) {
  v.optional("num_bins", s.num_bins);
  v.optional("min", s.min);
  v.optional("max", s.max);
  v.accepts("mask", {nullptr});
  v.accepts("mask_key", {nullptr});
  float32_only(v);
}
template <class V>
void fields(V& v, step::ShiftIntensity& s) {
  v.required("offset", s.offset);
  v.accepts("safe", {true, false});  // of whole numbers
}
template <class V>
void fields(V& v, step::AdjustContrast& s) {
  v.required("gamma", s.gamma);
  v.optional("invert_image", s.invert_image);
  v.optional("retain_stats", s.retain_stats);
}
template <class V>
void fields(V& v, step::WindowLevel& s) {
  window_fields(v, s.windows);
  v.choice("function", s.function, {"dicom", "linear", "linear_exact", "sigmoid"});
  v.optional("b_min", s.b_min);
  v.optional("b_max", s.b_max);
}
template <class V>
void fields(V& v, step::SampleFrames& s) {
  v.required("frames", s.frames);
}
template <class V>
void fields(V&, step::TorchvisionToTensor&) {}
template <class V>
void fields(V& v, step::TorchvisionConvertImageDtype&) {
  float32_only(v);
}
template <class V>
void fields(V& v, step::TorchvisionToDtype& s) {
  v.optional("scale", s.scale);
  float32_only(v);
}
template <class V>
void fields(V& v, step::TorchvisionNormalize& s) {
  v.required("mean", s.mean);
  v.required("std", s.std);
  v.accepts("inplace", {true, false});
}
template <class V>
void fields(V& v, step::TorchvisionGrayscale& s) {
  v.optional("num_output_channels", s.num_output_channels);
}

// A number or "bits-stored".
inline void maxval_field(FieldReader& v, std::optional<double>& value) {
  const Json* found = v.raw("maxval");
  if (found && *found == "bits-stored") return;
  double number = 0;
  v.required("maxval", number);
  value = number;
}
inline void maxval_field(FieldWriter& v, std::optional<double>& value) {
  v.put_raw("maxval", value ? Json(*value) : Json("bits-stored"));
}
template <class V>
void fields(V& v, step::TorchxrayvisionNormalize& s) {
  maxval_field(v, s.maxval);
  v.choice("colour", s.colour, {"keep", "first", "mean"});
}

}  // namespace radbatch::plan_vocabulary
