// Known facts of public files, where they are there.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "make_dicom.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/dicom/pixels.hpp"
#include "radbatch/study/cohort.hpp"
#include "shared_data.hpp"

using namespace radbatch;
using namespace radbatch::test;

namespace {

constexpr std::uint64_t plenty = std::uint64_t{1} << 30;

std::vector<double> real_values(const std::filesystem::path& path) {
  const StoredPixels p = read_stored_pixels(path, plenty);
  std::vector<double> out(static_cast<std::size_t>(p.columns * p.rows * p.frames * p.channels));
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double stored = p.type == SampleType::uint8    ? p.samples.as<std::uint8_t>()[i]
                          : p.type == SampleType::int16  ? p.samples.as<std::int16_t>()[i]
                          : p.type == SampleType::uint16 ? p.samples.as<std::uint16_t>()[i]
                                                         : p.samples.as<std::int32_t>()[i];
    out[i] = p.slope * stored + p.intercept;
  }
  return out;
}

}  // namespace

TEST_CASE("every odd file is accounted for") {
  std::filesystem::path data;
  if (!has_shared_data(data)) return;
  use_dictionary();
  std::map<std::string, int> by_reason;
  for (const auto& entry : std::filesystem::directory_iterator(data / "dicom/odd-files")) {
    const FileRecord record = scan_dicom(entry.path());
    ++by_reason[record.reason ? std::string(code(*record.reason)) : "ok"];
  }
  const std::map<std::string, int> expected{
      {"ok", 109}, {"E_NOT_IMAGE", 42}, {"E_TRUNCATED_PIXELS", 3}, {"E_PHOTOMETRIC", 6}, {"E_BAD_HEADER", 1}};
  CHECK(by_reason == expected);
}

TEST_CASE("named odd files end with their named reason") {
  std::filesystem::path data;
  if (!has_shared_data(data)) return;
  use_dictionary();
  const auto detail = [&data](const char* name) {
    return scan_dicom(data / "dicom/odd-files" / name).detail;
  };
  CHECK(detail("MR_truncated.dcm") == "pixel data is 8130 bytes, 8192 expected");
  CHECK(detail("rtdose.dcm") == "RTDoseStorage");
  CHECK(detail("liver.dcm") == "SegmentationStorage");
  CHECK(detail("DICOMDIR") == "MediaStorageDirectoryStorage");
  CHECK(scan_dicom(data / "dicom/odd-files/emri_small.dcm").attributes["is_enhanced"] == true);
}

TEST_CASE("lossless encodings of one slice decode to the same values") {
  std::filesystem::path data;
  if (!has_shared_data(data)) return;
  use_dictionary();
  const auto folder = data / "dicom/transfer-syntaxes";
  const auto reference = real_values(folder / "CTImage.dcm");
  CHECK(reference[256 * 512 + 256] == 67);
  for (const char* syntax : {"BigEndianExplicitTransferSyntax_1.2.840.10008.1.2.2",
                             "DeflatedExplicitVRLittleEndianTransferSyntax_1.2.840.10008.1.2.1.99",
                             "JPEG2000LosslessOnlyTransferSyntax_1.2.840.10008.1.2.4.90",
                             "JPEGLSLosslessTransferSyntax_1.2.840.10008.1.2.4.80",
                             "JPEGProcess14SV1TransferSyntax_1.2.840.10008.1.2.4.70",
                             "JPEGProcess14TransferSyntax_1.2.840.10008.1.2.4.57",
                             "LittleEndianExplicitTransferSyntax_1.2.840.10008.1.2.1",
                             "LittleEndianImplicitTransferSyntax_1.2.840.10008.1.2",
                             "RLELosslessTransferSyntax_1.2.840.10008.1.2.5"}) {
    CAPTURE(syntax);
    CHECK(real_values(folder / ("CTImage.dcm_" + std::string(syntax) + ".dcm")) == reference);
  }
}

TEST_CASE("an image and its twin in another encoding have the same values") {
  std::filesystem::path data;
  if (!has_shared_data(data)) return;
  use_dictionary();
  const std::map<std::string, std::vector<std::string>> twins{
      {"693_UNCR", {"693_J2KR"}},
      {"US1_UNCR", {"US1_J2KR"}},
      {"US1_UNCI", {"US1_J2KI"}},
      {"MR_small",
       {"MR_small_RLE", "MR_small_jp2klossless", "MR_small_jpeg_ls_lossless", "MR_small_bigendian",
        "MR_small_expb", "MR_small_implicit"}},
      {"emri_small",
       {"emri_small_RLE", "emri_small_big_endian", "emri_small_jpeg_2k_lossless",
        "emri_small_jpeg_ls_lossless"}},
      {"OBXXXX1A", {"OBXXXX1A_rle", "OBXXXX1A_expb"}},
      {"OBXXXX1A_2frame", {"OBXXXX1A_rle_2frame", "OBXXXX1A_expb_2frame"}},
      {"SC_rgb", {"SC_rgb_rle", "SC_rgb_expb"}},
      {"SC_rgb_2frame", {"SC_rgb_rle_2frame", "SC_rgb_expb_2frame"}},
      {"SC_rgb_16bit", {"SC_rgb_rle_16bit", "SC_rgb_expb_16bit"}},
      {"SC_rgb_16bit_2frame", {"SC_rgb_rle_16bit_2frame", "SC_rgb_expb_16bit_2frame"}},
      {"SC_rgb_small_odd", {"SC_rgb_small_odd_big_endian"}},
      {"SC_rgb_dcmtk_ebcr_dcmd", {"SC_rgb_dcmtk_+eb+cr"}},
      {"SC_rgb_dcmtk_ebcyn1_dcmd", {"SC_rgb_dcmtk_+eb+cy+n1"}},
      {"SC_rgb_dcmtk_ebcyn2_dcmd", {"SC_rgb_dcmtk_+eb+cy+n2"}},
      {"SC_rgb_dcmtk_ebcynp_dcmd", {"SC_rgb_dcmtk_+eb+cy+np"}},
      {"SC_rgb_dcmtk_ebcys2_dcmd", {"SC_rgb_dcmtk_+eb+cy+s2"}},
      {"SC_rgb_dcmtk_ebcys4_dcmd", {"SC_rgb_dcmtk_+eb+cy+s4"}},
      {"color-px", {"color-pl"}},
      {"gdcm-US-ALOKA-16", {"gdcm-US-ALOKA-16_big"}}};
  for (const auto& [name, others] : twins) {
    const auto values = real_values(data / "dicom/odd-files" / (name + ".dcm"));
    for (const std::string& other : others) {
      CAPTURE(other);
      CHECK(real_values(data / "dicom/odd-files" / (other + ".dcm")) == values);
    }
  }
}

TEST_CASE("lossy encodings of one slice stay within their known distance") {
  std::filesystem::path data;
  if (!has_shared_data(data)) return;
  use_dictionary();
  const auto folder = data / "dicom/transfer-syntaxes";
  const auto reference = real_values(folder / "CTImage.dcm");
  // What the encoders lost, in HU; their JPEG files have 8 and 12 bits of a rescaled range.
  const std::map<std::string, double> largest{{"JPEGLSLossyTransferSyntax_1.2.840.10008.1.2.4.81", 1},
                                              {"JPEG2000TransferSyntax_1.2.840.10008.1.2.4.91", 5},
                                              {"JPEGProcess1TransferSyntax_1.2.840.10008.1.2.4.50", 65},
                                              {"JPEGProcess2_4TransferSyntax_1.2.840.10008.1.2.4.51", 36},
                                              {"JPEGProcess6_8TransferSyntax_1.2.840.10008.1.2.4.53", 36},
                                              {"JPEGProcess10_12TransferSyntax_1.2.840.10008.1.2.4.55", 36}};
  for (const auto& [syntax, distance] : largest) {
    CAPTURE(syntax);
    const auto values = real_values(folder / ("CTImage.dcm_" + syntax + ".dcm"));
    double worst = 0;
    for (std::size_t i = 0; i < values.size(); ++i)
      worst = std::max(worst, std::abs(values[i] - reference[i]));
    CHECK(worst > distance - 1);
    CHECK(worst <= distance);
  }
}

TEST_CASE("fragments without an offset table, 12 bits and several threads") {
  std::filesystem::path data;
  if (!has_shared_data(data)) return;
  use_dictionary();
  const auto file = data / "dicom/transfer-syntaxes/CT0012.fragmented_no_bot_jpeg_baseline.51.dcm";
  const StoredPixels one = read_stored_pixels(file, plenty, 1), two = read_stored_pixels(file, plenty, 2);
  REQUIRE(one.frames == 2);
  CHECK(std::ranges::equal(one.samples.as<std::uint16_t>(), two.samples.as<std::uint16_t>()));
}

TEST_CASE("every slice of the two real series passes the gate") {
  std::filesystem::path data;
  if (!has_shared_data(data)) return;
  use_dictionary();
  for (const char* series : {"dicom/head-ct-ge-28", "dicom/abdomen-ct-j2k-20"}) {
    for (const auto& entry : std::filesystem::directory_iterator(data / series)) {
      const FileRecord record = scan_dicom(entry.path());
      CAPTURE(entry.path());
      CHECK_FALSE(record.reason);
      CHECK(record.attributes["Modality"] == "CT");
      CHECK(record.attributes["ImagePositionPatient"].size() == 3);
    }
  }
  CHECK(scan_dicom(data / "dicom/head-ct-ge-28/01.dcm").attributes["GantryDetectorTilt"] == 18.5);
}

TEST_CASE("an anonymised export without UIDs is one case with one volume") {
  std::filesystem::path data;
  if (!has_shared_data(data)) return;
  use_dictionary();
  std::vector<FileRecord> records;
  for (const auto& entry : std::filesystem::directory_iterator(data / "dicom/abdomen-ct-j2k-20")) {
    FileRecord record = scan_dicom(entry.path());
    record.root = (data / "dicom").string();
    record.path = "abdomen-ct-j2k-20/" + entry.path().filename().string();
    records.push_back(std::move(record));
  }
  const Cohort cohort = build_cohort(records);
  check_accounting(cohort, 20);
  REQUIRE(cohort.cases.size() == 1);
  CHECK(cohort.cases[0].id == "abdomen-ct-j2k-20");
  REQUIRE(cohort.cases[0].candidates.size() == 1);
  const Candidate& volume = cohort.cases[0].candidates[0];
  CHECK(volume.attributes["n_slices"] == 20);
  CHECK(volume.attributes["slice_step_mm"] == 2.0);
  CHECK(volume.attributes["SOPClassUID"] == "1.2.840.10008.5.1.4.1.1.2");
  CHECK(flags_of(volume) == std::vector<std::string>{"W_NO_STUDY_UID"});
}
