#include "radbatch/image/contact_sheet.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "make_dicom.hpp"
#include "radbatch/image/picture.hpp"
#include "radbatch/image/picture_text.hpp"
#include "radbatch/image/reader.hpp"

using namespace radbatch;
using namespace radbatch::test;

namespace {

Volume grey(std::array<std::int64_t, 3> size, std::int64_t frames = 1) {
  Volume volume = make_volume(size, 1, frames, SampleType::int16);
  auto samples = volume.samples.as<std::int16_t>();
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = static_cast<std::int16_t>(i % 100);
  return volume;
}

std::array<std::int64_t, 2> sheet_size(const Volume& volume, const SheetFacts& facts = {}) {
  const TemporaryFolder folder;
  write_bytes(folder / "s.png", contact_sheet_png(volume, facts));
  ImageSource source;
  source.kind = FileKind::png;
  source.files = {folder / "s.png"};
  const Volume sheet = read_image(source, 1U << 24);
  return {sheet.size[0], sheet.size[1]};
}

int lit(const Canvas& canvas) {
  return static_cast<int>(std::ranges::count(canvas.pixels, 255));
}

}  // namespace

TEST_CASE("a volume becomes four columns of tiles, a cine its frames, a picture itself") {
  CHECK(sheet_size(grey({120, 120, 40})) == std::array<std::int64_t, 2>{4 * 244 - 4, 16 + 3 * 244 - 4});
  CHECK(sheet_size(grey({120, 120, 3}))[0] == 3 * 244 - 4);
  Volume cine = grey({120, 60, 1}, 30);
  cine.has_geometry = false;
  CHECK(sheet_size(cine) == std::array<std::int64_t, 2>{4 * 244 - 4, 16 + 3 * 124 - 4});
  CHECK(sheet_size(grey({700, 350, 1})) == std::array<std::int64_t, 2>{640, 336});
}

TEST_CASE("the bytes of a sheet depend on its arguments alone") {
  const Volume volume = grey({60, 60, 12});
  CHECK(contact_sheet_png(volume, {}) == contact_sheet_png(volume, {}));
  CHECK(contact_sheet_png(volume, {}) != contact_sheet_png(volume, {.window = std::array{50.0, 10.0}}));
}

TEST_CASE("the window comes from the header where it is one for the whole image") {
  const Json header = {{"Modality", "CT"}, {"WindowCenter", {35, 700}}, {"WindowWidth", {80, 3200}}};
  const Volume volume = grey({4, 4, 4});
  CHECK(sheet_facts(header, volume).window == std::array{35.0, 80.0});
  CHECK(sheet_facts({{"Modality", "CT"}}, volume).window == std::array{40.0, 400.0});
  Json mr = header;
  mr["Modality"] = "MR";
  CHECK_FALSE(sheet_facts(mr, volume).window);
  Json inverted = header;
  inverted["Modality"] = "CR";
  inverted["PhotometricInterpretation"] = "MONOCHROME1";
  CHECK_FALSE(sheet_facts(inverted, volume).window);
}

TEST_CASE("a radiograph's edges are marked by its PatientOrientation") {
  Volume volume = grey({4, 4, 1});
  volume.has_geometry = false;
  const SheetFacts facts = sheet_facts({{"Modality", "DX"}, {"PatientOrientation", "L\\F"}}, volume);
  CHECK(facts.right_mark == "L");
  CHECK(facts.lower_mark == "F");
  CHECK_FALSE(facts.has_scale);
  CHECK_FALSE(sheet_facts({{"PixelSpacing", {0, 0}}}, volume).has_scale);
  CHECK(sheet_facts({{"ImagerPixelSpacing", {0.2, 0.2}}}, volume).has_scale);
}

TEST_CASE("slices are turned so that right is left of the picture, and their edges know it") {
  Volume volume = grey({4, 3, 2});
  for (std::size_t r = 0; r < 2; ++r) volume.lps.m[r][r] = -1;  // stored RAS
  const Picture shown = as_radiologists_look(slice_of(volume, 2, 0, 0));
  CHECK(shown.right == std::array<double, 3>{1, 0, 0});
  CHECK(shown.down == std::array<double, 3>{0, 1, 0});
  CHECK(shown.at(0, 0, 0) == 11);  // the last voxel of the slice is the first that is seen
  const Picture coronal = as_radiologists_look(slice_of(volume, 1, 0, 0));
  CHECK(coronal.down[2] == -1);
}

TEST_CASE("letters are drawn, and nothing outside the canvas") {
  Canvas canvas(12, 10, 1);
  draw_text(canvas, 2, 1, "I");
  CHECK(lit(canvas) == 11);
  draw_text(canvas, -3, -3, "R");
  draw_text(canvas, 9, 7, "R");
  Canvas empty(12, 10, 1);
  draw_text(empty, 2, 1, "~");
  CHECK(lit(empty) == 0);
}
