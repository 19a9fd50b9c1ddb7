#include "radbatch/dicom/clip_header.hpp"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <algorithm>
#include <array>

#include "radbatch/dicom/dataset.hpp"
#include "radbatch/study/attributes.hpp"

namespace radbatch {
namespace {

constexpr unsigned long most_regions = 64;
constexpr std::size_t most_frames = 100'000;

struct Attribute {
  DcmTagKey tag;
  const char* keyword;
};
const std::array wanted{Attribute{DCM_FrameTime, "FrameTime"},
                        Attribute{DCM_FrameTimeVector, "FrameTimeVector"},
                        Attribute{DCM_CineRate, "CineRate"},
                        Attribute{DCM_RecommendedDisplayFrameRate, "RecommendedDisplayFrameRate"},
                        Attribute{DCM_UltrasoundColorDataPresent, "UltrasoundColorDataPresent"}};

Json region_of(DcmItem& item) {
  const auto whole = [&](const DcmTagKey& tag) { return find_integer(item, tag).value_or(0); };
  const auto number = [&](const DcmTagKey& tag) { return find_number(item, tag).value_or(0); };
  return {{"spatial_format", whole(DCM_RegionSpatialFormat)},
          {"data_type", whole(DCM_RegionDataType)},
          {"units", {whole(DCM_PhysicalUnitsXDirection), whole(DCM_PhysicalUnitsYDirection)}},
          {"delta", {number(DCM_PhysicalDeltaX), number(DCM_PhysicalDeltaY)}},
          {"px",
           {whole(DCM_RegionLocationMinX0), whole(DCM_RegionLocationMinY0), whole(DCM_RegionLocationMaxX1),
            whole(DCM_RegionLocationMaxY1)}}};
}

Json regions_of(DcmItem& dataset) {
  Json regions = Json::array();
  DcmItem* item = nullptr;
  for (unsigned long i = 0; i < most_regions; ++i) {
    const auto at = static_cast<long>(i);
    if (dataset.findAndGetSequenceItem(DCM_SequenceOfUltrasoundRegions, item, at).bad() || item == nullptr)
      break;
    regions.push_back(region_of(*item));
  }
  return regions;
}

}  // namespace

bool has_clip_header(const Json& attributes) {
  constexpr std::array<std::string_view, 2> ultrasound{"US", "IVUS"};
  return std::ranges::find(ultrasound, text_of(attributes, "Modality")) != ultrasound.end() ||
         number_of(attributes, "NumberOfFrames").value_or(1) > 1 ||
         is_video_syntax(text_of(attributes, "TransferSyntaxUID"));
}

void add_clip_header(DcmItem& dataset, Json& attributes) {
  if (is_video_syntax(text_of(attributes, "TransferSyntaxUID"))) attributes["is_video"] = true;
  for (const Attribute& attribute : wanted) {
    Json value = find_numbers(dataset, attribute.tag);
    if (value.is_null() || (value.is_array() && value.size() > most_frames)) continue;
    attributes[attribute.keyword] = std::move(value);
  }
  if (Json regions = regions_of(dataset); !regions.empty())
    attributes["ultrasound_regions"] = std::move(regions);
}

}  // namespace radbatch
