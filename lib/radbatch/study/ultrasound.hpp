// What an ultrasound header says about its picture: which mode, where the tissue is, how large a pixel is.
//
// PS3.3 C.8.5.5 (US Region Calibration) and C.8.5.6 (US Image, ImageType value 4).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "radbatch/base/json.hpp"

namespace radbatch {

/// "b-mode", "colour-doppler", "spectral-doppler", "m-mode", "elastography" or "unknown"; `source` is
/// "header" (regions, ImageType) or "rule" (words of the series description, no colour in the data); empty
/// with "unknown".
struct UltrasoundMode {
  std::string mode = "unknown";
  std::string source;
};

/// Where one picture holds several regions the rarer one decides: a spectrum beside a B-mode image makes
/// spectral Doppler.
UltrasoundMode ultrasound_mode(const Json& attributes);

struct TissueRegion {
  std::array<std::int64_t, 4> px{};  ///< x0, y0, x1, y1, ends inside the region and the picture
  std::optional<std::array<double, 2>> spacing_mm;  ///< along x and y, where the region is calibrated in cm
};

/// The largest two-dimensional region of tissue or colour flow; nothing where any of them leaves the picture,
/// which was then made smaller after the header was written.
std::optional<TissueRegion> tissue_region(const Json& attributes);

/// Pixel size in mm along x and y when all those regions lie in the picture and agree within 1 %.
std::optional<std::array<double, 2>> ultrasound_spacing(const Json& attributes);

/// When frames of a multi-frame object are shown, seconds after the first: by FrameTimeVector, FrameTime,
/// CineRate or RecommendedDisplayFrameRate, the first that is there (PS3.3 C.7.6.5); empty when none is.
std::vector<double> cine_times(const Json& attributes, std::int64_t frames);

}  // namespace radbatch
