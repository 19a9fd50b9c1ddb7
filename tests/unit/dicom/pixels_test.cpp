#include "radbatch/dicom/pixels.hpp"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcrleerg.h>
#include <doctest/doctest.h>

#include <cmath>

#include "make_dicom.hpp"
#include "radbatch/base/error.hpp"

using namespace radbatch;
using namespace radbatch::test;

namespace {

constexpr std::uint64_t plenty = 1U << 20;

template <class T>
std::vector<int> values(const StoredPixels& pixels) {
  const auto n = static_cast<std::size_t>(pixels.columns * pixels.rows * pixels.frames * pixels.channels);
  const auto samples = pixels.samples.as<T>().first(n);
  return {samples.begin(), samples.end()};
}

StoredPixels decoded(const DicomImage& image) {
  use_dictionary();
  const TemporaryFolder folder;
  return read_stored_pixels(write_dicom(folder / "a.dcm", image), plenty);
}

}  // namespace

TEST_CASE("a non-square image keeps rows and columns apart") {
  const StoredPixels pixels = decoded({});
  CHECK(pixels.columns == 3);
  CHECK(pixels.rows == 2);
  CHECK(pixels.type == SampleType::int16);
  CHECK(values<std::int16_t>(pixels) == std::vector<int>{1, 2, 3, 4, 5, 6});
}

TEST_CASE("bits above HighBit are no image, and signed values end at BitsStored") {
  const DicomImage unsigned12{
      .bits_stored = 12, .is_signed = false, .pixels = {0x0fff, 0x1fff, 0x7001, 0, 5, 6}};
  CHECK(values<std::uint16_t>(decoded(unsigned12)) == std::vector<int>{4095, 4095, 1, 0, 5, 6});
  const DicomImage signed12{
      .bits_stored = 12, .is_signed = true, .pixels = {0x0fff, 0x07ff, 0x0800, -1, 5, 6}};
  CHECK(values<std::int16_t>(decoded(signed12)) == std::vector<int>{-1, 2047, -2048, -1, 5, 6});
}

TEST_CASE("MONOCHROME1 is inverted on stored values") {
  const DicomImage image{
      .photometric = "MONOCHROME1", .bits_stored = 12, .is_signed = false, .pixels = {0, 1, 4095, 3, 4, 5}};
  CHECK(values<std::uint16_t>(decoded(image)) == std::vector<int>{4095, 4094, 0, 4092, 4091, 4090});
  const DicomImage with_sign{
      .photometric = "MONOCHROME1", .bits_stored = 12, .pixels = {-2048, 2047, 0, 3, 4, 5}};
  CHECK(values<std::int16_t>(decoded(with_sign)) == std::vector<int>{2047, -2048, -1, -4, -5, -6});
}

TEST_CASE("colour comes out as interleaved RGB") {
  const std::vector<std::int16_t> pixels{10, 20, 30, 40, 50, 60};
  CHECK(values<std::uint8_t>(decoded({.rows = 1, .columns = 2, .photometric = "RGB", .pixels = pixels})) ==
        std::vector<int>{10, 20, 30, 40, 50, 60});
  const auto planar = [](DcmDataset& d) { d.putAndInsertUint16(DCM_PlanarConfiguration, 1); };
  CHECK(values<std::uint8_t>(
            decoded({.rows = 1, .columns = 2, .photometric = "RGB", .pixels = pixels, .also = planar})) ==
        std::vector<int>{10, 30, 50, 20, 40, 60});
  CHECK(values<std::uint8_t>(decoded(
            {.rows = 1, .columns = 2, .photometric = "YBR_FULL", .pixels = {76, 85, 255, 128, 128, 128}})) ==
        std::vector<int>{254, 0, 0, 128, 128, 128});
  CHECK(values<std::uint8_t>(decoded(
            {.rows = 1, .columns = 2, .photometric = "YBR_FULL_422", .pixels = {76, 80, 128, 128}})) ==
        std::vector<int>{76, 76, 76, 80, 80, 80});
}

TEST_CASE("a palette is applied, and refused when it is not there") {
  const auto palette = [](DcmDataset& d) {
    const std::array<Uint16, 3> descriptor{2, 0, 16};
    const std::array<Uint16, 2> red{0x0100, 0xff00}, green{0x0200, 0x8000}, blue{0x0300, 0x4000};
    d.putAndInsertUint16Array(DcmTag(DCM_RedPaletteColorLookupTableDescriptor, EVR_US), descriptor.data(), 3);
    d.putAndInsertUint16Array(DcmTag(DCM_GreenPaletteColorLookupTableDescriptor, EVR_US), descriptor.data(),
                              3);
    d.putAndInsertUint16Array(DcmTag(DCM_BluePaletteColorLookupTableDescriptor, EVR_US), descriptor.data(),
                              3);
    d.putAndInsertUint16Array(DcmTag(DCM_RedPaletteColorLookupTableData, EVR_OW), red.data(), 2);
    d.putAndInsertUint16Array(DcmTag(DCM_GreenPaletteColorLookupTableData, EVR_OW), green.data(), 2);
    d.putAndInsertUint16Array(DcmTag(DCM_BluePaletteColorLookupTableData, EVR_OW), blue.data(), 2);
  };
  DicomImage image{.rows = 1,
                   .columns = 2,
                   .photometric = "PALETTE COLOR",
                   .is_signed = false,
                   .pixels = {0, 1},
                   .also = palette};
  CHECK(values<std::uint8_t>(decoded(image)) == std::vector<int>{1, 2, 3, 255, 128, 64});
  image.also = [](DcmDataset&) {};
  CHECK_THROWS_WITH_AS(decoded(image), "the colour palette is missing or damaged", Error);
}

TEST_CASE("rescale is reported for every SOP class, a slope of zero is refused") {
  const auto rescaled_mr = [](DcmDataset& d) {
    put(d, DCM_SOPClassUID, UID_MRImageStorage);
    put(d, DCM_RescaleSlope, "2.5");
    put(d, DCM_RescaleIntercept, "-4");
  };
  const StoredPixels pixels = decoded({.also = rescaled_mr});
  CHECK(pixels.slope == 2.5);
  CHECK(pixels.intercept == -4);
  CHECK_THROWS_WITH_AS(decoded({.also = [](DcmDataset& d) { put(d, DCM_RescaleSlope, "0"); }}),
                       "RescaleSlope is 0", Error);
}

TEST_CASE("a modality table replaces the rescale") {
  const auto table = [](DcmDataset& d) {
    DcmItem* item = nullptr;
    d.findOrCreateSequenceItem(DCM_ModalityLUTSequence, item);
    const std::array<Uint16, 3> descriptor{3, 2, 16};
    const std::array<Uint16, 3> data{100, 200, 300};
    item->putAndInsertUint16Array(DcmTag(DCM_LUTDescriptor, EVR_US), descriptor.data(), 3);
    item->putAndInsertUint16Array(DcmTag(DCM_LUTData, EVR_OW), data.data(), 3);
  };
  CHECK(values<std::uint16_t>(decoded({.also = table})) == std::vector<int>{100, 100, 200, 300, 300, 300});
}

TEST_CASE("run-length frames decode to what was encoded, and their truncation is noticed") {
  use_dictionary();
  DcmRLEEncoderRegistration::registerCodecs();
  const TemporaryFolder folder;
  DcmFileFormat file;
  REQUIRE(file.loadFile(write_dicom(folder / "a.dcm", {.rows = 1, .frames = 2}).c_str()).good());
  REQUIRE(file.getDataset()->chooseRepresentation(EXS_RLELossless, nullptr).good());
  const std::string packed = folder / "rle.dcm";
  REQUIRE(file.saveFile(packed.c_str(), EXS_RLELossless).good());
  const StoredPixels pixels = read_stored_pixels(packed, plenty);
  CHECK(pixels.frames == 2);
  CHECK(values<std::int16_t>(pixels) == std::vector<int>{1, 2, 3, 4, 5, 6});
  cut_bytes(packed, 12);
  CHECK_THROWS_WITH_AS(read_stored_pixels(packed, plenty), "the file ends inside the compressed pixel data",
                       Error);
}

TEST_CASE("frames come out in their order, whatever the number of threads") {
  use_dictionary();
  DcmRLEEncoderRegistration::registerCodecs();
  const TemporaryFolder folder;
  std::vector<std::int16_t> pixels(3 * 40);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::int16_t>(i * 100);
  DcmFileFormat file;
  REQUIRE(file.loadFile(write_dicom(folder / "a.dcm", {.rows = 1, .frames = 40, .pixels = pixels}).c_str())
              .good());
  REQUIRE(file.getDataset()->chooseRepresentation(EXS_RLELossless, nullptr).good());
  const std::string packed = folder / "rle.dcm";
  REQUIRE(file.saveFile(packed.c_str(), EXS_RLELossless).good());
  for (const std::size_t threads : {1, 2, 7}) {
    CHECK(values<std::int16_t>(read_stored_pixels(packed, plenty, threads)) ==
          std::vector<int>(pixels.begin(), pixels.end()));
  }
}

TEST_CASE("a segmented palette is expanded") {
  const auto palette = [](DcmDataset& d) {
    const std::array<Uint16, 3> descriptor{5, 0, 16};
    // 256, then in four steps to 1280
    const std::array<Uint16, 6> segments{0, 1, 256, 1, 4, 1280};
    for (const auto& [tag, data] :
         {std::pair(DCM_RedPaletteColorLookupTableDescriptor, DCM_SegmentedRedPaletteColorLookupTableData),
          std::pair(DCM_GreenPaletteColorLookupTableDescriptor,
                    DCM_SegmentedGreenPaletteColorLookupTableData),
          std::pair(DCM_BluePaletteColorLookupTableDescriptor,
                    DCM_SegmentedBluePaletteColorLookupTableData)}) {
      d.putAndInsertUint16Array(DcmTag(tag, EVR_US), descriptor.data(), 3);
      d.putAndInsertUint16Array(DcmTag(data, EVR_OW), segments.data(), segments.size());
    }
  };
  const DicomImage image{.rows = 1,
                         .columns = 3,
                         .photometric = "PALETTE COLOR",
                         .is_signed = false,
                         .pixels = {0, 2, 4},
                         .also = palette};
  CHECK(values<std::uint8_t>(decoded(image)) == std::vector<int>{1, 1, 1, 3, 3, 3, 5, 5, 5});
}

TEST_CASE("padding is recorded in the sense of the samples, not replaced") {
  const auto padded = [](Sint16 value) {
    return [value](DcmDataset& d) {
      d.putAndInsertSint16(DcmTag(DCM_PixelPaddingValue, EVR_SS), value);
      d.putAndInsertSint16(DcmTag(DCM_PixelPaddingRangeLimit, EVR_SS), static_cast<Sint16>(value + 10));
    };
  };
  const StoredPixels pixels = decoded({.pixels = {-2000, 1, 2, 3, 4, 5}, .also = padded(-2000)});
  CHECK(pixels.padding == -2000);
  CHECK(pixels.padding_limit == -1990);
  CHECK(values<std::int16_t>(pixels)[0] == -2000);
  CHECK(decoded({.photometric = "MONOCHROME1", .also = padded(100)}).padding == -101);
  CHECK_FALSE(decoded({}).padding);
}

TEST_CASE("floating-point pixels are read as float32, and NaN is refused") {
  const auto with_floats = [](auto put_values) {
    return [put_values](DcmDataset& d) {
      delete d.remove(DCM_PixelData);
      for (const DcmTagKey& tag : {DCM_BitsStored, DCM_HighBit, DCM_PixelRepresentation})
        delete d.remove(tag);
      put_values(d);
    };
  };
  const auto singles = with_floats([](DcmDataset& d) {
    const std::array<Float32, 6> v{0.5F, -1.25F, 3e20F, 0, 1, 2};
    d.putAndInsertUint16(DCM_BitsAllocated, 32);
    d.putAndInsertFloat32Array(DcmTag(DCM_FloatPixelData, EVR_OF), v.data(), 6);
  });
  const StoredPixels pixels = decoded({.also = singles});
  CHECK(pixels.type == SampleType::float32);
  CHECK(pixels.samples.as<float>()[1] == -1.25F);
  CHECK(pixels.samples.as<float>()[2] == 3e20F);
  const auto doubles = with_floats([](DcmDataset& d) {
    const std::array<Float64, 6> v{0.1, 2, 3, 4, 5, 6};
    d.putAndInsertUint16(DCM_BitsAllocated, 64);
    d.putAndInsertFloat64Array(DcmTag(DCM_DoubleFloatPixelData, EVR_OD), v.data(), 6);
  });
  CHECK(decoded({.also = doubles}).samples.as<float>()[0] == 0.1F);
  const auto nan = with_floats([](DcmDataset& d) {
    const std::array<Float32, 6> v{NAN, 0, 0, 0, 0, 0};
    d.putAndInsertUint16(DCM_BitsAllocated, 32);
    d.putAndInsertFloat32Array(DcmTag(DCM_FloatPixelData, EVR_OF), v.data(), 6);
  });
  CHECK_THROWS_WITH_AS(decoded({.also = nan}),
                       "the pixel data holds NaN, infinity or what float32 cannot hold", Error);
}

TEST_CASE("more pixels than allowed are refused before they are decoded") {
  use_dictionary();
  const TemporaryFolder folder;
  CHECK_THROWS_WITH_AS(read_stored_pixels(write_dicom(folder / "a.dcm", {}), 11),
                       "3 x 2 x 1 pixels need more than 11 bytes", Error);
}
