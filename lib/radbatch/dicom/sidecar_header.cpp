#include "radbatch/dicom/sidecar_header.hpp"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <array>

#include "radbatch/base/error.hpp"
#include "radbatch/dicom/attributes.hpp"
#include "radbatch/dicom/charset.hpp"
#include "radbatch/dicom/dataset.hpp"
#include "radbatch/dicom/parsed_values.hpp"
#include "radbatch/dicom/real_world_map.hpp"

namespace radbatch {
namespace {

constexpr auto keywords = std::to_array<std::string_view>({
    // what and where
    "Modality",
    "Manufacturer",
    "ManufacturerModelName",
    "SoftwareVersions",
    "BodyPartExamined",
    "PatientPosition",
    "PatientOrientation",
    "ViewPosition",
    "Laterality",
    "ImageLaterality",
    "SeriesDescription",
    "ProtocolName",
    "SeriesNumber",
    "AcquisitionNumber",
    "ImageType",
    "ImageOrientationPatient",
    "SliceThickness",
    "SpacingBetweenSlices",
    "PhotometricInterpretation",
    "BurnedInAnnotation",
    "LossyImageCompression",
    "PatientIdentityRemoved",
    "DeidentificationMethod",
    "Rows",
    "Columns",
    "NumberOfFrames",
    "WindowCenter",
    "WindowWidth",
    "RescaleType",
    "PixelSpacing",
    "ImagerPixelSpacing",
    // MR
    "MagneticFieldStrength",
    "ImagingFrequency",
    "ImagedNucleus",
    "MRAcquisitionType",
    "ScanningSequence",
    "SequenceVariant",
    "ScanOptions",
    "SequenceName",
    "PulseSequenceName",
    "SAR",
    "EchoTime",
    "EffectiveEchoTime",
    "RepetitionTime",
    "InversionTime",
    "InversionTimes",
    "FlipAngle",
    "NumberOfAverages",
    "EchoNumbers",
    "EchoTrainLength",
    "ReceiveCoilName",
    "PercentPhaseFieldOfView",
    "PercentSampling",
    "NumberOfPhaseEncodingSteps",
    "MRAcquisitionPhaseEncodingStepsInPlane",
    "AcquisitionMatrix",
    "PixelBandwidth",
    "InPlanePhaseEncodingDirection",
    "NumberOfTemporalPositions",
    "TemporalResolution",
    "DiffusionBValue",
    "DiffusionGradientOrientation",
    "ContrastBolusIngredient",
    // CT and X-ray
    "KVP",
    "ConvolutionKernel",
    "FilterType",
    "ExposureTime",
    "XRayTubeCurrent",
    "Exposure",
    "GantryDetectorTilt",
    "SpiralPitchFactor",
    "CTDIvol",
    "ReconstructionDiameter",
    "DistanceSourceToDetector",
    "DistanceSourceToPatient",
    // PET
    "Units",
    "DecayCorrection",
    "AttenuationCorrectionMethod",
    "ScatterCorrectionMethod",
    "RandomsCorrectionMethod",
    "ReconstructionMethod",
    "FrameReferenceTime",
    "ActualFrameDuration",
    "DecayFactor",
    "DoseCalibrationFactor",
    "RadionuclideTotalDose",
    "RadionuclideHalfLife",
    "RadionuclidePositronFraction",
    "RadiopharmaceuticalSpecificActivity",
    "Radiopharmaceutical",
    // ultrasound and cine
    "FrameTime",
    "FrameTimeVector",
    "CineRate",
    "RecommendedDisplayFrameRate",
    "TransducerType",
    "MechanicalIndex",
    "ThermalIndex",
});

constexpr auto identifying = std::to_array<std::string_view>({
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "PatientAge",
    "PatientWeight",
    "PatientSize",
    "AccessionNumber",
    "StudyID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "StudyDescription",
    "StudyDate",
    "StudyTime",
    "AcquisitionDateTime",
    "AcquisitionDate",
    "AcquisitionTime",
    "InstitutionName",
    "InstitutionAddress",
    "InstitutionalDepartmentName",
    "StationName",
    "DeviceSerialNumber",
    "ReferringPhysicianName",
    "PerformingPhysicianName",
    "OperatorsName",
    "ImageComments",
    "ProcedureStepDescription",
});

bool is_number(const DcmElement& element) {
  switch (const_cast<DcmElement&>(element).ident()) {
    case EVR_DS:
    case EVR_IS:
    case EVR_US:
    case EVR_SS:
    case EVR_UL:
    case EVR_SL:
    case EVR_FL:
    case EVR_FD:
    case EVR_xs:
      return true;
    default:
      return false;
  }
}

/// Where a value may stand: the data set itself, the functional groups of an enhanced object, the drug of a
/// PET study.
std::vector<DcmItem*> places_of(DcmItem& dataset) {
  std::vector<DcmItem*> places{&dataset};
  for (const DcmTagKey& group : {DCM_SharedFunctionalGroupsSequence, DCM_PerFrameFunctionalGroupsSequence,
                                 DCM_RadiopharmaceuticalInformationSequence}) {
    DcmItem* item = nullptr;
    if (dataset.findAndGetSequenceItem(group, item, 0).good() && item) places.push_back(item);
  }
  return places;
}

/// The element in the item itself, or for functional groups in one of the macros inside.
DcmElement* find_element(DcmItem& place, const DcmTagKey& tag, bool inside) {
  DcmElement* element = nullptr;
  if (place.findAndGetElement(tag, element, inside).bad() || !element || element->isEmpty()) return nullptr;
  return element->isLeaf() ? element : nullptr;
}

Json value_of(DcmItem& place, DcmElement& element, const DcmTagKey& tag, bool inside, TextDecoder& decoder) {
  if (is_number(element)) {
    Json numbers = Json::array();
    for (unsigned long i = 0; i < element.getVM(); ++i) {
      OFString text;
      if (element.getOFString(text, i).bad()) return nullptr;
      const Json number = Json::parse(text.c_str(), nullptr, false);
      if (number.is_number()) {
        numbers.push_back(number);
        continue;
      }
      // A decimal string such as "+1.5" or ".5", which JSON does not know.
      Float64 value = 0;
      if (element.getFloat64(value, i).bad()) return nullptr;
      numbers.push_back(value);
    }
    return numbers.size() == 1 ? numbers[0] : numbers;
  }
  OFString text;
  if (place.findAndGetOFStringArray(tag, text, inside).bad()) return nullptr;
  std::string bytes(text.c_str(), text.size());
  while (!bytes.empty() && (bytes.back() == ' ' || bytes.back() == '\0')) bytes.pop_back();
  return bytes.empty() ? Json() : Json(decoder.to_utf8(bytes));
}

void read_keyword(std::string_view keyword, std::span<DcmItem* const> places, TextDecoder& decoder,
                  Json& header) {
  DcmTag tag;
  if (DcmTag::findTagFromName(std::string(keyword).c_str(), tag).bad()) return;
  for (DcmItem* place : places) {
    const bool inside = place != places.front();
    DcmElement* element = find_element(*place, tag, inside);
    if (!element) continue;
    Json value = value_of(*place, *element, tag, inside, decoder);
    if (value.is_null()) continue;
    header[std::string(keyword)] = std::move(value);
    return;
  }
}

/// A technician types the patient's name into any text.
void mask_texts(Json& header, const Identity& identity) {
  for (Json& value : header) {
    if (value.is_string()) value = masked(value.get_ref<const std::string&>(), identity);
  }
}

}  // namespace

std::span<const std::string_view> sidecar_keywords() {
  return keywords;
}
std::span<const std::string_view> identifying_keywords() {
  return identifying;
}

Json read_sidecar_header(const std::filesystem::path& path, bool with_phi) {
  Json header = Json::object();
  try {
    const ParsedFile file = parse_dicom(path);
    DcmDataset& dataset = file.dataset();
    TextDecoder decoder(find_text(dataset, DCM_SpecificCharacterSet));
    const std::vector<DcmItem*> places = places_of(dataset);
    for (std::string_view keyword : keywords) read_keyword(keyword, places, decoder, header);
    add_real_world_map(places, header);
    if (!with_phi) {
      mask_texts(header, read_identity(ParsedValues(dataset)));
      return header;
    }
    for (std::string_view keyword : identifying) read_keyword(keyword, places, decoder, header);
  } catch (const Error&) {
    return header;
  }
  return header;
}

}  // namespace radbatch
