#include "radbatch/image/value_flags.hpp"

#include <optional>

#include "radbatch/dicom/hounsfield.hpp"

namespace radbatch {
namespace {

std::string text_at(const Json& attributes, const char* keyword) {
  const auto found = attributes.find(keyword);
  return found != attributes.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<double> number_at(const Json& attributes, const char* keyword) {
  const auto found = attributes.find(keyword);
  return found != attributes.end() && found->is_number() ? std::optional(found->get<double>()) : std::nullopt;
}

bool should_be_hu(const ImageSource& source) {
  const Json& attributes = source.attributes;
  const std::string unit = text_at(attributes, "RescaleType");
  return source.kind == FileKind::dicom && text_at(attributes, "Modality") == "CT" &&
         !text_at(attributes, "ImageType").starts_with("DERIVED") && (unit.empty() || unit == "HU");
}

// The first file's rescale: padding that other slices rescale differently only makes the check milder.
std::optional<double> real_padding(const Json& attributes) {
  const auto stored = number_at(attributes, "PixelPaddingValue");
  if (!stored) return std::nullopt;
  return *stored * number_at(attributes, "RescaleSlope").value_or(1) +
         number_at(attributes, "RescaleIntercept").value_or(0);
}

}  // namespace

std::vector<std::string> value_flags(const ImageSource& source, const Volume& volume) {
  if (volume.channels != 1 || !should_be_hu(source)) return {};
  if (!implausible_hu(volume, real_padding(source.attributes))) return {};
  return {"W_HU_IMPLAUSIBLE"};
}

}  // namespace radbatch
