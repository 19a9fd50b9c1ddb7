// Our own walk over a header against DCMTK's parse: where the walk accepts, the two must agree.
#include "radbatch/dicom/element_walker.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>

#include <map>
#include <random>

#include "make_dicom.hpp"
#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/file_descriptor.hpp"
#include "radbatch/dicom/pixels.hpp"
#include "shared_data.hpp"

using namespace radbatch;
using namespace radbatch::test;

namespace {

std::optional<FileRecord> walked(const std::filesystem::path& path) {
  const FileDescriptor file(open(path.c_str(), O_RDONLY));
  HeaderBytes bytes(file.get(), std::filesystem::file_size(path));
  return scan_dicom_by_walking(bytes);
}

// All that both ways must find, as one text.
std::string shown(FileRecord record) {
  record.plain.reset();
  return to_json(record).dump(1);
}

// "walked" or "declined"; fails the test where the walk accepts and finds something else.
std::string compared(const std::filesystem::path& path) {
  const auto record = walked(path);
  if (!record) return "declined";
  CAPTURE(path);
  CHECK(shown(*record) == shown(scan_dicom_by_parsing(path)));
  return "walked";
}

std::string generated(const TemporaryFolder& folder, E_TransferSyntax syntax,
                      const std::function<void(DcmDataset&)>& also) {
  const std::string path = write_dicom(folder / "g.dcm", {.also = also});
  DcmFileFormat file;
  REQUIRE(file.loadFile(path.c_str()).good());
  REQUIRE(file.saveFile(path.c_str(), syntax).good());
  return path;
}

void add_nested(DcmItem& item, int depth) {
  DcmItem* inner = nullptr;
  item.findOrCreateSequenceItem(DCM_ContentSequence, inner, 0);
  if (depth > 1) add_nested(*inner, depth - 1);
}

void add_many(DcmDataset& d) {
  put(d, DCM_PixelSpacing, "0.5\\0.25");
  put(d, DCM_ImagePositionPatient, "-1.5\\+2\\1e2");
  put(d, DCM_WindowCenter, "abc");
  put(d, DCM_SpecificCharacterSet, "ISO_IR 100");
  put(d, DCM_SeriesDescription, "K\xf6rper  ");
  put(d, DCM_AccessionNumber, "");
  put(d, DCM_PixelPaddingValue, "");
  d.putAndInsertFloat64(DCM_DiffusionBValue, 1000.5);
  add_nested(d, 3);
}

void set_byte(std::string& bytes, std::size_t at, unsigned value) {
  bytes.at(at) = static_cast<char>(value);
}

}  // namespace

TEST_CASE("orderly files are walked, with the same record") {
  use_dictionary();
  const TemporaryFolder folder;
  for (const E_TransferSyntax syntax : {EXS_LittleEndianExplicit, EXS_LittleEndianImplicit}) {
    CHECK(compared(generated(folder, syntax, [](DcmDataset&) {})) == "walked");
    CHECK(compared(generated(folder, syntax, add_many)) == "walked");
  }
}

TEST_CASE("a meta header without its length ends where another group begins") {
  use_dictionary();
  const TemporaryFolder folder;
  for (const E_TransferSyntax syntax : {EXS_LittleEndianExplicit, EXS_LittleEndianImplicit}) {
    const std::string path = generated(folder, syntax, add_many);
    std::string bytes = read_file(path);
    bytes.erase(132, 12);
    write_file_atomically(path, bytes);
    CHECK(compared(path) == "walked");
  }
}

TEST_CASE("a padding value follows the sign of the pixels in both ways") {
  use_dictionary();
  const TemporaryFolder folder;
  const auto padding = [](DcmDataset& d) {
    d.putAndInsertUint16(DcmTag(DCM_PixelPaddingValue, EVR_US), 63536);
  };
  for (const E_TransferSyntax syntax : {EXS_LittleEndianExplicit, EXS_LittleEndianImplicit}) {
    const std::string path = generated(folder, syntax, padding);
    CHECK(compared(path) == "walked");
    CHECK(walked(path)->attributes["PixelPaddingValue"] == -2000);
  }
}

TEST_CASE("big endian, deflated and nested too deeply are left to DCMTK") {
  use_dictionary();
  const TemporaryFolder folder;
  CHECK(compared(generated(folder, EXS_BigEndianExplicit, add_many)) == "declined");
  CHECK(compared(generated(folder, EXS_DeflatedLittleEndianExplicit, add_many)) == "declined");
  const auto nested = [](int depth) { return [depth](DcmDataset& d) { add_nested(d, depth); }; };
  CHECK(compared(generated(folder, EXS_LittleEndianExplicit, nested(32))) == "walked");
  CHECK(compared(generated(folder, EXS_LittleEndianExplicit, nested(33))) == "declined");
}

TEST_CASE("a header larger than the first read is walked") {
  use_dictionary();
  const TemporaryFolder folder;
  const auto large = [](DcmDataset& d) {
    const std::vector<Uint8> block(100'000, 7);
    d.putAndInsertUint8Array(DcmTag(DCM_ICCProfile, EVR_OB), block.data(), block.size());
    put(d, DCM_RescaleType, "HU");
  };
  const std::string path = write_dicom(folder / "large.dcm", {.also = large});
  CHECK(compared(path) == "walked");
  CHECK(walked(path)->plain->offset > 100'000);
}

TEST_CASE("truncated files are left to DCMTK") {
  use_dictionary();
  const TemporaryFolder folder;
  const std::string path = generated(folder, EXS_LittleEndianExplicit, add_many);
  cut_bytes(path, 2);
  CHECK_FALSE(walked(path));
}

TEST_CASE("plain pixels say where and how the samples lie") {
  use_dictionary();
  const TemporaryFolder folder;
  const auto rescale = [](DcmDataset& d) {
    put(d, DCM_RescaleSlope, "2");
    put(d, DCM_RescaleIntercept, "-1024");
  };
  const std::string path =
      write_dicom(folder / "a.dcm",
                  {.photometric = "MONOCHROME1", .bits_stored = 12, .is_signed = false, .also = rescale});
  const PlainPixels plain = scan_dicom(path).plain.value();
  CHECK(plain ==
        PlainPixels{0, 0, std::filesystem::file_size(path) - 12, 12, 2, 3, 16, 12, false, true, 2, -1024});
  CHECK(plain_pixels_from_json(to_json(PlainPixels{12, 5, 0, 12, 2, 3, 16, 12, false, true, 2, 0.1})) ==
        PlainPixels{12, 5, 0, 12, 2, 3, 16, 12, false, true, 2, 0.1});
}

TEST_CASE("colour, frames and a modality table are not plain") {
  use_dictionary();
  const TemporaryFolder folder;
  CHECK_FALSE(scan_dicom(write_dicom(folder / "rgb", {.rows = 1, .columns = 2, .photometric = "RGB"})).plain);
  CHECK_FALSE(scan_dicom(write_dicom(folder / "frames", {.rows = 1, .frames = 2})).plain);
  const auto table = [](DcmDataset& d) {
    DcmItem* item = nullptr;
    d.findOrCreateSequenceItem(DCM_ModalityLUTSequence, item, 0);
  };
  CHECK_FALSE(scan_dicom(write_dicom(folder / "table", {.also = table})).plain);
}

TEST_CASE("places that no file can have are refused") {
  for (const PlainPixels& wrong : {PlainPixels{10, 5, 0, 12, 2, 3, 16, 12, false, false, 1, 0},
                                   PlainPixels{99, 5, 0, 10, 2, 3, 16, 12, false, false, 1, 0},
                                   PlainPixels{99, 5, 0, 12, 2, 3, 16, 17, false, false, 1, 0},
                                   PlainPixels{99, 5, UINT64_MAX, 12, 2, 3, 16, 12, false, false, 1, 0}}) {
    CHECK_THROWS_AS(plain_pixels_from_json(to_json(wrong)), Error);
  }
}

TEST_CASE("every real file gives one record, whichever way it is read") {
  std::filesystem::path data;
  if (!has_shared_data(data)) return;
  use_dictionary();
  std::map<std::string, int> ways;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(data / "dicom")) {
    if (entry.is_regular_file()) ++ways[compared(entry.path())];
  }
  MESSAGE("walked " << ways["walked"] << ", declined " << ways["declined"]);
  CHECK(ways["walked"] > 200);  // the others are frames, ultrasound, views, or damaged
}

TEST_CASE("of damaged files the walk accepts only what DCMTK reads alike") {
  use_dictionary();
  const TemporaryFolder folder;
  const std::string path = folder / "mutant.dcm";
  std::mt19937 random(4);
  std::map<std::string, int> ways;
  for (const E_TransferSyntax syntax : {EXS_LittleEndianExplicit, EXS_LittleEndianImplicit}) {
    const std::string whole = read_file(generated(folder, syntax, add_many));
    for (int i = 0; i < 2000; ++i) {
      std::string bytes = whole;
      for (unsigned n = 1 + random() % 3; n > 0; --n) set_byte(bytes, random() % bytes.size(), random());
      if (i % 10 == 0) bytes.resize(random() % bytes.size());
      write_bytes(path, bytes);
      ++ways[compared(path)];
    }
  }
  MESSAGE("walked " << ways["walked"] << ", declined " << ways["declined"]);
  CHECK(ways["walked"] > 500);
  CHECK(ways["declined"] > 500);
}

TEST_CASE("damaged real headers are read alike too") {
  std::filesystem::path data;
  if (!has_shared_data(data)) return;
  use_dictionary();
  const TemporaryFolder folder;
  const std::string path = folder / "mutant.dcm";
  std::mt19937 random(5);
  std::vector<std::string> files;
  for (const char* kind : {"odd-files", "transfer-syntaxes"}) {
    for (const auto& entry : std::filesystem::directory_iterator(data / "dicom" / kind)) {
      const auto size = std::filesystem::file_size(entry.path());
      if (size < 100'000 && walked(entry.path())) files.push_back(entry.path());
    }
  }
  std::ranges::sort(files);
  std::map<std::string, int> ways;
  for (const std::string& file : files) {
    const std::string whole = read_file(file);
    for (int i = 0; i < 30; ++i) {
      std::string bytes = whole;
      // Most flips go into the header, where they matter.
      const std::size_t range = i % 3 == 0 ? bytes.size() : std::min<std::size_t>(bytes.size(), 3000);
      for (unsigned n = 1 + random() % 2; n > 0; --n) set_byte(bytes, random() % range, random());
      write_bytes(path, bytes);
      ++ways[compared(path)];
    }
  }
  MESSAGE("walked " << ways["walked"] << ", declined " << ways["declined"] << " of " << files.size()
                    << " files");
  CHECK(ways["walked"] > ways["declined"]);
}
