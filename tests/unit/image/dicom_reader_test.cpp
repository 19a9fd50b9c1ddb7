#include "radbatch/image/dicom_reader.hpp"

#include <doctest/doctest.h>

#include "make_dicom.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/image/reader.hpp"

using namespace radbatch;
using namespace radbatch::test;

namespace {

constexpr std::uint64_t plenty = 1U << 20;

// A gantry tilted by 18.5 degrees: k is sheared against the plane of i and j.
const Affine tilted{{{{0.5, 0, 0, -100}, {0, 0.4742, 0, -80}, {0, -0.1587, 4.22, 10}, {0, 0, 0, 1}}}};

ImageSource stack_of(std::vector<std::string> files) {
  ImageSource source;
  source.kind = FileKind::dicom;
  source.files = std::move(files);
  source.lps = tilted;
  return source;
}

std::vector<std::string> slices(const TemporaryFolder& folder, const std::vector<DicomImage>& images) {
  use_dictionary();
  std::vector<std::string> files;
  for (const DicomImage& image : images)
    files.push_back(write_dicom(folder / std::to_string(files.size()), image));
  return files;
}

std::function<void(DcmDataset&)> rescale(const char* slope, const char* intercept) {
  return [=](DcmDataset& d) { put(d, DCM_RescaleSlope, slope), put(d, DCM_RescaleIntercept, intercept); };
}

}  // namespace

TEST_CASE("slices are put in the order of the source, and the shear stays") {
  const TemporaryFolder folder;
  const auto files = slices(folder, {{.pixels = {1, 2, 3, 4, 5, 6}}, {.pixels = {11, 12, 13, 14, 15, 16}}});
  const Volume volume = read_image(stack_of({files[1], files[0]}), plenty);
  CHECK(volume.size == std::array<std::int64_t, 3>{3, 2, 2});
  CHECK(volume.dims == 3);
  CHECK(volume.has_geometry);
  CHECK(volume.lps == rounded_to_float32(tilted));
  CHECK(volume.type == SampleType::int16);
  CHECK(to_float(volume) == std::vector<float>{11, 12, 13, 14, 15, 16, 1, 2, 3, 4, 5, 6});
}

TEST_CASE("each slice has its own rescale; whole results stay integers") {
  const TemporaryFolder folder;
  const auto files = slices(folder, {{.also = rescale("1", "-1024")}, {.also = rescale("2", "0")}});
  const Volume volume = read_image(stack_of(files), plenty);
  CHECK(volume.type == SampleType::int16);
  CHECK(to_float(volume) == std::vector<float>{-1023, -1022, -1021, -1020, -1019, -1018, 2, 4, 6, 8, 10, 12});
}

TEST_CASE("fractions need float32, wide integers int32") {
  const TemporaryFolder folder;
  const Volume fractions = read_image(stack_of(slices(folder, {{.also = rescale("0.5", "0.25")}})), plenty);
  CHECK(fractions.type == SampleType::float32);
  CHECK(to_float(fractions) == std::vector<float>{0.75, 1.25, 1.75, 2.25, 2.75, 3.25});
  const Volume wide = read_image(stack_of(slices(folder, {{.also = rescale("100000", "0")}})), plenty);
  CHECK(wide.type == SampleType::int32);
  CHECK(wide.samples.as<std::int32_t>()[5] == 600000);
}

TEST_CASE("slices that do not fit the first are refused by number") {
  const TemporaryFolder folder;
  const auto other_grid = slices(folder, {{}, {.rows = 3, .columns = 2}});
  CHECK_THROWS_WITH_AS(read_image(stack_of(other_grid), plenty),
                       "file 2 of 2 has 2 x 3 pixels, the first one 3 x 2", Error);
  const auto other_type = slices(folder, {{}, {.is_signed = false}});
  CHECK_THROWS_WITH_AS(read_image(stack_of(other_type), plenty),
                       "file 2 of 2 has uint16 with 1 channel, the first one int16 with 1", Error);
  const auto files = slices(folder, {{}, {}});
  cut_bytes(files[1], 4);
  CHECK_THROWS_WITH_AS(read_image(stack_of(files), plenty), "file 2 of 2: pixel data is 8 bytes, 12 expected",
                       Error);
  CHECK_THROWS_WITH_AS(read_image(stack_of(slices(folder, {{}, {}})), 20),
                       "2 slices need 24 bytes, 20 bytes allowed", Error);
}

TEST_CASE("frames without a geometry are pictures with their pixel spacing") {
  const TemporaryFolder folder;
  ImageSource source = stack_of(slices(folder, {{.rows = 1, .frames = 2}}));
  source.lps.reset();
  source.attributes["PixelSpacing"] = {0.5, 0.25};
  const Volume volume = read_image(source, plenty);
  CHECK(volume.dims == 2);
  CHECK(volume.frames == 2);
  CHECK_FALSE(volume.has_geometry);
  CHECK(volume.lps.spacing(0) == 0.25);
  CHECK(volume.lps.spacing(1) == 0.5);
  CHECK(to_float(volume) == std::vector<float>{1, 2, 3, 4, 5, 6});
}

TEST_CASE("a stack over time becomes volumes one after the other") {
  const TemporaryFolder folder;
  ImageSource source = stack_of(slices(folder, {{.rows = 1, .pixels = {1, 2, 3}},
                                                {.rows = 1, .pixels = {4, 5, 6}},
                                                {.rows = 1, .pixels = {7, 8, 9}},
                                                {.rows = 1, .pixels = {10, 11, 12}}}));
  source.time_points = 2;
  const Volume volume = read_image(image_source_from_json(to_json(source)), plenty);
  CHECK(volume.size == std::array<std::int64_t, 3>{3, 1, 2});
  CHECK(volume.frames == 2);
  CHECK(to_float(volume) == std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
}

TEST_CASE("frames are put where the planes say, each with its own rescale") {
  const TemporaryFolder folder;
  const DicomImage three{.rows = 1, .columns = 2, .frames = 3, .pixels = {1, 2, 3, 4, 5, 6}};
  ImageSource source = stack_of(slices(folder, {three, three}));
  source.planes = {{0, 2, {{1, 0}}}, {1, 0, {{0.5, 10}}}, {0, 1, {{1, 0}}}};
  const Volume volume = read_image(image_source_from_json(to_json(source)), plenty);
  CHECK(volume.size == std::array<std::int64_t, 3>{2, 1, 3});
  CHECK(volume.lps == rounded_to_float32(tilted));
  CHECK(volume.type == SampleType::float32);
  CHECK(to_float(volume) == std::vector<float>{5, 6, 10.5, 11, 3, 4});
  source.planes[1].frame = 3;
  CHECK_THROWS_WITH_AS(read_image(source, plenty), "file 2 of 2: frame 4 is asked for, there are 3", Error);
  source.planes[1].frame = 0;
  source.planes.push_back(source.planes[0]);
  CHECK_THROWS_WITH_AS(read_image(source, 12), "file 1 of 2: 4 frames need 16 bytes, 12 bytes allowed",
                       Error);
}

TEST_CASE("tiles of a mosaic become slices") {
  const TemporaryFolder folder;
  const DicomImage mosaic{.rows = 2, .columns = 4, .pixels = {1, 2, 3, 4, 5, 6, 7, 8}};
  ImageSource source = stack_of(slices(folder, {mosaic}));
  source.mosaic_side = 2;
  source.planes = {{0, 0, {}}, {0, 1, {}}, {0, 2, {}}};
  const Volume volume = read_image(image_source_from_json(to_json(source)), plenty);
  CHECK(volume.size == std::array<std::int64_t, 3>{2, 1, 3});
  CHECK(to_float(volume) == std::vector<float>{1, 2, 3, 4, 5, 6});
}

TEST_CASE("digests are those of the files' bytes, in order") {
  const TemporaryFolder folder;
  write_bytes(folder / "a", "abc");
  write_bytes(folder / "b", "");
  CHECK_THROWS_WITH_AS(file_digests(stack_of({folder / "a", folder / "Anna"})),
                       "a file of the image cannot be read: No such file or directory", Error);
  CHECK(file_digests(stack_of({folder / "a", folder / "b"})) ==
        std::vector<std::string>{sha256_hex("abc"), sha256_hex("")});
}
