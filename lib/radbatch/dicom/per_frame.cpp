#include "radbatch/dicom/per_frame.hpp"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "radbatch/dicom/dataset.hpp"
#include "radbatch/dicom/siemens_mosaic.hpp"

namespace radbatch {
namespace {

// Real objects have a few ten thousand frames; the table of more would not fit the protocol.
constexpr std::int64_t max_frames = 100'000;

struct GroupValue {
  DcmTagKey sequence;
  DcmTagKey tag;
  const char* keyword;
  bool is_text = false;
};

const std::array group_values{
    GroupValue{DCM_PlanePositionSequence, DCM_ImagePositionPatient, "ImagePositionPatient"},
    GroupValue{DCM_PlaneOrientationSequence, DCM_ImageOrientationPatient, "ImageOrientationPatient"},
    GroupValue{DCM_PixelMeasuresSequence, DCM_PixelSpacing, "PixelSpacing"},
    GroupValue{DCM_PixelMeasuresSequence, DCM_SliceThickness, "SliceThickness"},
    GroupValue{DCM_PixelMeasuresSequence, DCM_SpacingBetweenSlices, "SpacingBetweenSlices"},
    GroupValue{DCM_FrameContentSequence, DCM_StackID, "StackID", true},
    GroupValue{DCM_FrameContentSequence, DCM_InStackPositionNumber, "InStackPositionNumber"},
    GroupValue{DCM_FrameContentSequence, DCM_TemporalPositionIndex, "TemporalPositionIdentifier"},
    GroupValue{DCM_FrameContentSequence, DCM_FrameAcquisitionNumber, "AcquisitionNumber"},
    GroupValue{DCM_FrameContentSequence, DCM_DimensionIndexValues, "DimensionIndexValues"},
    GroupValue{DCM_FrameContentSequence, DCM_FrameAcquisitionDateTime, "AcquisitionTime", true},
    GroupValue{DCM_FrameContentSequence, DCM_FrameReferenceDateTime, "FrameReferenceDateTime", true},
    GroupValue{DCM_PixelValueTransformationSequence, DCM_RescaleSlope, "RescaleSlope"},
    GroupValue{DCM_PixelValueTransformationSequence, DCM_RescaleIntercept, "RescaleIntercept"},
    GroupValue{DCM_PixelValueTransformationSequence, DCM_RescaleType, "RescaleType", true},
    GroupValue{DCM_RealWorldValueMappingSequence, DCM_RealWorldValueSlope, "RealWorldValueSlope"},
    GroupValue{DCM_RealWorldValueMappingSequence, DCM_RealWorldValueIntercept, "RealWorldValueIntercept"},
    GroupValue{DCM_FrameVOILUTSequence, DCM_WindowCenter, "WindowCenter"},
    GroupValue{DCM_FrameVOILUTSequence, DCM_WindowWidth, "WindowWidth"},
    GroupValue{DCM_FrameVOILUTSequence, DCM_WindowCenterWidthExplanation, "WindowCenterWidthExplanation",
               true},
    GroupValue{DCM_FrameVOILUTSequence, DCM_VOILUTFunction, "VOILUTFunction", true},
    GroupValue{DCM_MREchoSequence, DCM_EffectiveEchoTime, "EchoTime"},
    GroupValue{DCM_MRDiffusionSequence, DCM_DiffusionBValue, "DiffusionBValue"},
    GroupValue{DCM_MRTimingAndRelatedParametersSequence, DCM_RepetitionTime, "RepetitionTime"},
    GroupValue{DCM_MRTimingAndRelatedParametersSequence, DCM_FlipAngle, "FlipAngle"},
    GroupValue{DCM_MRModifierSequence, DCM_InversionTimes, "InversionTime"},
    GroupValue{DCM_CardiacSynchronizationSequence, DCM_NominalCardiacTriggerDelayTime, "TriggerTime"},
    GroupValue{DCM_MRImageFrameTypeSequence, DCM_FrameType, "ImageType", true},
    GroupValue{DCM_MRImageFrameTypeSequence, DCM_ComplexImageComponent, "ComplexImageComponent", true},
    GroupValue{DCM_CTImageFrameTypeSequence, DCM_FrameType, "ImageType", true},
    GroupValue{DCM_PETFrameTypeSequence, DCM_FrameType, "ImageType", true},
    GroupValue{DCM_XRay3DFrameTypeSequence, DCM_FrameType, "ImageType", true},
    GroupValue{DCM_CTReconstructionSequence, DCM_ConvolutionKernel, "ConvolutionKernel", true},
    GroupValue{DCM_CTXRayDetailsSequence, DCM_KVP, "KVP"},
};

DcmItem* first_item(DcmItem& item, const DcmTagKey& sequence) {
  DcmItem* found = nullptr;
  return item.findAndGetSequenceItem(sequence, found, 0).good() ? found : nullptr;
}

Json value_in(DcmItem& item, const DcmTagKey& tag, bool is_text) {
  if (!is_text) return find_numbers(item, tag);
  const std::string text = find_text(item, tag);
  return text.empty() ? Json() : Json(text);
}

void put(Json& values, const char* keyword, Json value) {
  if (!value.is_null() && !values.contains(keyword)) values[keyword] = std::move(value);
}

/// Units of the first real-world mapping: "Hz", "ml/100ml/s".
void put_units(DcmItem& item, Json& values) {
  DcmItem* mapping = first_item(item, DCM_RealWorldValueMappingSequence);
  DcmItem* units = mapping == nullptr ? nullptr : first_item(*mapping, DCM_MeasurementUnitsCodeSequence);
  if (units != nullptr) put(values, "RealWorldValueUnits", value_in(*units, DCM_CodeValue, true));
}

void put_gradient(DcmItem& item, Json& values) {
  DcmItem* diffusion = first_item(item, DCM_MRDiffusionSequence);
  if (diffusion == nullptr) return;
  put(values, "DiffusionDirectionality", value_in(*diffusion, DCM_DiffusionDirectionality, true));
  DcmItem* gradient = first_item(*diffusion, DCM_DiffusionGradientDirectionSequence);
  if (gradient == nullptr) return;
  put(values, "DiffusionGradientOrientation", find_numbers(*gradient, DCM_DiffusionGradientOrientation));
}

/// One item of the shared or per-frame functional groups.
Json group_of(DcmItem& item) {
  Json values = Json::object();
  for (const GroupValue& wanted : group_values) {
    if (values.contains(wanted.keyword)) continue;
    DcmItem* group = first_item(item, wanted.sequence);
    if (group != nullptr) put(values, wanted.keyword, value_in(*group, wanted.tag, wanted.is_text));
  }
  put_units(item, values);
  put_gradient(item, values);
  return values;
}

/// A value that all frames have alike is kept once.
Json table_of(const std::vector<Json>& frames) {
  Json shared = Json::object(), per_frame = Json::object();
  for (std::size_t i = 0; i < frames.size(); ++i) {
    for (const auto& [keyword, value] : frames[i].items()) {
      if (!per_frame.contains(keyword)) per_frame[keyword] = Json(frames.size(), Json());
      per_frame[keyword][i] = value;
    }
  }
  for (auto column = per_frame.begin(); column != per_frame.end();) {
    const Json& first = column->front();
    const bool is_same = std::ranges::all_of(*column, [&](const Json& value) { return value == first; });
    if (is_same) shared[column.key()] = first;
    column = is_same ? per_frame.erase(column) : std::next(column);
  }
  return {{"n", frames.size()}, {"shared", shared}, {"per_frame", per_frame}};
}

/// What each column of DimensionIndexValues counts.
Json dimensions_of(DcmItem& dataset) {
  Json names = Json::array();
  DcmSequenceOfItems* sequence = nullptr;
  if (dataset.findAndGetSequence(DCM_DimensionIndexSequence, sequence).bad() || sequence == nullptr)
    return names;
  DcmObject* entry = nullptr;
  while ((entry = sequence->nextInContainer(entry)) != nullptr) {
    DcmTagKey pointer;
    auto* item = dynamic_cast<DcmItem*>(entry);
    DcmElement* element = nullptr;
    const bool has_pointer = item != nullptr &&
                             item->findAndGetElement(DCM_DimensionIndexPointer, element).good() &&
                             element->getTagVal(pointer, 0).good();
    names.push_back(!has_pointer                                ? ""
                    : pointer == DCM_StackID                    ? "StackID"
                    : pointer == DCM_InStackPositionNumber      ? "InStackPositionNumber"
                    : pointer == DCM_ImagePositionPatient       ? "ImagePositionPatient"
                    : pointer == DCM_TemporalPositionIndex      ? "TemporalPositionIdentifier"
                    : pointer == DCM_TemporalPositionTimeOffset ? "TemporalPositionIdentifier"
                                                                : pointer.toString().c_str());
  }
  return names;
}

std::vector<std::int64_t> vector_of(DcmItem& dataset, const DcmTagKey& tag) {
  std::vector<std::int64_t> values;
  const Uint16* words = nullptr;
  unsigned long count = 0;
  if (dataset.findAndGetUint16Array(tag, words, &count).good() && words != nullptr) {
    values.assign(words, words + count);
  }
  return values;
}

std::vector<double> three_or_six(DcmItem& dataset, DcmItem* detector, const DcmTagKey& tag, std::size_t n) {
  for (DcmItem* item : {detector, &dataset}) {
    if (item == nullptr) continue;
    const Json found = find_numbers(*item, tag);
    if (found.is_array() && found.size() == n) return found.get<std::vector<double>>();
  }
  return {};
}

}  // namespace

Json read_functional_groups(DcmItem& dataset) {
  DcmSequenceOfItems* sequence = nullptr;
  if (dataset.findAndGetSequence(DCM_PerFrameFunctionalGroupsSequence, sequence).bad() || sequence == nullptr)
    return nullptr;
  if (sequence->card() == 0 || static_cast<std::int64_t>(sequence->card()) > max_frames) return nullptr;
  DcmItem* common = first_item(dataset, DCM_SharedFunctionalGroupsSequence);
  const Json shared = common == nullptr ? Json::object() : group_of(*common);
  std::vector<Json> frames;
  DcmObject* entry = nullptr;
  while ((entry = sequence->nextInContainer(entry)) != nullptr) {
    auto* item = dynamic_cast<DcmItem*>(entry);
    Json values = item == nullptr ? Json::object() : group_of(*item);
    for (const auto& [keyword, value] : shared.items()) put(values, keyword.c_str(), value);
    frames.push_back(std::move(values));
  }
  Json table = table_of(frames);
  if (Json dimensions = dimensions_of(dataset); !dimensions.empty()) table["dimensions"] = dimensions;
  return table;
}

Json read_slice_vectors(DcmItem& dataset) {
  const std::string type = find_text(dataset, DCM_ImageType);
  const bool is_volume = type.find("RECON TOMO") != type.npos || type.find("RECON GATED TOMO") != type.npos;
  const std::vector<std::int64_t> slices = vector_of(dataset, DCM_SliceVector);
  if (!is_volume || slices.empty() || static_cast<std::int64_t>(slices.size()) > max_frames) return nullptr;
  DcmItem* detector = first_item(dataset, DCM_DetectorInformationSequence);
  const auto position = three_or_six(dataset, detector, DCM_ImagePositionPatient, 3);
  const auto direction = three_or_six(dataset, detector, DCM_ImageOrientationPatient, 6);
  const auto spacing = find_number(dataset, DCM_SpacingBetweenSlices);
  if (position.empty() || direction.empty() || !spacing || *spacing == 0) return nullptr;
  const auto& d = direction;
  const std::array<double, 3> normal{d[1] * d[5] - d[2] * d[4], d[2] * d[3] - d[0] * d[5],
                                     d[0] * d[4] - d[1] * d[3]};
  const std::array<std::pair<DcmTagKey, const char*>, 3> others{
      {{DCM_TimeSlotVector, "TemporalPositionIdentifier"},
       {DCM_EnergyWindowVector, "EchoNumbers"},
       {DCM_DetectorVector, "StackID"}}};
  std::vector<Json> frames;
  for (const std::int64_t slice : slices) {
    const double along = static_cast<double>(slice - 1) * *spacing;
    Json values{{"ImageOrientationPatient", direction},
                {"ImagePositionPatient",
                 {position[0] + along * normal[0], position[1] + along * normal[1],
                  position[2] + along * normal[2]}}};
    for (const auto& [tag, keyword] : others) {
      const auto vector = vector_of(dataset, tag);
      if (vector.size() == slices.size()) values[keyword] = vector[frames.size()];
    }
    frames.push_back(std::move(values));
  }
  return table_of(frames);
}

void add_frames(DcmItem& dataset, Json& attributes) {
  Json groups = read_functional_groups(dataset);
  if (groups.is_null() && attributes.value("Modality", "") == "NM") groups = read_slice_vectors(dataset);
  if (!groups.is_null()) attributes["frame_groups"] = std::move(groups);
  if (Json mosaic = read_mosaic(dataset); !mosaic.is_null()) attributes["mosaic"] = std::move(mosaic);
}

}  // namespace radbatch
