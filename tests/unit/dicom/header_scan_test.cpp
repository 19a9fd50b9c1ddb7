#include "radbatch/dicom/header_scan.hpp"

#include <doctest/doctest.h>

#include "make_dicom.hpp"
#include "radbatch/base/error.hpp"

using namespace radbatch;
using namespace radbatch::test;

namespace {

const std::string chest_gb18030 = "\xd0\xd8\xb2\xbf\x43\x54";  // "chest CT" in Chinese, GB18030
const std::string chest_utf8 = "胸部CT";

FileRecord scan(const TemporaryFolder& folder, const std::function<void(DcmDataset&)>& also) {
  return scan_dicom(write_dicom(folder / "a.dcm", {.also = also}));
}

std::string described(const TemporaryFolder& folder, const std::string& charset, const std::string& text) {
  const FileRecord record = scan(folder, [&](DcmDataset& d) {
    if (!charset.empty()) put(d, DCM_SpecificCharacterSet, charset);
    put(d, DCM_SeriesDescription, text);
  });
  return record.attributes.value("SeriesDescription", "") + "|" +
         record.attributes.value("text_encoding", "");
}

}  // namespace

TEST_CASE("a missing dictionary stops everything") {
  CHECK_THROWS_WITH_AS(load_dictionary("/nonexistent/dicom.dic"),
                       "the DICOM dictionary /nonexistent/dicom.dic cannot be used", Error);
  use_dictionary();
}

TEST_CASE("a value stored as UN is read by what the dictionary says of its tag") {
  use_dictionary();
  const TemporaryFolder folder;
  const FileRecord record = scan(folder, [](DcmDataset& d) {
    auto unknown = std::make_unique<DcmOtherByteOtherWord>(DcmTag(DCM_PixelSpacing, EVR_UN));
    const std::string text = "0.5\\0.25";
    unknown->putUint8Array(reinterpret_cast<const Uint8*>(text.data()), text.size());
    d.insert(unknown.release(), OFTrue);
  });
  CHECK(record.attributes["PixelSpacing"] == Json{0.5, 0.25});
}

TEST_CASE("header values keep their types") {
  use_dictionary();
  const TemporaryFolder folder;
  const FileRecord record = scan(folder, [](DcmDataset& d) {
    put(d, DCM_PixelSpacing, "0.5\\0.25");
    put(d, DCM_SliceThickness, " 3.0 ");
    put(d, DCM_WindowCenter, "abc");
    put(d, DCM_ImageType, "ORIGINAL\\PRIMARY\\AXIAL");
    d.putAndInsertSint16(DcmTag(DCM_PixelPaddingValue, EVR_SS), -2000);
  });
  const Json& a = record.attributes;
  CHECK(record.kind == FileKind::dicom);
  CHECK_FALSE(record.reason);
  CHECK(a["is_image"] == true);
  CHECK(a["Rows"] == 2);
  CHECK(a["PixelSpacing"] == Json({0.5, 0.25}));
  CHECK(a["SliceThickness"] == 3);
  CHECK_FALSE(a.contains("WindowCenter"));
  CHECK(a["ImageType"] == "ORIGINAL\\PRIMARY\\AXIAL");
  CHECK(a["PixelPaddingValue"] == -2000);
  CHECK(a["PatientID"] == "P1");
  CHECK(a["TransferSyntaxUID"] == "1.2.840.10008.1.2.1");
}

TEST_CASE("text becomes UTF-8 with and without the character set") {
  use_dictionary();
  const TemporaryFolder folder;
  CHECK(described(folder, "GB18030", chest_gb18030) == chest_utf8 + "|declared");
  CHECK(described(folder, "GBK", chest_gb18030) == chest_utf8 + "|declared");
  CHECK(described(folder, "", chest_gb18030) == chest_utf8 + "|assumed gb18030");
  CHECK(described(folder, "ISO_IR 6", chest_gb18030) == chest_utf8 + "|assumed gb18030");
  CHECK(described(folder, "ISO_IR 192", chest_utf8) == chest_utf8 + "|declared");
  CHECK(described(folder, "", chest_utf8) == chest_utf8 + "|assumed utf-8");
  CHECK(described(folder, "ISO_IR 100",
                  "Sch\xe4"
                  "del") == "Schädel|declared");
  CHECK(described(folder, "\\ISO 2022 IR 87", "\x1b$B;3ED\x1b(B") == "山田|declared");
  CHECK(described(folder, "ISO 2022 IR 13\\ISO 2022 IR 87", "\xd4\xcf\xc0\xde=\x1b$B;3ED\x1b(J") ==
        "ﾔﾏﾀﾞ=山田|declared");
  CHECK(described(folder, "\\ISO 2022 IR 149", "\x1b$)C\xb1\xe8\xc8\xf1") == "김희|declared");
  CHECK(described(folder, "\\ISO 2022 IR 58", "\x1b$)A\xcd\xf5") == "王|declared");
  CHECK(described(folder, "", "Head") == "Head|");
  CHECK(described(folder, "", "\xff\xff") == "%FF%FF|undecodable");
}

TEST_CASE("text ends at a NUL") {
  use_dictionary();
  const TemporaryFolder folder;
  const FileRecord record = scan(folder, [](DcmDataset& d) {
    REQUIRE(d.putAndInsertString(DcmTag(DCM_SeriesDescription), "head \0left over", Uint32{15}).good());
  });
  CHECK(record.attributes["SeriesDescription"] == "head");
}

TEST_CASE("truncated pixels are counted, and the study is still known") {
  use_dictionary();
  const TemporaryFolder folder;
  const std::string path = write_dicom(folder / "cut.dcm", {});
  cut_bytes(path, 5);
  const FileRecord record = scan_dicom(path);
  CHECK(record.reason == Reason::truncated_pixels);
  CHECK(record.detail == "pixel data is 7 bytes, 12 expected");
  CHECK(record.attributes["StudyInstanceUID"] == "1.2.3.1");
  CHECK(record.attributes["is_image"] == true);
}

TEST_CASE("short pixel data that the element itself admits is refused too") {
  use_dictionary();
  const TemporaryFolder folder;
  const FileRecord record = scan(folder, [](DcmDataset& d) { d.putAndInsertUint16(DCM_Rows, 64); });
  CHECK(record.reason == Reason::truncated_pixels);
  CHECK(record.detail == "pixel data is 12 bytes, 384 expected");
}

TEST_CASE("objects without pixels of an image keep their ids") {
  use_dictionary();
  const TemporaryFolder folder;
  const FileRecord report = scan(folder, [](DcmDataset& d) {
    put(d, DCM_SOPClassUID, UID_BasicTextSRStorage);
    put(d, DCM_Modality, "SR");
    d.findAndDeleteElement(DCM_PixelData);
  });
  CHECK(report.reason == Reason::not_image);
  CHECK(report.detail == "BasicTextSRStorage");
  CHECK(report.attributes["is_image"] == false);
  CHECK(report.attributes["SeriesInstanceUID"] == "1.2.3.2");
  const FileRecord dose = scan(folder, [](DcmDataset& d) { put(d, DCM_SOPClassUID, UID_RTDoseStorage); });
  CHECK(dose.detail == "RTDoseStorage");
}

TEST_CASE("enhanced objects are marked") {
  use_dictionary();
  const TemporaryFolder folder;
  CHECK(scan(folder, [](DcmDataset& d) {
          put(d, DCM_SOPClassUID, UID_EnhancedMRImageStorage);
        }).attributes["is_enhanced"] == true);
}

TEST_CASE("sequences nested too deep are refused") {
  use_dictionary();
  const TemporaryFolder folder;
  const FileRecord record = scan(folder, [](DcmDataset& d) {
    DcmItem* inner = &d;
    for (int i = 0; i < 40; ++i) {
      DcmItem* next = nullptr;
      inner->findOrCreateSequenceItem(DCM_ContentSequence, next);
      inner = next;
    }
    inner->putAndInsertString(DCM_TextValue, "deep");
  });
  CHECK(record.reason == Reason::bad_header);
  CHECK(record.detail == "sequences are nested deeper than 32");
}

TEST_CASE("a file without preamble and meta header is found by its first element") {
  use_dictionary();
  const TemporaryFolder folder;
  DcmFileFormat file;
  REQUIRE(file.loadFile(write_dicom(folder / "a.dcm", {}).c_str()).good());
  const std::string bare = folder / "bare";
  REQUIRE(file.getDataset()->saveFile(bare.c_str(), EXS_LittleEndianImplicit).good());
  const FileRecord record = scan_dicom(bare);
  CHECK(record.kind == FileKind::dicom);
  CHECK_FALSE(record.reason);
  CHECK(record.attributes["TransferSyntaxUID"] == "1.2.840.10008.1.2");
}

TEST_CASE("text is no DICOM") {
  use_dictionary();
  const TemporaryFolder folder;
  write_bytes(folder / "text.dcm", std::string(600, 'x'));
  CHECK_FALSE(looks_like_dicom(std::string(600, 'x')));
  const FileRecord record = scan_dicom(folder / "text.dcm");
  CHECK(record.kind == FileKind::none);
  CHECK(record.reason == Reason::not_image);
}

TEST_CASE("a blanked SOPClassUID is taken from the meta header") {
  use_dictionary();
  const TemporaryFolder folder;
  const std::string path = write_dicom(folder / "a.dcm", {});
  std::ifstream file(path, std::ios::binary);
  std::string bytes(std::istreambuf_iterator<char>(file), {});
  const std::string uid = UID_CTImageStorage;
  bytes.replace(bytes.rfind(uid), uid.size(), uid.size(), '\0');
  write_bytes(path, bytes);
  const FileRecord record = scan_dicom(path);
  CHECK(record.attributes["SOPClassUID"] == uid);
  CHECK(record.attributes["is_image"] == true);
}
