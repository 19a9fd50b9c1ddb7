#include "radbatch/image/file_scan.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "make_dicom.hpp"
#include "radbatch/image/png_bytes.hpp"
#include "shared_data.hpp"

using namespace radbatch;
using namespace radbatch::test;

namespace {

// "kind E_CODE detail", or "kind ok".
std::string verdict(const std::string& path) {
  const FileRecord record = scan_file(path);
  const std::string outcome = record.reason ? std::string(code(*record.reason)) + " " + record.detail : "ok";
  return std::string(name(record.kind)) + " " + outcome;
}

std::string verdict_of(const TemporaryFolder& folder, const std::string& file, const std::string& bytes) {
  write_bytes(folder / file, bytes);
  return verdict(folder / file);
}

}  // namespace

TEST_CASE("kinds are told by bytes, not by names") {
  use_dictionary();
  const TemporaryFolder folder;
  const std::string png = png_bytes(std::vector<std::uint8_t>(6, 1), 3, 2, 1);
  CHECK(verdict_of(folder, "picture.dcm", png) == "png ok");
  CHECK(verdict(write_dicom(folder / "slice.png", {})) == "dicom ok");
  CHECK(verdict_of(folder, "results", "\x89HDF\r\n\x1a\n") == "tensor ok");
}

TEST_CASE("a picture's header says its size") {
  const TemporaryFolder folder;
  write_bytes(folder / "a.png", png_bytes(std::vector<std::uint8_t>(18, 1), 3, 2, 3));
  const FileRecord record = scan_file(folder / "a.png");
  CHECK(record.attributes["size"] == Json({3, 2, 1}));
  CHECK(record.attributes["Rows"] == 2);
  CHECK(record.attributes["SamplesPerPixel"] == 3);
  CHECK(record.attributes["dims"] == 2);
  CHECK(record.attributes["is_image"] == true);
  CHECK(record.size == std::filesystem::file_size(folder / "a.png"));
  CHECK(record.mtime_ns > 0);
}

TEST_CASE("what is no image is said to be none, damaged images keep the kind of their name") {
  use_dictionary();
  const TemporaryFolder folder;
  CHECK(verdict_of(folder, "text.dcm", "Dear colleague,\nplease find enclosed") ==
        "none E_NOT_IMAGE not an image format that radbatch reads");
  CHECK(verdict_of(folder, "empty.dcm", "") == "none E_EMPTY_FILE the file has no bytes");
  CHECK(verdict_of(folder, "empty.PNG", "") == "png E_EMPTY_FILE the file has no bytes");
  CHECK(verdict_of(folder, "text.jpg", "hello") == "jpeg E_BAD_HEADER the name says jpeg, the bytes do not");
  CHECK(verdict_of(folder, "short.nii", "hello") ==
        "nifti E_TRUNCATED_PIXELS the file ends inside the header");
  CHECK(verdict_of(folder, "short.nii.gz", std::string("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10)) ==
        "nifti E_TRUNCATED_PIXELS the file ends inside the packed header");
  CHECK(verdict_of(folder, "notes.gz", std::string("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10)) ==
        "none E_NOT_IMAGE a gzip file that is not NIfTI");
}

TEST_CASE("a FIFO, a folder and a missing file do not block or throw") {
  const TemporaryFolder folder;
  REQUIRE(::mkfifo((folder / "pipe.dcm").c_str(), 0600) == 0);
  CHECK(verdict(folder / "pipe.dcm") == "none E_NOT_IMAGE not a regular file");
  CHECK(verdict(folder / "") == "none E_NOT_IMAGE not a regular file");
  CHECK(verdict(folder / "missing.nii") == "nifti E_IO No such file or directory");
}

TEST_CASE("public volumes have their known sizes") {
  std::filesystem::path data;
  if (!has_shared_data(data)) return;
  const auto size = [&data](const char* name) {
    return scan_file(data / "volumes" / name).attributes["size"];
  };
  CHECK(size("torso-ct.nii.gz") == Json({122, 101, 112}));
  CHECK(size("anatomical-mr.nii") == Json({33, 41, 25}));
  CHECK(size("brain-mr.nrrd") == Json({256, 256, 25}));
  CHECK(size("lung-ct.mha") == Json({57, 78, 64}));
}

namespace {

/// Scans the files one after the other and checks each against scan_file; how many were only compared.
void check_scanner(const std::vector<std::string>& files) {
  FileScanner scanner;
  RecordUnpacker unpacker;
  for (const std::string& file : files) {
    FileRecord read;
    unpacker.unpack_content(parse_json(canonical(scanner.scan(file)), "record"), read);
    FileRecord expected = scan_file(file);
    read.path = expected.path, read.size = expected.size, read.mtime_ns = expected.mtime_ns;
    CAPTURE(file);
    CHECK(to_json(read) == to_json(expected));
  }
}

}  // namespace

TEST_CASE("a scanner that remembers the last header finds what one without memory finds") {
  use_dictionary();
  const TemporaryFolder folder;
  int n = 0;
  std::vector<std::string> files;
  const auto add = [&](DicomImage image) {
    files.push_back(write_dicom(folder / std::to_string(n++), image));
  };
  const auto with = [](const DcmTagKey& tag, const char* value) {
    return DicomImage{.also = [=](DcmDataset& d) { put(d, tag, value); }};
  };
  add({});
  add(with(DCM_SeriesDescription, "T1"));
  add(with(DCM_SeriesDescription, "T2"));
  add(with(DCM_SliceThickness, "2.5"));
  add(with(DCM_SliceThickness, "x"));
  add(with(DCM_SeriesDescription, "K\xc3\xb6rper"));
  add({});
  add(with(DCM_Modality, "SEG"));
  add({.bits_stored = 12, .is_signed = false});
  add({.photometric = "MONOCHROME1"});
  add({.photometric = "CMYK"});
  add({.rows = 1, .frames = 2});
  add({});
  write_bytes(folder / "text", "not an image");
  files.push_back(folder / "text");
  files.push_back(folder / "missing");
  add({});
  add(with(DCM_SOPClassUID, UID_MRImageStorage));
  add({.also = [](DcmDataset& d) {
    d.putAndInsertUint16(DcmTag(DCM_PixelPaddingValue, EVR_US), 63536);
    d.findAndDeleteElement(DCM_PatientID);
  }});
  check_scanner(files);
}

TEST_CASE("a scanner reads a folder of real files as one reads them alone") {
  std::filesystem::path data;
  if (!has_shared_data(data)) return;
  use_dictionary();
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(data / "dicom")) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  check_scanner(files);
}
