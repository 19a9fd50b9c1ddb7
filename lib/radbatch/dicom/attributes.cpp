#include "radbatch/dicom/attributes.hpp"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <array>
#include <span>

#include "radbatch/base/text.hpp"
#include "radbatch/dicom/charset.hpp"
#include "radbatch/dicom/dataset.hpp"
#include "radbatch/study/identity_mask.hpp"

namespace radbatch {
namespace {

struct Attribute {
  DcmTagKey tag;
  const char* keyword;
};

const std::array text_attributes{
    Attribute{DCM_SpecificCharacterSet, "SpecificCharacterSet"},
    Attribute{DCM_SOPClassUID, "SOPClassUID"},
    Attribute{DCM_SOPInstanceUID, "SOPInstanceUID"},
    Attribute{DCM_StudyInstanceUID, "StudyInstanceUID"},
    Attribute{DCM_SeriesInstanceUID, "SeriesInstanceUID"},
    Attribute{DCM_FrameOfReferenceUID, "FrameOfReferenceUID"},
    Attribute{DCM_PatientID, "PatientID"},
    Attribute{DCM_AccessionNumber, "AccessionNumber"},
    Attribute{DCM_PatientSex, "PatientSex"},
    Attribute{DCM_PatientAge, "PatientAge"},
    Attribute{DCM_StudyDate, "StudyDate"},
    Attribute{DCM_StudyTime, "StudyTime"},
    Attribute{DCM_SeriesDate, "SeriesDate"},
    Attribute{DCM_SeriesTime, "SeriesTime"},
    Attribute{DCM_AcquisitionDate, "AcquisitionDate"},
    Attribute{DCM_AcquisitionTime, "AcquisitionTime"},
    Attribute{DCM_StudyDescription, "StudyDescription"},
    Attribute{DCM_SeriesDescription, "SeriesDescription"},
    Attribute{DCM_ProtocolName, "ProtocolName"},
    Attribute{DCM_Modality, "Modality"},
    Attribute{DCM_BodyPartExamined, "BodyPartExamined"},
    Attribute{DCM_ViewPosition, "ViewPosition"},
    Attribute{DCM_Laterality, "Laterality"},
    Attribute{DCM_ImageLaterality, "ImageLaterality"},
    Attribute{DCM_PatientPosition, "PatientPosition"},
    Attribute{DCM_PatientOrientation, "PatientOrientation"},
    Attribute{DCM_ImageType, "ImageType"},
    Attribute{DCM_RescaleType, "RescaleType"},
    Attribute{DCM_PhotometricInterpretation, "PhotometricInterpretation"},
    Attribute{DCM_LossyImageCompression, "LossyImageCompression"},
    Attribute{DCM_Manufacturer, "Manufacturer"},
    Attribute{DCM_ManufacturerModelName, "ManufacturerModelName"},
    Attribute{DCM_SoftwareVersions, "SoftwareVersions"},
    Attribute{DCM_DeviceSerialNumber, "DeviceSerialNumber"},
    Attribute{DCM_ConvolutionKernel, "ConvolutionKernel"},
    Attribute{DCM_ContrastBolusAgent, "ContrastBolusAgent"},
    Attribute{DCM_ScanningSequence, "ScanningSequence"},
    Attribute{DCM_SequenceVariant, "SequenceVariant"},
    Attribute{DCM_SequenceName, "SequenceName"},
    Attribute{DCM_PatientIdentityRemoved, "PatientIdentityRemoved"},
    Attribute{DCM_DeidentificationMethod, "DeidentificationMethod"},
    Attribute{DCM_BurnedInAnnotation, "BurnedInAnnotation"},
    Attribute{DCM_ComplexImageComponent, "ComplexImageComponent"},
    Attribute{DCM_ContentTime, "ContentTime"},
    Attribute{DCM_Units, "Units"},
    Attribute{DCM_SeriesType, "SeriesType"},
    Attribute{DCM_DecayCorrection, "DecayCorrection"},
};

const std::array number_attributes{
    Attribute{DCM_SeriesNumber, "SeriesNumber"},
    Attribute{DCM_AcquisitionNumber, "AcquisitionNumber"},
    Attribute{DCM_InstanceNumber, "InstanceNumber"},
    Attribute{DCM_TemporalPositionIdentifier, "TemporalPositionIdentifier"},
    Attribute{DCM_EchoNumbers, "EchoNumbers"},
    Attribute{DCM_DiffusionBValue, "DiffusionBValue"},
    Attribute{DCM_Rows, "Rows"},
    Attribute{DCM_Columns, "Columns"},
    Attribute{DCM_NumberOfFrames, "NumberOfFrames"},
    Attribute{DCM_SamplesPerPixel, "SamplesPerPixel"},
    Attribute{DCM_PlanarConfiguration, "PlanarConfiguration"},
    Attribute{DCM_BitsAllocated, "BitsAllocated"},
    Attribute{DCM_BitsStored, "BitsStored"},
    Attribute{DCM_HighBit, "HighBit"},
    Attribute{DCM_PixelRepresentation, "PixelRepresentation"},
    Attribute{DCM_PixelPaddingValue, "PixelPaddingValue"},
    Attribute{DCM_PixelSpacing, "PixelSpacing"},
    Attribute{DCM_ImagerPixelSpacing, "ImagerPixelSpacing"},
    Attribute{DCM_SliceThickness, "SliceThickness"},
    Attribute{DCM_SpacingBetweenSlices, "SpacingBetweenSlices"},
    Attribute{DCM_ImageOrientationPatient, "ImageOrientationPatient"},
    Attribute{DCM_ImagePositionPatient, "ImagePositionPatient"},
    Attribute{DCM_GantryDetectorTilt, "GantryDetectorTilt"},
    Attribute{DCM_RescaleSlope, "RescaleSlope"},
    Attribute{DCM_RescaleIntercept, "RescaleIntercept"},
    Attribute{DCM_WindowCenter, "WindowCenter"},
    Attribute{DCM_WindowWidth, "WindowWidth"},
    Attribute{DCM_MagneticFieldStrength, "MagneticFieldStrength"},
    Attribute{DCM_KVP, "KVP"},
    Attribute{DCM_EchoTime, "EchoTime"},
    Attribute{DCM_RepetitionTime, "RepetitionTime"},
    Attribute{DCM_InversionTime, "InversionTime"},
    Attribute{DCM_FlipAngle, "FlipAngle"},
    Attribute{DCM_TriggerTime, "TriggerTime"},
    Attribute{DCM_FrameReferenceTime, "FrameReferenceTime"},
    Attribute{DCM_NumberOfTemporalPositions, "NumberOfTemporalPositions"},
    Attribute{DCM_DiffusionGradientOrientation, "DiffusionGradientOrientation"},
};

const std::array person_names{DCM_PatientName,
                              DCM_OtherPatientNames,
                              DCM_PatientBirthName,
                              DCM_PatientMotherBirthName,
                              DCM_ResponsiblePerson,
                              DCM_ReferringPhysicianName,
                              DCM_PerformingPhysicianName,
                              DCM_RequestingPhysician,
                              DCM_NameOfPhysiciansReadingStudy,
                              DCM_PhysiciansOfRecord,
                              DCM_OperatorsName};
const std::array identifying_numbers{
    DCM_PatientID,       DCM_RETIRED_OtherPatientIDs, DCM_AccessionNumber,         DCM_StudyID,
    DCM_InstitutionName, DCM_PatientAddress,          DCM_PatientTelephoneNumbers, DCM_AdmissionID};

std::vector<std::string> texts_of(DcmItem& dataset, TextDecoder& decoder, std::span<const DcmTagKey> tags) {
  std::vector<std::string> texts;
  for (const DcmTagKey& tag : tags) {
    for (const std::string& text : split(decoder.to_utf8(find_text(dataset, tag)), '\\')) {
      if (!text.empty()) texts.push_back(text);
    }
  }
  return texts;
}

}  // namespace

Json read_attributes(DcmItem& dataset) {
  Json attributes = Json::object();
  TextDecoder decoder(find_text(dataset, DCM_SpecificCharacterSet));
  for (const Attribute& attribute : text_attributes) {
    const std::string text = find_text(dataset, attribute.tag);
    if (!text.empty()) attributes[attribute.keyword] = decoder.to_utf8(text);
  }
  for (const Attribute& attribute : number_attributes) {
    Json value = find_numbers(dataset, attribute.tag);
    if (!value.is_null()) attributes[attribute.keyword] = std::move(value);
  }
  if (decoder.evidence() != "ascii") attributes["text_encoding"] = std::string(decoder.evidence());
  mask_identity(attributes,
                {texts_of(dataset, decoder, person_names), texts_of(dataset, decoder, identifying_numbers),
                 texts_of(dataset, decoder, std::array{DCM_PatientBirthDate})});
  return attributes;
}

}  // namespace radbatch
