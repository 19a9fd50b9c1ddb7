#include "radbatch/batch/sidecar.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <string>

#include "radbatch/base/text.hpp"
#include "radbatch/base/version.hpp"
#include "radbatch/study/attributes.hpp"

namespace radbatch {
namespace {

/// How a DICOM value becomes one of the sidecar.
struct Rule {
  std::string_view keyword;
  std::string_view key;  ///< empty: left out
  double divisor = 1;    ///< from DICOM's unit to the sidecar's
};

constexpr double seconds = 1000;

constexpr auto rules = std::to_array<Rule>({
    {"EchoTime", "EchoTime", seconds},
    {"EffectiveEchoTime", "EchoTime", seconds},
    {"RepetitionTime", "RepetitionTime", seconds},
    {"InversionTime", "InversionTime", seconds},
    {"InversionTimes", "InversionTime", seconds},
    {"ExposureTime", "ExposureTime", seconds},
    {"FrameReferenceTime", "FrameReferenceTime", seconds},
    {"ActualFrameDuration", "FrameDuration", seconds},
    {"FrameTime", "FrameTime", seconds},
    {"FrameTimeVector", "FrameTimeVector", seconds},
    {"Exposure", "XRayExposure"},
    {"ManufacturerModelName", "ManufacturersModelName"},
    {"ImageOrientationPatient", "ImageOrientationPatientDICOM"},
    {"PercentPhaseFieldOfView", "PercentPhaseFOV"},
    {"NumberOfPhaseEncodingSteps", "PhaseEncodingSteps"},
    {"MRAcquisitionPhaseEncodingStepsInPlane", "PhaseEncodingSteps"},
    {"InPlanePhaseEncodingDirection", "InPlanePhaseEncodingDirectionDICOM"},
    {"PulseSequenceName", "SequenceName"},
    {"Radiopharmaceutical", "TracerName"},
    {"RadionuclideTotalDose", "InjectedRadioactivity"},
    {"RadionuclideHalfLife", "IsotopeHalfLife"},
    {"RadiopharmaceuticalSpecificActivity", "SpecificRadioactivity"},
    {"ReconstructionMethod", "ReconMethodName"},
    {"AttenuationCorrectionMethod", "AttenuationCorrection"},
    {"DecayCorrection", "DecayCorrection"},
    // Of the image itself, or made into other keys below.
    {"Rows", ""},
    {"Columns", ""},
    {"NumberOfFrames", ""},
    {"SamplesPerPixel", ""},
    {"BitsAllocated", ""},
    {"BitsStored", ""},
    {"HighBit", ""},
    {"PixelRepresentation", ""},
    {"PlanarConfiguration", ""},
    {"PixelPaddingValue", ""},
    {"SpecificCharacterSet", ""},
    {"SOPClassUID", ""},
    {"SOPInstanceUID", ""},
    {"StudyInstanceUID", ""},
    {"SeriesInstanceUID", ""},
    {"FrameOfReferenceUID", ""},
    {"TransferSyntaxUID", ""},
    {"InstanceNumber", ""},
    {"ImagePositionPatient", ""},
    {"PixelSpacing", ""},
    {"AcquisitionMatrix", ""},
    {"RescaleSlope", ""},
    {"RescaleIntercept", ""},
    {"EchoNumbers", ""},
    {"PhotometricInterpretation", ""},
    {"WindowCenter", ""},  // of the first slice alone
    {"WindowWidth", ""},
});

/// Divided, not multiplied: 2.97 / 1000 is 0.00297, 2.97 * 0.001 has sixteen digits.
Json scaled(const Json& value, double divisor) {
  if (divisor == 1) return value;
  if (value.is_number()) return value.get<double>() / divisor;
  if (!value.is_array()) return value;
  Json out = Json::array();
  for (const Json& one : value) out.push_back(one.is_number() ? Json(one.get<double>() / divisor) : one);
  return out;
}

/// Facts that radbatch computed are snake_case; a DICOM keyword begins with a capital.
bool is_keyword(const std::string& key) {
  return !key.empty() && std::isupper(static_cast<unsigned char>(key[0])) != 0;
}

/// dcm2niix's names, which BIDS tools compare with; an unknown maker keeps its own.
std::string maker_of(const std::string& manufacturer) {
  constexpr auto makers = std::to_array<std::pair<std::string_view, std::string_view>>({
      {"siemens", "Siemens"},
      {"ge ", "GE"},
      {"philips", "Philips"},
      {"toshiba", "Toshiba"},
      {"canon", "Canon"},
      {"hitachi", "Hitachi"},
      {"uih", "UIH"},
      {"bruker", "Bruker"},
  });
  const std::string lower = to_lower_ascii(manufacturer) + " ";
  for (const auto& [begin, name] : makers) {
    if (lower.starts_with(begin)) return std::string(name);
  }
  return manufacturer;
}

void add_mr_facts(const Json& header, Json& sidecar) {
  const std::vector<double> matrix = numbers_of(header, "AcquisitionMatrix");
  const bool by_row = text_of(header, "InPlanePhaseEncodingDirection").starts_with("ROW");
  const bool by_column = text_of(header, "InPlanePhaseEncodingDirection").starts_with("COL");
  // AcquisitionMatrix: frequency rows, frequency columns, phase rows, phase columns.
  if (matrix.size() == 4 && (by_row || by_column)) {
    const double steps = std::max(matrix[2], matrix[3]);
    if (steps > 0) sidecar["AcquisitionMatrixPE"] = static_cast<std::int64_t>(steps);
  }
  const auto extent = number_of(header, by_row ? "Columns" : "Rows");
  if (extent && (by_row || by_column)) sidecar["ReconMatrixPE"] = static_cast<std::int64_t>(*extent);
  // The polarity is in private groups only; rows of the image are i, columns run along j.
  if (by_row || by_column) sidecar["PhaseEncodingAxis"] = by_row ? "i" : "j";
  const std::string variant = "\\" + text_of(header, "SequenceVariant") + "\\";
  if (variant.find("\\SP\\") != variant.npos) sidecar["SpoilingState"] = true;
  const std::string type = "\\" + text_of(header, "ImageType") + "\\";
  if (type.find("\\DIS2D\\") != type.npos || type.find("\\DIS3D\\") != type.npos) {
    sidecar["NonlinearGradientCorrection"] = true;
  } else if (type.find("\\ND\\") != type.npos) {
    sidecar["NonlinearGradientCorrection"] = false;
  }
  const auto echo = number_of(header, "EchoNumbers");
  if (echo && *echo > 1) sidecar["EchoNumber"] = static_cast<std::int64_t>(*echo);
}

void add_pet_facts(const Json& header, Json& sidecar) {
  if (text_of(header, "Units") == "BQML") sidecar["Units"] = "Bq/mL";
  if (sidecar.contains("InjectedRadioactivity")) sidecar["InjectedRadioactivityUnits"] = "Bq";
}

}  // namespace

Json sidecar_of(const Json& header, bool keep_phi) {
  const Json kept = keep_phi ? header : without_identifiers(header);
  Json sidecar = Json::object();
  for (const auto& [keyword, value] : kept.items()) {
    if (!is_keyword(keyword)) continue;
    // UIDs lead to the study in any archive: they go where the names go.
    if (keyword.ends_with("UID") && keep_phi) {
      sidecar[keyword] = value;
      continue;
    }
    const auto rule = std::ranges::find(rules, keyword, &Rule::keyword);
    if (rule == rules.end()) {
      sidecar[keyword] = value;
    } else if (!rule->key.empty() && !sidecar.contains(rule->key)) {
      sidecar[std::string(rule->key)] = scaled(value, rule->divisor);
    }
  }
  if (const std::string type = text_of(kept, "ImageType"); !type.empty()) {
    sidecar["ImageType"] = split(type, '\\');
  }
  if (const std::string method = text_of(kept, "DeidentificationMethod"); !method.empty()) {
    sidecar["DeidentificationMethod"] = split(method, '\\');
  }
  if (sidecar.contains("Manufacturer")) sidecar["Manufacturer"] = maker_of(text_of(kept, "Manufacturer"));
  if (number_of(sidecar, "EchoTrainLength").value_or(2) <= 1) sidecar.erase("EchoTrainLength");
  if (const std::string part = text_of(kept, "BodyPartExamined"); !part.empty()) sidecar["BodyPart"] = part;
  if (text_of(kept, "Modality") == "MR") add_mr_facts(kept, sidecar);
  if (text_of(kept, "Modality") == "PT") add_pet_facts(kept, sidecar);
  sidecar["ConversionSoftware"] = "radbatch-convert";
  sidecar["ConversionSoftwareVersion"] = version();
  return sidecar;
}

}  // namespace radbatch
