// What a DICOM header says of showing the values of its image: plain data, no I/O.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace radbatch {

/// WindowCenter and WindowWidth, in the values of the image as read.
struct HeaderWindow {
  double center = 0, width = 0;
  std::string explanation;  ///< WindowCenterWidthExplanation: "BRAIN"; may be empty
};

/// VOILUTFunction (PS3.3 C.11.2.1.3).
enum class VoiFunction { linear, linear_exact, sigmoid };

struct Display {
  std::vector<HeaderWindow> windows;  ///< empty: the header has none that holds for the whole image
  std::string why_no_window;          ///< then: "the header has no WindowCenter and WindowWidth"
  VoiFunction function = VoiFunction::linear;
  /// 2^BitsStored - 1: the largest stored value that is possible. Absent where values are not the stored ones
  /// (a rescale other than 1 and 0) or may be negative, and for colour.
  std::optional<double> largest_stored;
};

}  // namespace radbatch
