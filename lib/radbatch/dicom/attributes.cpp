#include "radbatch/dicom/attributes.hpp"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <algorithm>
#include <array>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/dicom/charset.hpp"

namespace radbatch {
namespace {

WantedAttribute attribute(const DcmTagKey& tag, const char* keyword, AttributeUse use) {
  return {std::uint32_t{tag.getGroup()} << 16 | tag.getElement(), keyword, use};
}
WantedAttribute text(const DcmTagKey& tag, const char* keyword) {
  return attribute(tag, keyword, AttributeUse::text);
}
WantedAttribute numbers(const DcmTagKey& tag, const char* keyword) {
  return attribute(tag, keyword, AttributeUse::numbers);
}
WantedAttribute name(const DcmTagKey& tag) {
  return attribute(tag, "", AttributeUse::name);
}
WantedAttribute identifier(const DcmTagKey& tag) {
  return attribute(tag, "", AttributeUse::identifier);
}

const std::vector<WantedAttribute> wanted{
    text(DCM_SpecificCharacterSet, "SpecificCharacterSet"),
    text(DCM_SOPClassUID, "SOPClassUID"),
    text(DCM_SOPInstanceUID, "SOPInstanceUID"),
    text(DCM_StudyInstanceUID, "StudyInstanceUID"),
    text(DCM_SeriesInstanceUID, "SeriesInstanceUID"),
    text(DCM_FrameOfReferenceUID, "FrameOfReferenceUID"),
    text(DCM_PatientID, "PatientID"),
    text(DCM_AccessionNumber, "AccessionNumber"),
    text(DCM_PatientSex, "PatientSex"),
    text(DCM_PatientAge, "PatientAge"),
    text(DCM_StudyDate, "StudyDate"),
    text(DCM_StudyTime, "StudyTime"),
    text(DCM_SeriesDate, "SeriesDate"),
    text(DCM_SeriesTime, "SeriesTime"),
    text(DCM_AcquisitionDate, "AcquisitionDate"),
    text(DCM_AcquisitionTime, "AcquisitionTime"),
    text(DCM_AcquisitionDateTime, "AcquisitionDateTime"),
    text(DCM_StudyDescription, "StudyDescription"),
    text(DCM_SeriesDescription, "SeriesDescription"),
    text(DCM_ProtocolName, "ProtocolName"),
    text(DCM_Modality, "Modality"),
    text(DCM_BodyPartExamined, "BodyPartExamined"),
    text(DCM_ViewPosition, "ViewPosition"),
    text(DCM_Laterality, "Laterality"),
    text(DCM_ImageLaterality, "ImageLaterality"),
    text(DCM_PatientPosition, "PatientPosition"),
    text(DCM_PatientOrientation, "PatientOrientation"),
    text(DCM_ImageType, "ImageType"),
    text(DCM_RescaleType, "RescaleType"),
    text(DCM_PhotometricInterpretation, "PhotometricInterpretation"),
    text(DCM_LossyImageCompression, "LossyImageCompression"),
    text(DCM_Manufacturer, "Manufacturer"),
    text(DCM_ManufacturerModelName, "ManufacturerModelName"),
    text(DCM_SoftwareVersions, "SoftwareVersions"),
    text(DCM_DeviceSerialNumber, "DeviceSerialNumber"),
    text(DCM_ConvolutionKernel, "ConvolutionKernel"),
    text(DCM_ContrastBolusAgent, "ContrastBolusAgent"),
    text(DCM_ScanningSequence, "ScanningSequence"),
    text(DCM_SequenceVariant, "SequenceVariant"),
    text(DCM_SequenceName, "SequenceName"),
    text(DCM_PatientIdentityRemoved, "PatientIdentityRemoved"),
    text(DCM_DeidentificationMethod, "DeidentificationMethod"),
    text(DCM_WindowCenterWidthExplanation, "WindowCenterWidthExplanation"),
    text(DCM_VOILUTFunction, "VOILUTFunction"),
    text(DCM_BurnedInAnnotation, "BurnedInAnnotation"),
    text(DCM_ComplexImageComponent, "ComplexImageComponent"),
    text(DCM_ContentTime, "ContentTime"),
    text(DCM_Units, "Units"),
    text(DCM_SeriesType, "SeriesType"),
    text(DCM_DecayCorrection, "DecayCorrection"),
    numbers(DCM_SeriesNumber, "SeriesNumber"),
    numbers(DCM_AcquisitionNumber, "AcquisitionNumber"),
    numbers(DCM_InstanceNumber, "InstanceNumber"),
    numbers(DCM_TemporalPositionIdentifier, "TemporalPositionIdentifier"),
    numbers(DCM_EchoNumbers, "EchoNumbers"),
    numbers(DCM_DiffusionBValue, "DiffusionBValue"),
    numbers(DCM_Rows, "Rows"),
    numbers(DCM_Columns, "Columns"),
    numbers(DCM_NumberOfFrames, "NumberOfFrames"),
    numbers(DCM_SamplesPerPixel, "SamplesPerPixel"),
    numbers(DCM_PlanarConfiguration, "PlanarConfiguration"),
    numbers(DCM_BitsAllocated, "BitsAllocated"),
    numbers(DCM_BitsStored, "BitsStored"),
    numbers(DCM_HighBit, "HighBit"),
    numbers(DCM_PixelRepresentation, "PixelRepresentation"),
    numbers(DCM_PixelPaddingValue, "PixelPaddingValue"),
    numbers(DCM_PixelSpacing, "PixelSpacing"),
    numbers(DCM_ImagerPixelSpacing, "ImagerPixelSpacing"),
    numbers(DCM_SliceThickness, "SliceThickness"),
    numbers(DCM_SpacingBetweenSlices, "SpacingBetweenSlices"),
    numbers(DCM_ImageOrientationPatient, "ImageOrientationPatient"),
    numbers(DCM_ImagePositionPatient, "ImagePositionPatient"),
    numbers(DCM_GantryDetectorTilt, "GantryDetectorTilt"),
    numbers(DCM_RescaleSlope, "RescaleSlope"),
    numbers(DCM_RescaleIntercept, "RescaleIntercept"),
    numbers(DCM_WindowCenter, "WindowCenter"),
    numbers(DCM_WindowWidth, "WindowWidth"),
    numbers(DCM_MagneticFieldStrength, "MagneticFieldStrength"),
    numbers(DCM_KVP, "KVP"),
    numbers(DCM_EchoTime, "EchoTime"),
    numbers(DCM_RepetitionTime, "RepetitionTime"),
    numbers(DCM_InversionTime, "InversionTime"),
    numbers(DCM_FlipAngle, "FlipAngle"),
    numbers(DCM_TriggerTime, "TriggerTime"),
    numbers(DCM_FrameReferenceTime, "FrameReferenceTime"),
    numbers(DCM_NumberOfTemporalPositions, "NumberOfTemporalPositions"),
    numbers(DCM_DiffusionGradientOrientation, "DiffusionGradientOrientation"),
    name(DCM_PatientName),
    name(DCM_OtherPatientNames),
    name(DCM_PatientBirthName),
    name(DCM_PatientMotherBirthName),
    name(DCM_ResponsiblePerson),
    name(DCM_ReferringPhysicianName),
    name(DCM_PerformingPhysicianName),
    name(DCM_RequestingPhysician),
    name(DCM_NameOfPhysiciansReadingStudy),
    name(DCM_PhysiciansOfRecord),
    name(DCM_OperatorsName),
    identifier(DCM_RETIRED_OtherPatientIDs),
    identifier(DCM_StudyID),
    identifier(DCM_InstitutionName),
    identifier(DCM_PatientAddress),
    identifier(DCM_PatientTelephoneNumbers),
    identifier(DCM_AdmissionID),
    attribute(DCM_PatientBirthDate, "", AttributeUse::date),
};

/// Attributes that are kept and identify as well.
constexpr std::array<std::string_view, 2> kept_identifiers{"PatientID", "AccessionNumber"};

void add_to(std::vector<std::string>& values, const std::string& text) {
  for (std::string& value : split(text, '\\')) {
    if (!value.empty()) values.push_back(std::move(value));
  }
}

/// What the header says of who the patient is, to be masked in free text; not part of the attributes.
void add_identity(Identity& identity, const WantedAttribute& attribute, const std::string& text) {
  if (attribute.use == AttributeUse::name) add_to(identity.names, text);
  if (attribute.use == AttributeUse::date) add_to(identity.dates, text);
  if (attribute.use == AttributeUse::identifier ||
      std::ranges::find(kept_identifiers, attribute.keyword) != kept_identifiers.end()) {
    add_to(identity.numbers, text);
  }
}

}  // namespace

const std::vector<WantedAttribute>& wanted_attributes() {
  return wanted;
}

std::size_t wanted_index(std::string_view keyword) {
  const auto found = std::ranges::find(wanted, keyword, &WantedAttribute::keyword);
  if (found == wanted.end()) throw Error(ExitCode::internal, "no wanted attribute " + std::string(keyword));
  return static_cast<std::size_t>(found - wanted.begin());
}

Identity read_identity(const HeaderValues& header) {
  TextDecoder decoder(header.text(wanted_index("SpecificCharacterSet")));
  Identity identity;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i].use == AttributeUse::numbers || !header.has_value(i)) continue;
    add_identity(identity, wanted[i], decoder.to_utf8(header.text(i)));
  }
  return identity;
}

Json read_attributes(const HeaderValues& header) {
  static const std::size_t character_set = wanted_index("SpecificCharacterSet");
  Json attributes = Json::object();
  TextDecoder decoder(header.text(character_set));
  Identity identity;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (!header.has_value(i)) continue;
    if (wanted[i].use == AttributeUse::numbers) {
      Json value = numbers_as_json(header.numbers(i));
      if (!value.is_null()) attributes[wanted[i].keyword] = std::move(value);
    } else if (const std::string stored = header.text(i); !stored.empty()) {
      const std::string text = decoder.to_utf8(stored);
      add_identity(identity, wanted[i], text);
      // Control characters have no place in these, and tables are shown on terminals.
      if (wanted[i].use == AttributeUse::text) attributes[wanted[i].keyword] = printable(text);
    }
  }
  if (decoder.evidence() != "ascii") attributes["text_encoding"] = std::string(decoder.evidence());
  mask_identity(attributes, identity);
  return attributes;
}

}  // namespace radbatch
