#include "radbatch/image/display_facts.hpp"

#include <algorithm>
#include <cmath>

#include "radbatch/base/text.hpp"
#include "radbatch/study/attributes.hpp"

namespace radbatch {
namespace {

VoiFunction function_of(const Json& attributes) {
  const std::string word = text_of(attributes, "VOILUTFunction");
  if (word == "LINEAR_EXACT") return VoiFunction::linear_exact;
  if (word == "SIGMOID") return VoiFunction::sigmoid;
  return VoiFunction::linear;  // PS3.3: where the attribute is absent
}

/// The sum of a value and its mirror image, where the reader inverted: it takes v to 2^BitsStored - 1 - v,
/// signed v to -1 - v, before the rescale.
double mirror_sum(const Json& attributes) {
  const bool is_signed = number_of(attributes, "PixelRepresentation").value_or(0) != 0;
  const double largest = is_signed ? -1 : std::exp2(number_of(attributes, "BitsStored").value_or(16)) - 1;
  return number_of(attributes, "RescaleSlope").value_or(1) * largest +
         2 * number_of(attributes, "RescaleIntercept").value_or(0);
}

std::vector<HeaderWindow> windows_of(const Json& attributes, VoiFunction function) {
  const std::vector<double> centers = numbers_of(attributes, "WindowCenter"),
                            widths = numbers_of(attributes, "WindowWidth");
  const std::vector<std::string> names = split(text_of(attributes, "WindowCenterWidthExplanation"), '\\');
  const bool inverted = text_of(attributes, "PhotometricInterpretation") == "MONOCHROME1";
  std::vector<HeaderWindow> windows;
  for (std::size_t i = 0; i < std::min(centers.size(), widths.size()); ++i) {
    HeaderWindow window{centers[i], widths[i], i < names.size() ? names[i] : ""};
    // LINEAR is symmetric about center - 0.5, the others about center.
    if (inverted)
      window.center = mirror_sum(attributes) - window.center + (function == VoiFunction::linear ? 1 : 0);
    windows.push_back(std::move(window));
  }
  return windows;
}

std::optional<double> largest_stored(const Json& attributes, const Volume& volume) {
  const std::string photometric = text_of(attributes, "PhotometricInterpretation");
  const bool is_grey = photometric == "MONOCHROME1" || photometric == "MONOCHROME2";
  const bool is_stored = number_of(attributes, "RescaleSlope").value_or(1) == 1 &&
                         number_of(attributes, "RescaleIntercept").value_or(0) == 0 &&
                         number_of(attributes, "PixelRepresentation").value_or(0) == 0 &&
                         volume.type != SampleType::float32;
  const auto bits = number_of(attributes, "BitsStored");
  if (!is_grey || !is_stored || !bits || *bits < 1 || *bits > 16) return std::nullopt;
  return std::exp2(*bits) - 1;
}

}  // namespace

std::optional<Display> display_of(const ImageSource& source, const Volume& volume) {
  if (source.kind != FileKind::dicom) return std::nullopt;
  const Json& attributes = source.attributes;
  Display display;
  display.function = function_of(attributes);
  display.largest_stored = largest_stored(attributes, volume);
  display.windows = windows_of(attributes, display.function);
  if (display.windows.empty()) display.why_no_window = "the header has no WindowCenter and WindowWidth";
  // Scanners give every slice of MR and PET a window of its own; the header at hand is the first one's.
  if (volume.size[2] > 1 && text_of(attributes, "Modality") != "CT") {
    display.windows.clear();
    display.why_no_window = "the slices of the volume may have a window each, and one is to hold for all";
  }
  return display;
}

}  // namespace radbatch
