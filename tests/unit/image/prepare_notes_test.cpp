#include "radbatch/image/prepare_notes.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "make_dicom.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/image/reader.hpp"

using namespace radbatch;
using namespace radbatch::test;

namespace {

Volume volume_of(std::array<std::int64_t, 3> size, std::int64_t frames = 1) {
  Volume volume = make_volume(size, 1, frames, SampleType::int16);
  auto samples = volume.samples.as<std::int16_t>();
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = static_cast<std::int16_t>(i % 100);
  return volume;
}

/// A picture with one value in the middle half of each side and another outside.
Volume framed(std::int16_t middle, std::int16_t outside) {
  Volume volume = make_volume({64, 64, 1}, 1, 1, SampleType::int16);
  auto samples = volume.samples.as<std::int16_t>();
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const std::size_t x = i % 64, y = i / 64;
    samples[i] = x >= 16 && x < 48 && y >= 16 && y < 48 ? middle : outside;
  }
  return volume;
}

std::array<std::int64_t, 2> size_of_png(const std::string& base64) {
  const TemporaryFolder folder;
  write_bytes(folder / "s.png", from_base64(base64));
  ImageSource source;
  source.kind = FileKind::png;
  source.files = {folder / "s.png"};
  const Volume sheet = read_image(source, 1U << 24);
  return {sheet.size[0], sheet.size[1]};
}

Json notes_of(const Json& request, const Volume& volume, const std::vector<std::int64_t>& shape,
              const std::vector<float>& values, const Json& attributes = {{"Modality", "CT"}}) {
  PrepareNotes notes(request, attributes);
  notes.see(volume);
  notes.see({shape, values, lps_to_ras(volume.lps)}, shape.size() == 5 ? "N,C,R,A,S" : "N,C,i,j");
  Json answer = Json::object();
  notes.add_to(answer);
  return answer;
}

}  // namespace

TEST_CASE("nothing is told that was not asked for") {
  CHECK(notes_of(Json::object(), volume_of({8, 8, 8}), {1, 1, 2, 2, 2}, std::vector<float>(8)).empty());
}

TEST_CASE("the numbers of image and tensor") {
  const Json answer =
      notes_of({{"qc", true}, {"range", true}}, volume_of({10, 10, 1}), {1, 1, 2, 2}, {0, 1, 1, 0.5F});
  CHECK(answer["range"] == Json::array({0, 99}));
  CHECK(answer["qc"]["before"]["max"] == 99);
  CHECK(answer["qc"]["before"]["mean"] == 49.5);
  CHECK(answer["qc"]["after"]["max"] == 1);
  CHECK(answer["qc"]["at_limits"] == 0.75);
  CHECK(answer["qc"]["n_planes"] == 1);
  CHECK(answer["qc"]["n_blank"] == 0);
  CHECK_FALSE(answer["qc"].contains("corner_brightness"));  // a CT is no radiograph
}

TEST_CASE("frames that come one by one count together") {
  PrepareNotes notes({{"range", true}}, Json::object());
  Volume bright = volume_of({4, 4, 1});
  bright.samples.as<std::int16_t>()[3] = 900;
  notes.see(volume_of({4, 4, 1}));
  notes.see(bright);
  Json answer;
  notes.add_to(answer);
  CHECK(answer["range"] == Json::array({0, 900}));
}

TEST_CASE("an inverted radiograph has bright upper corners, one with air in one of them has not") {
  CHECK(corner_brightness(framed(100, 1000)) == doctest::Approx(1));
  CHECK(corner_brightness(framed(1000, 100)) == doctest::Approx(0));
  CHECK(corner_brightness(framed(7, 7)) == 0);
  Volume one_dark = framed(100, 1000);
  for (std::size_t y = 0; y < 7; ++y)
    std::fill_n(&one_dark.samples.as<std::int16_t>()[y * 64], 7, std::int16_t{100});
  CHECK(corner_brightness(one_dark) == doctest::Approx(0));
  const Json answer = notes_of({{"qc", true}}, framed(100, 1000), {1, 1, 1, 1}, {0}, {{"Modality", "DX"}});
  CHECK(answer["qc"]["corner_brightness"] == doctest::Approx(1));
}

TEST_CASE("a sheet has three planes above three planes, a picture beside a picture, items beneath frames") {
  const Json request = {{"sheet", true}};
  const auto volume = size_of_png(
      notes_of(request, volume_of({32, 32, 32}), {1, 1, 4, 4, 4}, std::vector<float>(64))["sheet"]);
  CHECK(volume[0] == 3 * 220 + 2 * 6);
  CHECK(volume[1] == 2 * (16 + 220 + 54) + 6);
  const auto picture =
      size_of_png(notes_of(request, volume_of({32, 32, 1}), {1, 1, 4, 4}, std::vector<float>(16))["sheet"]);
  CHECK(picture[0] > 2 * 340);
  CHECK(picture[1] == 16 + 340 + 54);
  const auto items =
      size_of_png(notes_of(request, volume_of({32, 32, 9}), {9, 1, 4, 4}, std::vector<float>(144))["sheet"]);
  CHECK(items == volume);
}

TEST_CASE("a tensor without axes of space gets no sheet") {
  CHECK_FALSE(
      notes_of({{"sheet", true}}, volume_of({4, 4, 4}), {1, 1, 8}, std::vector<float>(8)).contains("sheet"));
}
