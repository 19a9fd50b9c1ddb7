// The fast path of reading against the general one: same volume, same digests, bit for bit.
#include "radbatch/image/stack_reader.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <random>

#include "make_dicom.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/image/file_scan.hpp"
#include "radbatch/image/reader.hpp"
#include "shared_data.hpp"

using namespace radbatch;
using namespace radbatch::test;

namespace {

constexpr std::uint64_t plenty = 1U << 30;

ImageSource source_of(const std::vector<std::string>& files, bool is_stack = true) {
  ImageSource source;
  source.kind = FileKind::dicom;
  source.files = files;
  if (is_stack) source.lps.emplace();
  for (const std::string& file : files) {
    const FileRecord record = scan_file(file);
    if (record.plain) source.plain.emplace(file, *record.plain);
  }
  return source;
}

bool is_same(const Volume& a, const Volume& b) {
  return a.type == b.type && a.size == b.size && a.dims == b.dims && a.frames == b.frames &&
         a.channels == b.channels && a.lps == b.lps && a.has_geometry == b.has_geometry &&
         std::memcmp(a.samples.data(), b.samples.data(),
                     static_cast<std::size_t>(a.count()) * bytes_per_sample(a.type)) == 0;
}

/// Reads with and without what the scan found; "plain" or "parsed" says whether the first used it.
std::string compared(const ImageSource& source) {
  ImageSource unknown = source;
  unknown.plain.clear();
  const ReadImage reference = read_image(unknown, {.max_bytes = plenty, .with_digests = true});
  for (const std::size_t threads : {1, 3}) {
    const ReadImage read =
        read_image(source, {.max_bytes = plenty, .threads = threads, .with_digests = true});
    CHECK(is_same(read.volume, reference.volume));
    CHECK(read.digests == reference.digests);
    CHECK(read.digests == file_digests(source));
    CHECK(is_same(read_image(source, {.max_bytes = plenty, .threads = threads}).volume, reference.volume));
  }
  return read_plain(source, {.max_bytes = plenty}) ? "plain" : "parsed";
}

std::vector<std::int16_t> noise(std::mt19937& random, std::size_t n) {
  std::vector<std::int16_t> values(n);
  for (std::int16_t& value : values) value = static_cast<std::int16_t>(random());
  return values;
}

std::function<void(DcmDataset&)> rescale(const std::string& slope, const std::string& intercept) {
  return [=](DcmDataset& d) {
    if (!slope.empty()) put(d, DCM_RescaleSlope, slope);
    if (!intercept.empty()) put(d, DCM_RescaleIntercept, intercept);
  };
}

// Three slices of 5 x 7 with garbage above the stored bits.
std::vector<std::string> slices(const TemporaryFolder& folder, DicomImage image) {
  use_dictionary();
  static std::mt19937 random(1);
  image.rows = 5, image.columns = 7;
  std::vector<std::string> files;
  for (int k = 0; k < 3; ++k) {
    image.pixels = noise(random, 35);
    files.push_back(write_dicom(folder / std::to_string(k), image));
  }
  return files;
}

}  // namespace

TEST_CASE("plain slices are read as the parser reads them") {
  const TemporaryFolder folder;
  for (const int bits : {16, 12, 9}) {
    for (const bool is_signed : {false, true}) {
      for (const char* photometric : {"MONOCHROME2", "MONOCHROME1"}) {
        for (const auto& also : {rescale("", ""), rescale("1", "0"), rescale("1", "-1024"),
                                 rescale("-3", "5"), rescale("0.5", ""), rescale("1.1", "-0.3")}) {
          CAPTURE(bits);
          CAPTURE(is_signed);
          CAPTURE(photometric);
          compared(source_of(slices(
              folder,
              {.photometric = photometric, .bits_stored = bits, .is_signed = is_signed, .also = also})));
        }
      }
    }
  }
}

TEST_CASE("what int16 cannot hold takes the general path") {
  const TemporaryFolder folder;
  const auto way = [&](int bits, const char* slope, const char* intercept) {
    return compared(source_of(
        slices(folder, {.bits_stored = bits, .is_signed = false, .also = rescale(slope, intercept)})));
  };
  CHECK(way(12, "1", "-1024") == "plain");
  CHECK(way(16, "1", "-32768") == "plain");
  CHECK(way(16, "1", "-1024") == "parsed");
  CHECK(way(12, "100000", "0") == "parsed");
  CHECK(way(12, "1e300", "0") == "parsed");
  CHECK(way(12, "1e-300", "0") == "plain");
}

TEST_CASE("bytes are read in place, and widened for a rescale") {
  const TemporaryFolder folder;
  const auto bytes = [](DcmDataset& d) {
    d.putAndInsertUint16(DCM_BitsAllocated, 8);
    d.putAndInsertUint16(DCM_BitsStored, 7);
    d.putAndInsertUint16(DCM_HighBit, 6);
    const std::vector<Uint8> values{0, 255, 3, 4, 127, 128};
    d.putAndInsertUint8Array(DCM_PixelData, values.data(), values.size());
  };
  const auto rescaled = [&](DcmDataset& d) { bytes(d), put(d, DCM_RescaleIntercept, "-7"); };
  use_dictionary();
  const auto file = [&](const char* name, auto also) {
    return write_dicom(folder / name, {.is_signed = false, .also = also});
  };
  CHECK(compared(source_of({file("a", bytes), file("b", bytes)})) == "plain");
  CHECK(compared(source_of({file("a", bytes), file("c", rescaled)})) == "plain");
}

TEST_CASE("a picture is read at once too") {
  const TemporaryFolder folder;
  ImageSource source =
      source_of({slices(folder, {.photometric = "MONOCHROME1", .bits_stored = 12})[0]}, false);
  source.attributes["PixelSpacing"] = {0.5, 0.25};
  CHECK(compared(source) == "plain");
}

TEST_CASE("slices that do not fit the first are refused with the words of the general path") {
  const TemporaryFolder folder;
  use_dictionary();
  const ImageSource source =
      source_of({write_dicom(folder / "a", {}), write_dicom(folder / "b", {.rows = 3, .columns = 2})});
  CHECK_THROWS_WITH_AS(read_image(source, plenty), "file 2 of 2 has 2 x 3 pixels, the first one 3 x 2",
                       Error);
  const ImageSource large = source_of({write_dicom(folder / "a", {}), write_dicom(folder / "b", {})});
  CHECK_THROWS_WITH_AS(read_image(large, 20), "2 slices need 24 bytes, 20 bytes allowed", Error);
}

TEST_CASE("a file that changed since its header was read ends the image") {
  const TemporaryFolder folder;
  const auto files = slices(folder, {});
  const ImageSource source = source_of(files);
  write_bytes(files[1], "another study");
  CHECK_THROWS_WITH_AS(read_image(source, plenty), "file 2 of 3: the file changed after its header was read",
                       Error);
  std::filesystem::remove(files[1]);
  CHECK_THROWS_WITH_AS(read_image(source, plenty), "file 2 of 3: cannot be read: No such file or directory",
                       Error);
}

TEST_CASE("a source keeps its places on the way to the worker") {
  const TemporaryFolder folder;
  ImageSource source = source_of(slices(folder, {.bits_stored = 12, .also = rescale("0.1", "3")}));
  source.plain.erase(source.files[1]);
  const ImageSource arrived = image_source_from_json(parse_json(to_json(source).dump(), "source"));
  CHECK(arrived.plain.size() == 2);
  CHECK(arrived.plain == source.plain);
}

TEST_CASE("real series and single files are read alike on both paths") {
  std::filesystem::path data;
  if (!has_shared_data(data)) return;
  use_dictionary();
  std::map<std::string, int> ways;
  for (const char* series : {"head-ct-ge-28", "head-mri-t1-120", "abdomen-ct-j2k-20"}) {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(data / "dicom" / series)) {
      if (scan_file(entry.path()).kind == FileKind::dicom) files.push_back(entry.path());
    }
    std::ranges::sort(files);
    ++ways[compared(source_of(files))];
  }
  for (const auto& entry : std::filesystem::directory_iterator(data / "dicom/odd-files")) {
    const FileRecord record = scan_file(entry.path());
    if (record.plain) ++ways[compared(source_of({entry.path()}, false))];
  }
  MESSAGE("plain " << ways["plain"] << ", parsed " << ways["parsed"]);
  CHECK(ways["plain"] >= 8);
}
