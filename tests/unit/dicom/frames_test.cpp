// What the scan says about the frames of multi-frame objects and mosaics.
#include <doctest/doctest.h>

#include <cstring>

#include "make_dicom.hpp"
#include "radbatch/dicom/header_scan.hpp"
#include "radbatch/dicom/siemens_mosaic.hpp"
#include "shared_data.hpp"

using namespace radbatch;
using namespace radbatch::test;

namespace {

void put_word(std::string& bytes, std::uint32_t word) {
  bytes.append(reinterpret_cast<const char*>(&word), 4);
}

void put_entry(std::string& header, std::string name, const std::vector<std::string>& values) {
  name.resize(64, '\0');
  header += name;
  for (std::uint32_t word : {1U, 0x4644U, 3U, static_cast<std::uint32_t>(values.size()), 77U})
    put_word(header, word);
  for (const std::string& value : values) {
    const auto length = static_cast<std::uint32_t>(value.size());
    for (std::uint32_t word : {length, length, 77U, length}) put_word(header, word);
    header += value + std::string((4 - value.size() % 4) % 4, '\0');
  }
}

std::string csa_header() {
  std::string header("SV10\4\3\2\1", 8);
  put_word(header, 2);
  put_word(header, 77);
  put_entry(header, "SliceNormalVector", {"0.5 ", "-0.25", " 1"});
  put_entry(header, "NumberOfImagesInMosaic", {"36"});
  return header;
}

std::vector<double> csa(const std::string& header, std::string_view name) {
  return csa_numbers({reinterpret_cast<const std::uint8_t*>(header.data()), header.size()}, name);
}

DcmItem& item_in(DcmItem& item, const DcmTagKey& sequence) {
  DcmItem* made = nullptr;
  item.findOrCreateSequenceItem(sequence, made, -2);
  return *made;
}

/// An enhanced MR of two frames, the second one 5 mm along x, each with a slope.
void add_groups(DcmDataset& d) {
  put(d, DCM_SOPClassUID, UID_EnhancedMRImageStorage);
  put(d, DCM_Modality, "MR");
  DcmItem& shared = item_in(d, DCM_SharedFunctionalGroupsSequence);
  item_in(shared, DCM_PlaneOrientationSequence)
      .putAndInsertString(DCM_ImageOrientationPatient, "0\\1\\0\\0\\0\\-1");
  item_in(shared, DCM_PixelMeasuresSequence).putAndInsertString(DCM_PixelSpacing, "1\\2");
  for (int i = 0; i < 2; ++i) {
    DcmItem& frame = item_in(d, DCM_PerFrameFunctionalGroupsSequence);
    item_in(frame, DCM_PlanePositionSequence)
        .putAndInsertString(DCM_ImagePositionPatient, i == 0 ? "0\\0\\0" : "5\\0\\0");
    item_in(frame, DCM_PixelValueTransformationSequence)
        .putAndInsertString(DCM_RescaleSlope, i == 0 ? "1" : "0.5");
    item_in(frame, DCM_MREchoSequence).putAndInsertFloat64(DCM_EffectiveEchoTime, 4.5);
    DcmItem& content = item_in(frame, DCM_FrameContentSequence);
    content.putAndInsertString(DCM_StackID, "1");
    content.putAndInsertUint32(DCM_TemporalPositionIndex, 3);
    const Uint32 dimensions[]{1, static_cast<Uint32>(i + 1)};
    content.putAndInsertUint32Array(DCM_DimensionIndexValues, dimensions, 2);
  }
  item_in(d, DCM_DimensionIndexSequence).putAndInsertTagKey(DCM_DimensionIndexPointer, DCM_StackID);
  item_in(d, DCM_DimensionIndexSequence)
      .putAndInsertTagKey(DCM_DimensionIndexPointer, DCM_InStackPositionNumber);
}

}  // namespace

TEST_CASE("functional groups become one table: what is the same once, the rest per frame") {
  use_dictionary();
  const TemporaryFolder folder;
  const Json groups = scan_dicom(write_dicom(folder / "a", {.rows = 1, .frames = 2, .also = add_groups}))
                          .attributes["frame_groups"];
  CHECK(groups["n"] == 2);
  CHECK(groups["dimensions"] == Json{"StackID", "InStackPositionNumber"});
  CHECK(groups["shared"] == Json{{"ImageOrientationPatient", {0, 1, 0, 0, 0, -1}},
                                 {"PixelSpacing", {1, 2}},
                                 {"EchoTime", 4.5},
                                 {"StackID", "1"},
                                 {"TemporalPositionIdentifier", 3}});
  CHECK(groups["per_frame"] == Json{{"ImagePositionPatient", {{0, 0, 0}, {5, 0, 0}}},
                                    {"RescaleSlope", {1, 0.5}},
                                    {"DimensionIndexValues", {{1, 1}, {1, 2}}}});
}

TEST_CASE("slices of a reconstructed NM volume lie along the normal, by the sign of the spacing") {
  use_dictionary();
  const TemporaryFolder folder;
  const auto nm = [](const char* type) {
    return [type](DcmDataset& d) {
      put(d, DCM_SOPClassUID, UID_NuclearMedicineImageStorage);
      put(d, DCM_Modality, "NM");
      put(d, DCM_ImageType, type);
      put(d, DCM_SpacingBetweenSlices, "-4");
      const Uint16 slices[]{2, 1};
      d.putAndInsertUint16Array(DCM_SliceVector, slices, 2);
      DcmItem& detector = item_in(d, DCM_DetectorInformationSequence);
      detector.putAndInsertString(DCM_ImagePositionPatient, "1\\2\\3");
      detector.putAndInsertString(DCM_ImageOrientationPatient, "1\\0\\0\\0\\1\\0");
    };
  };
  const Json volume =
      scan_dicom(
          write_dicom(folder / "a", {.rows = 1, .frames = 2, .also = nm("ORIGINAL\\PRIMARY\\RECON TOMO")}))
          .attributes;
  CHECK(volume["frame_groups"]["per_frame"]["ImagePositionPatient"] ==
        Json{{1.0, 2.0, -1.0}, {1.0, 2.0, 3.0}});
  const Json projections =
      scan_dicom(write_dicom(folder / "b", {.rows = 1, .frames = 2, .also = nm("ORIGINAL\\PRIMARY\\TOMO")}))
          .attributes;
  CHECK_FALSE(projections.contains("frame_groups"));
}

TEST_CASE("a CSA header gives its numbers, a damaged one none") {
  const std::string header = csa_header();
  CHECK(csa(header, "SliceNormalVector") == std::vector<double>{0.5, -0.25, 1});
  CHECK(csa(header, "NumberOfImagesInMosaic") == std::vector<double>{36});
  CHECK(csa(header, "Slice").empty());
  for (std::size_t n = 0; n < header.size(); ++n) {
    const std::vector<double> found = csa(header.substr(0, n), "NumberOfImagesInMosaic");
    CHECK((found.empty() || n >= header.size() - 2));
    std::string hostile = header;
    hostile[n] = '\xff';
    csa(hostile, "NumberOfImagesInMosaic");
  }
}

TEST_CASE("a mosaic says how many images it has, if the header does") {
  use_dictionary();
  const TemporaryFolder folder;
  const auto mosaic = [&](bool has_csa) {
    return scan_dicom(write_dicom(folder / (has_csa ? "a" : "b"),
                                  {.also =
                                       [has_csa](DcmDataset& d) {
                                         put(d, DCM_ImageType, "ORIGINAL\\PRIMARY\\M\\MOSAIC");
                                         if (!has_csa) return;
                                         put(d, DcmTag(0x0029, 0x0010, EVR_LO), "SIEMENS CSA HEADER");
                                         const std::string csa = csa_header();
                                         d.putAndInsertUint8Array(DcmTag(0x0029, 0x1010, EVR_OB),
                                                                  reinterpret_cast<const Uint8*>(csa.data()),
                                                                  csa.size());
                                       }}))
        .attributes["mosaic"];
  };
  CHECK(mosaic(true) == Json{{"n_images", 36}, {"normal", {0.5, -0.25, 1.0}}});
  CHECK(mosaic(false) == Json{{"n_images", 0}});
}

TEST_CASE("the frames of real enhanced objects") {
  std::filesystem::path data;
  if (!has_shared_data(data)) return;
  use_dictionary();
  const Json siemens = scan_dicom(data / "dicom/enhanced-mr/6_2.dcm").attributes["frame_groups"];
  CHECK(siemens["n"] == 6);
  CHECK(siemens["shared"]["TemporalPositionIdentifier"] == 2);
  CHECK(siemens["per_frame"]["ImagePositionPatient"][1] == Json{-109.79, -58.4773, -3.00356});
  const Json philips = scan_dicom(data / "dicom/enhanced-mr/IM_0027_fMAP.dcm").attributes["frame_groups"];
  CHECK(philips["per_frame"]["RescaleSlope"][63] == 0.24420024420024);
  CHECK(philips["per_frame"]["RealWorldValueUnits"][63] == "Hz");
}
