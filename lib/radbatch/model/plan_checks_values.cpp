#include "radbatch/model/plan_checks_values.hpp"

#include "radbatch/study/frame_choice.hpp"

namespace radbatch::plan_checks {

using plan_fields::FieldReader;

void check(const FieldReader& r, step::LoadImage& s) {
  using step::Reader;
  if (s.reverse_indexing && s.reader != Reader::pil && s.reader != Reader::itk)
    r.wrong("reverse_indexing", "is a parameter of PILReader and ITKReader; name the reader");
  if (s.swap_ij && s.reader != Reader::pydicom)
    r.wrong("swap_ij", "is a parameter of PydicomReader; name the reader");
  if (s.as_closest_canonical && s.reader != Reader::nibabel)
    r.wrong("as_closest_canonical", "is a parameter of NibabelReader; name the reader");
}

void check(const FieldReader& r, step::ClipIntensityPercentiles& s) {
  const auto is_percentile = [](const std::optional<double>& p) { return !p || (*p >= 0 && *p <= 100); };
  if (!is_percentile(s.lower)) r.wrong("lower", "a percentile lies between 0 and 100");
  if (!is_percentile(s.upper)) r.wrong("upper", "a percentile lies between 0 and 100");
  if (!s.lower && !s.upper) r.wrong("lower", "and upper are both null: nothing would be clipped");
  if (s.lower && s.upper && *s.upper < *s.lower) r.wrong("upper", "is less than lower");
  if (s.sharpness_factor && !(*s.sharpness_factor > 0)) r.wrong("sharpness_factor", "must be greater than 0");
}

void check(const FieldReader& r, step::HistogramNormalize& s) {
  if (s.num_bins < 1 || s.num_bins > (1 << 24)) r.wrong("num_bins", "must be from 1 to 2^24");
}

void check(const FieldReader& r, step::WindowLevel& s) {
  if (s.windows.empty()) r.wrong("windows", "is an empty list");
  for (const step::Window& window : s.windows) {
    // PS3.3 C.11.2.1.2: at least 1 for LINEAR, greater than 0 for the others.
    const bool is_linear =
        s.function == step::WindowFunction::dicom || s.function == step::WindowFunction::linear;
    if (window.header.empty() && !(is_linear ? window.width >= 1 : window.width > 0))
      r.wrong("windows", fmt::format("has a width of {}; {}", window.width,
                                     is_linear ? "DICOM's linear function takes 1 or more"
                                               : "it must be greater than 0"));
  }
}

void check(const FieldReader& r, step::SampleFrames& s) {
  try {
    s.frames = to_text(parse_frame_choice(s.frames));
  } catch (const Error& error) {
    r.wrong("frames", error.message());
  }
}

void check(const FieldReader& r, step::TorchvisionNormalize& s) {
  if (s.mean.size() != s.std.size()) r.wrong("std", "has another number of values than mean");
  for (const double deviation : s.std) {
    if (deviation == 0) r.wrong("std", "holds 0, and values are divided by it");
  }
}

void check(const FieldReader& r, step::TorchvisionGrayscale& s) {
  if (s.num_output_channels != 1 && s.num_output_channels != 3)
    r.wrong("num_output_channels", "must be 1 or 3");
}

void check(const FieldReader& r, step::TorchxrayvisionNormalize& s) {
  if (s.maxval && !(*s.maxval > 0)) r.wrong("maxval", "must be greater than 0");
}

}  // namespace radbatch::plan_checks
