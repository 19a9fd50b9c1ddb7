#include "radbatch/batch/qc_record.hpp"

#include <doctest/doctest.h>

using namespace radbatch;

namespace {

Json step(const char* name, std::vector<std::int64_t> shape, std::vector<double> spacing) {
  return {{"name", name}, {"shape", shape}, {"spacing_mm", spacing}};
}

Json statistics(double smallest, double largest) {
  return {{"min", smallest}, {"max", largest}, {"mean", 0}, {"sd", 1}, {"p1", 0}, {"p50", 0}, {"p99", 0}};
}

Json answer_with(double before_min, double after_max, std::int64_t n_blank) {
  return {{"shape", {1, 1, 10, 10, 10}},
          {"spacing_mm", {1, 1, 1}},
          {"trace", Json::array({step("volume", {1, 10, 10, 10}, {1, 1, 1})})},
          {"qc",
           {{"before", statistics(before_min, 3000)},
            {"after", statistics(0, after_max)},
            {"at_limits", 0.25},
            {"n_planes", 10},
            {"n_blank", n_blank}}}};
}

Json alarms(const Json& answer, const char* modality) {
  return qc_record("image", answer, {{"Modality", modality}}).at("alarms");
}

}  // namespace

TEST_CASE("resampling is told from cropping and padding by the spacing") {
  const auto changes = axis_changes(Json::array(
      {step("volume", {1, 512, 512, 40}, {0.5, 0.5, 5}), step("Spacing", {1, 256, 256, 67}, {1, 1, 3}),
       step("ResizeWithPadOrCrop", {1, 192, 256, 100}, {1, 1, 3})}));
  REQUIRE(changes.size() == 3);
  CHECK(changes[0].resampled == doctest::Approx(0.5));
  CHECK(changes[0].cropped == doctest::Approx(0.25));
  CHECK(changes[0].padded == 0);
  CHECK(changes[1].cropped == 0);
  CHECK(changes[2].resampled == doctest::Approx(5.0 / 3));
  CHECK(changes[2].padded == doctest::Approx(0.33));
}

TEST_CASE("crops and pads that follow each other add up") {
  const auto changes = axis_changes(
      Json::array({step("volume", {1, 100, 8}, {1, 1}), step("CenterSpatialCrop", {1, 50, 8}, {1, 1}),
                   step("CenterSpatialCrop", {1, 25, 8}, {1, 1}), step("SpatialPad", {1, 50, 8}, {1, 1})}));
  CHECK(changes[0].cropped == doctest::Approx(0.75));
  CHECK(changes[0].padded == doctest::Approx(0.5));
  CHECK(changes[1].cropped == 0);
}

TEST_CASE("a change stays with its axis when axes are reordered or one becomes items") {
  const auto changes = axis_changes(
      Json::array({step("volume", {1, 512, 400, 30}, {0.5, 0.5, 4}),
                   step("CenterSpatialCrop", {1, 256, 400, 30}, {0.5, 0.5, 4}),
                   step("Orientation", {1, 400, 30, 256}, {0.5, 4, 0.5}),
                   step("ExtractSlices", {1, 400, 256}, {0.5, 0.5}), step("Resize", {1, 100, 64}, {2, 2})}));
  REQUIRE(changes.size() == 2);
  CHECK(changes[0].cropped == 0);
  CHECK(changes[1].cropped == doctest::Approx(0.5));
  CHECK(changes[1].resampled == doctest::Approx(0.25));
}

TEST_CASE("a trace that says nothing of axes gives none") {
  CHECK(axis_changes(Json::array()).empty());
  CHECK(axis_changes(Json::array({{{"name", "Fake"}, {"shape", {1, 1, 2, 2}}}})).empty());
}

TEST_CASE("alarms: each at its condition and not otherwise") {
  CHECK(alarms(answer_with(-1000, 1, 0), "CT") == Json::array());
  CHECK(alarms(answer_with(0, 1, 0), "CT") == Json::array({"no_air_in_ct"}));
  CHECK(alarms(answer_with(0, 1, 0), "MR") == Json::array());
  CHECK(alarms(answer_with(0, 1, 2), "MR") == Json::array({"blank_slices"}));
  CHECK(alarms(answer_with(0, 0, 10), "MR") == Json::array({"constant_tensor"}));
  Json radiograph = answer_with(0, 1, 0);
  radiograph["qc"]["corner_brightness"] = 0.8;
  CHECK(alarms(radiograph, "DX") == Json::array({"bright_corners"}));
  Json cropped = answer_with(0, 1, 0);
  cropped["trace"].push_back(step("CenterSpatialCrop", {1, 4, 10, 10}, {1, 1, 1}));
  CHECK(alarms(cropped, "MR") == Json::array({"mostly_cropped"}));
}

TEST_CASE("without numbers there is no record") {
  CHECK(qc_record("image", {{"shape", {1}}}, Json::object()).is_null());
}
