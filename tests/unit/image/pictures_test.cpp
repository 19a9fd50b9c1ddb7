#include <doctest/doctest.h>

#include "make_dicom.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/image/jpeg_stream.hpp"
#include "radbatch/image/png_bytes.hpp"
#include "radbatch/image/reader.hpp"

using namespace radbatch;
using namespace radbatch::test;

/// Read by LeakSanitizer alone: NrrdIO inside ITK 5.2 keeps its words about a header that it refuses. The
/// worker is replaced in time.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libITKNrrdIO\n";
}

namespace {

Volume read(const std::string& path, FileKind kind) {
  ImageSource source;
  source.kind = kind;
  source.files = {path};
  return read_image(source, 1U << 20);
}

const std::string meta_header =
    "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\nCompressedData = "
    "False\n"
    "TransformMatrix = 0 1 0 -1 0 0 0 0 1\nOffset = 10 20 30\nElementSpacing = 1 2 3\nDimSize = 2 3 1\n"
    "ElementType = MET_UCHAR\nElementDataFile = ";
const std::string nrrd_header =
    "NRRD0004\ntype: short\ndimension: 3\nspace: right-anterior-superior\nsizes: 2 1 1\n"
    "space directions: (2,0,0) (0,3,0) (0,0,4)\nspace origin: (5,6,7)\nencoding: raw\nendian: little\n\n";

}  // namespace

TEST_CASE("a PNG is a picture without geometry, columns first") {
  const TemporaryFolder folder;
  const std::vector<std::uint8_t> rgb{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18};
  write_bytes(folder / "a.png", png_bytes(rgb, 3, 2, 3));
  const Volume picture = read(folder / "a.png", FileKind::png);
  CHECK(picture.size == std::array<std::int64_t, 3>{3, 2, 1});
  CHECK(picture.dims == 2);
  CHECK(picture.channels == 3);
  CHECK_FALSE(picture.has_geometry);
  CHECK(to_float(picture) == std::vector<float>(rgb.begin(), rgb.end()));
}

TEST_CASE("a PNG whose bytes do not fit their checksum is refused before libpng sees it") {
  const TemporaryFolder folder;
  std::string bytes = png_bytes(std::vector<std::uint8_t>(64 * 64, 7), 64, 64, 1);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  write_bytes(folder / "a.png", bytes);
  CHECK_THROWS_WITH_AS(read(folder / "a.png", FileKind::png), "the chunk IDAT of the PNG file is damaged",
                       Error);
  write_bytes(folder / "b.png", bytes.substr(0, 8) + bytes.substr(33));
  CHECK_THROWS_WITH_AS(read(folder / "b.png", FileKind::png), "the PNG file has no IHDR", Error);
}

TEST_CASE("a cut PNG is truncated, and the message has no folder and no address in it") {
  const TemporaryFolder folder;
  write_bytes(folder / "a.png", png_bytes(std::vector<std::uint8_t>(64 * 64, 7), 64, 64, 1).substr(0, 60));
  CHECK_THROWS_WITH_AS(read(folder / "a.png", FileKind::png), "the PNG file ends before its last chunk",
                       Error);
}

TEST_CASE("a TIFF keeps 16 bits") {
  const TemporaryFolder folder;
  // Little-endian, one directory: width 2, height 1, 16 bits, uncompressed, black is zero, one strip at
  // offset 8.
  std::string tiff("II*\0\x0c\0\0\0\x01\x02\xff\xff", 12);
  const auto entry = [&tiff](int tag, int type, int value) {
    for (const int v : {tag, type}) tiff += {static_cast<char>(v & 255), static_cast<char>(v >> 8)};
    tiff += std::string("\x01\0\0\0", 4) + static_cast<char>(value & 255) + static_cast<char>(value >> 8) +
            std::string(2, '\0');
  };
  tiff += std::string("\x09\0", 2);
  entry(256, 3, 2), entry(257, 3, 1), entry(258, 3, 16), entry(259, 3, 1), entry(262, 3, 1);
  entry(273, 4, 8), entry(277, 3, 1), entry(278, 3, 1), entry(279, 4, 4);
  tiff += std::string(4, '\0');
  write_bytes(folder / "a.tif", tiff);
  const Volume picture = read(folder / "a.tif", FileKind::tiff);
  CHECK(picture.type == SampleType::uint16);
  CHECK(to_float(picture) == std::vector<float>{0x0201, 0xffff});
}

TEST_CASE("a JPEG must reach its end marker") {
  const std::string head("\xff\xd8\xff\xc0\0\x0b\x08\0\x02\0\x03\x01\x01\x11\0", 15);
  const std::string scan("\xff\xda\0\x08\x01\x01\0\0\x3f\0\x12\xff\0\x34\xff\xd0\x56", 17);
  const auto bytes = [](const std::string& text) {
    return std::as_bytes(std::span(text.data(), text.size()));
  };
  const std::string whole = head + scan + "\xff\xd9", cut = head + scan;
  CHECK_NOTHROW(check_jpeg_is_complete(bytes(whole)));
  CHECK_THROWS_WITH_AS(check_jpeg_is_complete(bytes(cut)), "the JPEG file ends before its end marker", Error);
  // Complete and nonsense: the codec says so instead of filling the picture with grey.
  const TemporaryFolder folder;
  write_bytes(folder / "whole.jpg", whole);
  CHECK_THROWS_AS(read(folder / "whole.jpg", FileKind::jpeg), Error);
  const ImageExtent extent = jpeg_extent(bytes(head));
  CHECK(extent.size == std::array<std::int64_t, 3>{3, 2, 1});
}

TEST_CASE("a MetaImage keeps its direction; its samples are counted") {
  const TemporaryFolder folder;
  write_bytes(folder / "a.mha", meta_header + "LOCAL\nabcdef");
  const Volume volume = read(folder / "a.mha", FileKind::metaimage);
  CHECK(volume.lps == Affine{{{{0, -2, 0, 10}, {1, 0, 0, 20}, {0, 0, 3, 30}, {0, 0, 0, 1}}}});
  CHECK(to_float(volume) == std::vector<float>{'a', 'b', 'c', 'd', 'e', 'f'});
  cut_bytes(folder / "a.mha", 2);
  CHECK_THROWS_WITH_AS(read(folder / "a.mha", FileKind::metaimage), "pixel data is 4 bytes, 6 expected",
                       Error);
}

TEST_CASE("a header reads its data file from its own folder only, and its digest covers both") {
  const TemporaryFolder folder;
  write_bytes(folder / "a.mhd", meta_header + "a.raw\n");
  write_bytes(folder / "a.raw", "abcdef");
  CHECK(to_float(read(folder / "a.mhd", FileKind::metaimage))[5] == 'f');
  ImageSource source;
  source.kind = FileKind::metaimage;
  source.files = {folder / "a.mhd"};
  const auto before = file_digests(source);
  write_bytes(folder / "a.raw", "abcdeg");
  CHECK(file_digests(source) != before);
  write_bytes(folder / "b.mhd", meta_header + "/etc/passwd\n");
  CHECK_THROWS_WITH_AS(read(folder / "b.mhd", FileKind::metaimage),
                       "the data file that the header names is not one file beside it", Error);
}

TEST_CASE("an NRRD in RAS becomes LPS") {
  const TemporaryFolder folder;
  write_bytes(folder / "a.nrrd", nrrd_header + std::string("\x01\x02\xff\xff", 4));
  const Volume volume = read(folder / "a.nrrd", FileKind::nrrd);
  CHECK(volume.lps == Affine{{{{-2, 0, 0, -5}, {0, -3, 0, -6}, {0, 0, 4, 7}, {0, 0, 0, 1}}}});
  CHECK(volume.type == SampleType::int16);
  CHECK(to_float(volume) == std::vector<float>{0x0201, -1});
  cut_bytes(folder / "a.nrrd", 1);
  CHECK_THROWS_AS(read(folder / "a.nrrd", FileKind::nrrd), Error);
}
