#include "radbatch/study/attributes.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "radbatch/base/text.hpp"
#include "radbatch/study/confidentiality_profile.hpp"

namespace radbatch {
namespace {

std::string scalar_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "1" : "0";
  if (value.is_number_integer()) return value.dump();
  if (!value.is_number()) return {};
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value.get<double>()).ptr;
  return {digits.data(), end};
}

std::optional<double> parse_number(std::string_view text) {
  const auto is_padding = [](char c) { return c == ' ' || c == '\0'; };
  while (!text.empty() && (is_padding(text.front()) || text.front() == '+')) text.remove_prefix(1);
  while (!text.empty() && is_padding(text.back())) text.remove_suffix(1);
  double number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc{} || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
  return number;
}

/// The usual case, without text in between; nothing where a part is not a number or not finite.
std::optional<std::vector<double>> plain_numbers(const Json& array) {
  std::vector<double> numbers;
  numbers.reserve(array.size());
  for (const Json& part : array) {
    if (!part.is_number() || !std::isfinite(part.get<double>())) return std::nullopt;
    numbers.push_back(part.get<double>());
  }
  return numbers;
}

const Json* find(const Json& attributes, std::string_view keyword) {
  const auto at = attributes.find(keyword);
  return at == attributes.end() || at->is_null() ? nullptr : &*at;
}

constexpr std::array<std::string_view, 60> series_words{"SeriesInstanceUID",
                                                        "SeriesNumber",
                                                        "SeriesDescription",
                                                        "ProtocolName",
                                                        "Modality",
                                                        "SOPClassUID",
                                                        "TransferSyntaxUID",
                                                        "ImageType",
                                                        "BodyPartExamined",
                                                        "ViewPosition",
                                                        "Laterality",
                                                        "ImageLaterality",
                                                        "PatientPosition",
                                                        "PatientOrientation",
                                                        "Rows",
                                                        "Columns",
                                                        "NumberOfFrames",
                                                        "SamplesPerPixel",
                                                        "PixelSpacing",
                                                        "ImagerPixelSpacing",
                                                        "SliceThickness",
                                                        "SpacingBetweenSlices",
                                                        "ImageOrientationPatient",
                                                        "GantryDetectorTilt",
                                                        "RescaleSlope",
                                                        "RescaleIntercept",
                                                        "RescaleType",
                                                        "WindowCenter",
                                                        "WindowWidth",
                                                        "PhotometricInterpretation",
                                                        "BitsAllocated",
                                                        "BitsStored",
                                                        "HighBit",
                                                        "PixelRepresentation",
                                                        "PixelPaddingValue",
                                                        "LossyImageCompression",
                                                        "Manufacturer",
                                                        "ManufacturerModelName",
                                                        "SoftwareVersions",
                                                        "MagneticFieldStrength",
                                                        "KVP",
                                                        "ConvolutionKernel",
                                                        "EchoTime",
                                                        "RepetitionTime",
                                                        "ContrastBolusAgent",
                                                        "BurnedInAnnotation",
                                                        "FrameOfReferenceUID",
                                                        "AcquisitionNumber",
                                                        "EchoNumbers",
                                                        "TemporalPositionIdentifier",
                                                        "DiffusionBValue",
                                                        "InversionTime",
                                                        "FlipAngle",
                                                        "ScanningSequence",
                                                        "SequenceVariant",
                                                        "SequenceName",
                                                        "ViewCodeSequence",
                                                        "Units",
                                                        "DecayCorrection",
                                                        "SeriesType"};

constexpr std::array<std::string_view, 6> study_words{
    "StudyInstanceUID",      "PatientSex", "PatientAge", "StudyDescription", "PatientIdentityRemoved",
    "DeidentificationMethod"};

/// Keywords of DICOM whose name would match the rules of is_identifying although they identify nobody.
constexpr std::array<std::string_view, 9> harmless{"PatientSex",
                                                   "PatientAge",
                                                   "PatientPosition",
                                                   "PatientOrientation",
                                                   "PatientSize",
                                                   "PatientWeight",
                                                   "PatientIdentityRemoved",
                                                   "ImagePositionPatient",
                                                   "ImageOrientationPatient"};

/// The standard's list, and for keywords that are younger than it the words that such names are made of.
bool is_identifying(std::string_view keyword) {
  if (std::ranges::find(harmless, keyword) != harmless.end()) return false;
  const auto kept = kept_of_confidentiality_profile();
  if (std::ranges::find(kept, keyword) != kept.end()) return false;
  if (is_in_confidentiality_profile(keyword)) return true;
  constexpr std::array<std::string_view, 12> parts{
      "Patient", "Date",        "Physician",    "Institution", "Operator",          "Accession",
      "StudyID", "StationName", "SerialNumber", "Person",      "RequestAttributes", "Comments"};
  constexpr std::array<std::string_view, 5> clocks{"StudyTime", "SeriesTime", "AcquisitionTime",
                                                   "ContentTime", "InstanceCreationTime"};
  return std::ranges::find(clocks, keyword) != clocks.end() ||
         std::ranges::any_of(parts,
                             [&](std::string_view part) { return keyword.find(part) != keyword.npos; });
}

}  // namespace

std::string text_of(const Json& attributes, std::string_view keyword) {
  const Json* value = find(attributes, keyword);
  if (!value) return {};
  if (!value->is_array()) return scalar_text(*value);
  std::vector<std::string> parts;
  for (const Json& part : *value) parts.push_back(scalar_text(part));
  return join(parts, "\\");
}

std::vector<double> numbers_of(const Json& attributes, std::string_view keyword) {
  const Json* value = find(attributes, keyword);
  if (!value) return {};
  if (value->is_number()) return {value->get<double>()};
  if (value->is_array() && !value->empty()) {
    if (auto plain = plain_numbers(*value)) return std::move(*plain);
  }
  std::vector<double> numbers;
  for (const std::string& part : split(text_of(attributes, keyword), '\\')) {
    const std::optional<double> number = parse_number(part);
    if (!number) return {};
    numbers.push_back(*number);
  }
  return numbers;
}

std::optional<double> number_of(const Json& attributes, std::string_view keyword) {
  if (const Json* value = find(attributes, keyword); value && value->is_number()) return value->get<double>();
  const std::vector<double> numbers = numbers_of(attributes, keyword);
  if (numbers.empty()) return std::nullopt;
  return numbers.front();
}

bool flag_of(const Json& attributes, std::string_view keyword) {
  const Json* value = find(attributes, keyword);
  return value && value->is_boolean() && value->get<bool>();
}

double frame_step_seconds(const Json& attributes) {
  const double frame_time = number_of(attributes, "FrameTime").value_or(0);
  if (frame_time > 0) return frame_time / 1000;
  const double rate = number_of(attributes, "CineRate").value_or(0);
  if (rate > 0) return 1 / rate;
  const double repetition = number_of(attributes, "RepetitionTime").value_or(0);
  return text_of(attributes, "Modality") == "MR" && repetition > 0 ? repetition / 1000 : 0;
}

std::string group_value(const Json& attributes, std::string_view keyword) {
  std::string value = text_of(attributes, keyword);
  if (value.empty() && keyword == "ImageLaterality") value = text_of(attributes, "Laterality");
  return value;
}

std::span<const std::string_view> series_keywords() {
  return series_words;
}
std::span<const std::string_view> study_keywords() {
  return study_words;
}

Json without_identifiers(const Json& attributes) {
  Json kept = Json::object();
  for (const auto& [keyword, value] : attributes.items()) {
    if (!is_identifying(keyword)) kept[keyword] = value;
  }
  return kept;
}

}  // namespace radbatch
