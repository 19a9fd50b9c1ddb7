#include "radbatch/study/stack_split.hpp"

#include <doctest/doctest.h>

#include <functional>

#include "radbatch/study/image_source.hpp"
#include "records.hpp"

using namespace radbatch;
using namespace radbatch::test;

namespace {

const Json mr{{"Modality", "MR"}};

/// `times` volumes of 3 slices at 3, 6 and 9 mm; `label` gives what is different at time point t (from 0).
/// Numbers run through the volumes.
std::vector<FileRecord> series_over_time(int times, const std::function<Json(int)>& label,
                                         const Json& more = mr) {
  std::vector<FileRecord> records;
  for (int t = 0; t < times; ++t) {
    for (int k = 0; k < 3; ++k) {
      Json values = more;
      values.update(label(t));
      records.push_back(slice("1", t * 3 + k + 1, 3 * (k + 1), values));
    }
  }
  return records;
}

std::vector<Candidate> images(const std::vector<FileRecord>& records) {
  return cohort_of(records).cases.at(0).candidates;
}

/// Last number of each file's name, which is its InstanceNumber.
std::vector<int> numbers(const Candidate& image) {
  std::vector<int> found;
  for (const std::string& file : image.source.files)
    found.push_back(std::stoi(file.substr(file.rfind('.') + 1)));
  return found;
}

/// An enhanced object with these values per frame; positions along z unless given.
FileRecord enhanced(const Json& per_frame, std::size_t n, Json shared = Json::object()) {
  FileRecord record = slice("1", 1, 0, {{"Modality", "MR"}, {"NumberOfFrames", n}, {"is_enhanced", true}});
  for (const char* keyword : {"ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"}) {
    record.attributes.erase(keyword);
  }
  shared["ImageOrientationPatient"] = {1, 0, 0, 0, 1, 0};
  shared["PixelSpacing"] = {0.5, 0.25};
  record.attributes["frame_groups"] = {{"n", n}, {"shared", shared}, {"per_frame", per_frame}};
  return record;
}

Json at_z(const std::vector<double>& z) {
  Json positions = Json::array();
  for (double one : z) positions.push_back({0, 0, one});
  return positions;
}

std::vector<std::int64_t> frames(const Candidate& image) {
  std::vector<std::int64_t> found;
  for (const Plane& plane : image.source.planes) found.push_back(plane.frame);
  return found;
}

}  // namespace

TEST_CASE("temporal positions become one image over time, in the order of their numbers") {
  const auto found = images(series_over_time(11, [](int t) {
    return Json{{"TemporalPositionIdentifier", 11 - t}, {"AcquisitionTime", 120000.5 + 2 * (10 - t)}};
  }));
  REQUIRE(found.size() == 1);
  CHECK_FALSE(found[0].reason.has_value());
  CHECK(found[0].source.time_points == 11);
  CHECK(found[0].attributes["frames"] == 11);
  CHECK(found[0].attributes["n_slices"] == 3);
  CHECK(found[0].attributes["time_axis"] == "TemporalPositionIdentifier");
  CHECK(found[0].source.lps->m[2] == std::array<double, 4>{0, 0, 3, 3});
  const std::vector<int> order = numbers(found[0]);
  CHECK(std::vector<int>(order.begin(), order.begin() + 6) == std::vector<int>{31, 32, 33, 28, 29, 30});
}

TEST_CASE("what tells time points apart: b-value and direction, trigger time, acquisition, clock") {
  const auto axis = [](const std::function<Json(int)>& label) {
    const auto found = images(series_over_time(3, label));
    REQUIRE(found.size() == 1);
    CHECK(found[0].source.time_points == 3);
    return found[0].attributes.value("time_axis", "");
  };
  CHECK(axis([](int t) { return Json{{"TriggerTime", 40.5 * t}}; }) == "TriggerTime");
  CHECK(axis([](int t) { return Json{{"FrameReferenceTime", 1000 * t}}; }) == "FrameReferenceTime");
  CHECK(axis([](int t) { return Json{{"AcquisitionNumber", t}}; }) == "AcquisitionNumber");
  CHECK(axis([](int t) {
          return Json{{"AcquisitionTime", "12000" + std::to_string(t)}};
        }) == "AcquisitionTime");
  CHECK(axis([](int t) {
          return Json{{"DiffusionBValue", t > 0 ? 1000 : 0}, {"DiffusionGradientOrientation", {0, 0, t}}};
        }) == "DiffusionBValue");
  CHECK(axis([](int) { return Json::object(); }) == "InstanceNumber");
}

TEST_CASE("diffusion volumes stay in the order of acquisition and say their b-values") {
  const auto found = images(series_over_time(4, [](int t) {
    return Json{{"DiffusionBValue", t % 2 == 0 ? 1000 : 0}, {"DiffusionGradientOrientation", {0, t, 1}}};
  }));
  REQUIRE(found.size() == 1);
  CHECK(found[0].attributes["b_values"] == Json{1000.0, 0.0, 1000.0, 0.0});
  CHECK(found[0].attributes["b_directions"][3] == Json{0.0, 3.0, 1.0});
  CHECK(numbers(found[0]) == std::vector<int>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
}

TEST_CASE("times are told from the first, without the clock") {
  const auto found = images(series_over_time(3, [](int t) {
    return Json{{"TemporalPositionIdentifier", t + 1},
                {"AcquisitionTime", std::to_string(115958 + (t > 0 ? 4042 + 2 * t : 0))}};
  }));
  CHECK(found.at(0).attributes["frame_times_s"] == Json{0.0, 4.0, 6.0});
}

TEST_CASE("echoes, magnitude and phase are images of their own, each over time") {
  const auto found = images(series_over_time(4, [](int t) {
    return Json{{"ImageType", t < 2 ? "ORIGINAL\\PRIMARY\\M" : "ORIGINAL\\PRIMARY\\P"},
                {"TemporalPositionIdentifier", t % 2 + 1}};
  }));
  REQUIRE(found.size() == 2);
  CHECK(numbers(found[0]) == std::vector<int>{1, 2, 3, 4, 5, 6});
  CHECK(numbers(found[1]) == std::vector<int>{7, 8, 9, 10, 11, 12});
  CHECK(found[1].source.time_points == 2);
  CHECK(images(series_over_time(2, [](int t) { return Json{{"EchoTime", 4.6 + t}}; })).size() == 2);
}

TEST_CASE("acquisitions of a CT are contrast phases: images of their own; nothing is guessed from numbers") {
  const Json ct{{"Modality", "CT"}};
  const auto phases = images(series_over_time(
      2,
      [](int t) {
        return Json{{"AcquisitionNumber", t}};
      },
      ct));
  REQUIRE(phases.size() == 2);
  CHECK(phases[0].source.time_points == 1);
  const auto unclear = images(series_over_time(
      2, [](int) { return Json::object(); }, ct));
  REQUIRE(unclear.size() == 1);
  CHECK(unclear[0].reason == Reason::duplicate_slices);
  CHECK(unclear[0].detail == "slices 1 and 2 of 6 lie at one position (3 such pairs)");
}

TEST_CASE("numbers that run through the time points of each slice are understood, disorder is refused") {
  std::vector<FileRecord> records = series_over_time(2, [](int) { return Json::object(); });
  const std::vector<int> by_slice{1, 3, 5, 2, 4, 6}, disorder{1, 2, 5, 3, 4, 6};
  for (std::size_t i = 0; i < 6; ++i) records[i].attributes["InstanceNumber"] = by_slice[i];
  CHECK(images(records).at(0).source.time_points == 2);
  CHECK(numbers(images(records)[0]) == std::vector<int>{1, 2, 3, 4, 5, 6});
  for (std::size_t i = 0; i < 6; ++i) records[i].attributes["InstanceNumber"] = disorder[i];
  CHECK(images(records).at(0).reason == Reason::duplicate_slices);
}

TEST_CASE("a last volume that was broken off is an image of its own, with a flag") {
  std::vector<FileRecord> records = series_over_time(4, [](int t) {
    return Json{{"TemporalPositionIdentifier", t + 1}};
  });
  records.pop_back();
  const auto found = images(records);
  REQUIRE(found.size() == 2);
  CHECK(found[0].source.time_points == 3);
  CHECK(found[1].attributes["n_slices"] == 2);
  CHECK(flags_of(found[1]) == std::vector<std::string>{"W_INCOMPLETE_TIME"});
}

TEST_CASE("volumes whose slices lie beside each other are not one image over time") {
  const auto found = images(series_over_time(2,
                                             [](int t) {
                                               return Json{{"TemporalPositionIdentifier", t + 1}};
                                             }) +
                            std::vector<FileRecord>{});
  REQUIRE(found.size() == 1);
  std::vector<FileRecord> moved = series_over_time(2, [](int t) {
    return Json{{"TemporalPositionIdentifier", t + 1}};
  });
  for (std::size_t i = 3; i < 6; ++i) moved[i].attributes["ImagePositionPatient"][0] = 40;
  CHECK(images(moved).size() == 2);
}

TEST_CASE("frames of an enhanced object are slices, sorted by position, with their own rescale") {
  const Json per_frame{{"ImagePositionPatient", at_z({4, 0, 2})}, {"RescaleSlope", {4, 1, 2.5}}};
  const auto found = images({enhanced(per_frame, 3, {{"RescaleIntercept", -10}})});
  REQUIRE(found.size() == 1);
  CHECK(frames(found[0]) == std::vector<std::int64_t>{1, 2, 0});
  CHECK(found[0].source.planes[1].rescale == std::array<double, 2>{2.5, -10});
  CHECK(found[0].source.files.size() == 1);
  CHECK(found[0].instance == "9.1.1");
  CHECK(found[0].attributes["size"] == Json{256, 512, 3});
  CHECK(found[0].source.lps->m[2] == std::array<double, 4>{0, 0, 2, 0});
  CHECK_FALSE(found[0].source.attributes.contains("frame_groups"));
}

TEST_CASE("an enhanced object with two kinds of image is two images") {
  const Json per_frame{{"ImagePositionPatient", at_z({0, 2, 0, 2})},
                       {"ImageType", {"M", "M", "FIELD_MAP", "FIELD_MAP"}}};
  const auto found = images({enhanced(per_frame, 4)});
  REQUIRE(found.size() == 2);
  CHECK(found[0].attributes["ImageType"] == "FIELD_MAP");
  CHECK(frames(found[0]) == std::vector<std::int64_t>{2, 3});
  CHECK(frames(found[1]) == std::vector<std::int64_t>{0, 1});
}

TEST_CASE("two stacks of an enhanced object, and its temporal positions") {
  const Json stacks{{"ImagePositionPatient", at_z({0, 2, 50, 52})}, {"StackID", {"1", "1", "2", "2"}}};
  CHECK(images({enhanced(stacks, 4)}).size() == 2);
  const Json times{{"ImagePositionPatient", at_z({0, 0, 2, 2})},
                   {"TemporalPositionIdentifier", {1, 2, 1, 2}}};
  const auto found = images({enhanced(times, 4)});
  REQUIRE(found.size() == 1);
  CHECK(frames(found[0]) == std::vector<std::int64_t>{0, 2, 1, 3});
  CHECK(found[0].source.time_points == 2);
}

TEST_CASE("what only the maker's dimensions tell apart is images of its own") {
  Json shared{{"x", 1}};
  FileRecord record = enhanced({{"ImagePositionPatient", at_z({0, 2, 0, 2})},
                                {"DimensionIndexValues", {{1, 1, 7}, {1, 2, 7}, {1, 1, 9}, {1, 2, 9}}}},
                               4, shared);
  record.attributes["frame_groups"]["dimensions"] = {"StackID", "InStackPositionNumber", "(2005,106e)"};
  CHECK(images({record}).size() == 2);
}

TEST_CASE("several enhanced files of a series are one image over time") {
  std::vector<FileRecord> files;
  for (int t = 2; t > 0; --t) {
    files.push_back(
        enhanced({{"ImagePositionPatient", at_z({0, 2})}}, 2, {{"TemporalPositionIdentifier", t}}));
    files.back().path = "file" + std::to_string(t);
    files.back().attributes["SOPInstanceUID"] = "9." + std::to_string(t);
  }
  const auto found = images(files);
  REQUIRE(found.size() == 1);
  CHECK(found[0].source.files == std::vector<std::string>{"/data/file1", "/data/file2"});
  CHECK(found[0].source.planes[2].file == 1);
  CHECK(found[0].instance.empty());
}

TEST_CASE("frames that do not say where they lie are pictures, half-described ones are refused") {
  FileRecord placeless = enhanced(Json::object(), 3);
  placeless.attributes.erase("frame_groups");
  const auto pictures = images({placeless});
  CHECK(pictures.at(0).attributes["dims"] == 2);
  CHECK(pictures[0].attributes["frames"] == 3);
  CHECK(flags_of(pictures[0]) == std::vector<std::string>{"W_NO_GEOMETRY"});
  FileRecord half = enhanced({{"ImagePositionPatient", {{0, 0, 1}, nullptr, {0, 0, 3}}}}, 3);
  CHECK(images({half}).at(0).reason == Reason::bad_header);
  CHECK(images({half})[0].detail == "not every frame has a position, an orientation and a pixel spacing");
  FileRecord short_one = enhanced({{"ImagePositionPatient", at_z({0, 1})}}, 2);
  short_one.attributes["NumberOfFrames"] = 3;
  CHECK(images({short_one})[0].detail == "the header describes 2 frames, NumberOfFrames is 3");
}

TEST_CASE("a mosaic's tiles are slices about the centre of its picture") {
  FileRecord record = slice("1", 1, 0, mr);
  record.attributes["mosaic"] = {{"n_images", 3}, {"normal", {0, 0, -1}}};
  record.attributes["SpacingBetweenSlices"] = 4;
  const auto found = images({record});
  REQUIRE(found.size() == 1);
  CHECK(found[0].attributes["size"] == Json{128, 256, 3});
  CHECK(found[0].source.mosaic_side == 2);
  // Columns of 0.25 mm, rows of 0.5 mm: the first tile's centre is where the picture's was.
  CHECK(found[0].source.lps->m[0][3] == 0.25 * 64);
  CHECK(found[0].source.lps->m[1][3] == 0.5 * 128);
  CHECK(found[0].source.lps->m[2] == std::array<double, 4>{0, 0, 4, -8});
  CHECK(frames(found[0]) == std::vector<std::int64_t>{2, 1, 0});
}

TEST_CASE("a mosaic that does not say how many images it has is refused") {
  FileRecord record = slice("1", 1, 0, mr);
  record.attributes["mosaic"] = {{"n_images", 0}};
  CHECK(images({record}).at(0).reason == Reason::bad_header);
  CHECK(images({record})[0].detail ==
        "a Siemens mosaic whose private header does not say how many images it has");
  record.attributes["mosaic"] = {{"n_images", 7}};
  CHECK(images({record})[0].detail == "a Siemens mosaic of 7 images whose Rows cannot be divided by 3");
}

TEST_CASE("a PET says its units; without a series, kernels keep two stacks of one place apart") {
  const auto pet = images(series_over_time(2,
                                           [](int t) {
                                             return Json{{"FrameReferenceTime", 1000.5 * t}};
                                           },
                                           {{"Modality", "PT"}, {"Units", "BQML"}}));
  REQUIRE(pet.size() == 1);
  CHECK(pet[0].attributes["Units"] == "BQML");
  CHECK(pet[0].source.time_points == 2);
  std::vector<FileRecord> kernels =
      anonymous("a", 3, {{"ConvolutionKernel", "Br40"}}) + anonymous("a", 3, {{"ConvolutionKernel", "Br59"}});
  for (std::size_t i = 3; i < 6; ++i) kernels[i].path += "b";
  const auto apart = images(kernels);
  REQUIRE(apart.size() == 2);
  CHECK(apart[0].source.time_points == 1);
}
