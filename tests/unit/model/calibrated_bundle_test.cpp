#include "radbatch/model/calibrated_bundle.hpp"

#include <doctest/doctest.h>

#include "example_bundle.hpp"

using namespace radbatch;
using radbatch::testing::BundleFolder;
using radbatch::testing::example_sidecar;
using radbatch::testing::message_of;

namespace {

/// A multi-label head "lung" with thresholds of 0.4 for both findings.
Json two_labels() {
  Json sidecar = example_sidecar();
  sidecar["heads"][0] = {{"name", "lung"},
                         {"kind", "multi-label"},
                         {"activation", "sigmoid"},
                         {"findings", {{{"name", "Effusion"}}, {{"name", "Mass"}}}},
                         {"thresholds", {{"effusion", 0.4}, {"mass", 0.4}}},
                         {"threshold_source", "Youden"}};
  return sidecar;
}

HeadCalibration platt() {
  HeadCalibration calibration{"lung", CalibrationKind::platt, {}, "412 cases where split==\"val\""};
  calibration.curves.resize(2);
  calibration.curves[0].slope = 0.517;
  calibration.curves[0].intercept = -0.25;
  return calibration;
}

}  // namespace

TEST_CASE("a calibrated bundle loads and gives the same numbers as the fit") {
  const BundleFolder source(two_labels());
  source.write("models/model.ts", "weights");
  const auto target = source.path.parent_path() / "calibrated-copy";
  const HeadCalibration fitted = platt();
  const std::vector<std::string> notes = write_calibrated_bundle(source.path, target, {fitted});
  const Bundle bundle = load_bundle(target);
  CHECK(bundle.version == "2.1+platt");
  CHECK(std::filesystem::exists(target / "models/model.ts"));
  CHECK(bundle.calibration.at(0).fitted_on == "412 cases where split==\"val\"");
  for (const double p : {0.0, 0.031, 0.4, 0.77, 1.0}) {
    const std::vector<double> scores{p, 1 - p};
    CHECK(calibrated(bundle.calibration[0], bundle.heads[0], scores) == calibrated(fitted, false, scores));
  }
  CHECK(*bundle.heads[0].findings[0].threshold ==
        calibrated(fitted, false, std::vector<double>{0.4, 0.4}).at(0));
  CHECK(bundle.heads[0].threshold_source == "Youden; moved along the calibration");
  CHECK(notes.at(0).starts_with("threshold of effusion: 0.4 became 0.38"));
  CHECK(message_of([&] {
          write_calibrated_bundle(source.path, target, {fitted});
        }).ends_with("is there already | name a new folder for the calibrated bundle"));
  CHECK(message_of([&] { write_calibrated_bundle(source.path, source.path / "inside", {fitted}); }) ==
        "the calibrated bundle would lie within the bundle that it is a copy of | name a folder beside it");
  std::filesystem::remove_all(target);
}

TEST_CASE("every kind of calibration survives being written and read") {
  const BundleFolder source(two_labels());
  HeadCalibration temperature{"lung", CalibrationKind::temperature, {{}}, {}};
  temperature.curves[0].slope = 1 / 1.37;
  HeadCalibration isotonic{"lung", CalibrationKind::isotonic, {{}, {}}, {}};
  isotonic.curves[0].x = {0.1, 0.2, 0.7};
  isotonic.curves[0].y = {0, 0.25, 0.9};
  isotonic.curves[1].x = isotonic.curves[1].y = {0, 1};
  for (const HeadCalibration& fitted : {temperature, isotonic}) {
    const auto target = source.path.parent_path() / "calibrated-kind";
    write_calibrated_bundle(source.path, target, {fitted});
    const Bundle bundle = load_bundle(target);
    const std::vector<double> scores{0.33, 0.61};
    const std::vector<double> read = calibrated(bundle.calibration.at(0), bundle.heads[0], scores);
    const std::vector<double> meant = calibrated(fitted, false, scores);
    CHECK(read[0] == doctest::Approx(meant[0]).epsilon(1e-15));
    CHECK(read[1] == doctest::Approx(meant[1]).epsilon(1e-15));
    std::filesystem::remove_all(target);
  }
}

TEST_CASE("a bundle that cannot be made leaves nothing behind") {
  const BundleFolder source(two_labels());
  HeadCalibration falling = platt();
  falling.curves[0].slope = -1;
  const auto target = source.path.parent_path() / "never";
  CHECK(message_of([&] { write_calibrated_bundle(source.path, target, {falling}); }) ==
        "radbatch.json: calibration.parameters.effusion.slope must be above 0: a calibration keeps the order "
        "of "
        "cases");
  CHECK_FALSE(std::filesystem::exists(target));
}

TEST_CASE("thresholds of a multi-class head stay, and this is said") {
  const BundleFolder source;
  HeadCalibration temperature{"lung", CalibrationKind::temperature, {{}}, {}};
  temperature.curves[0].slope = 0.5;
  const auto target = source.path.parent_path() / "multi-class";
  CHECK(write_calibrated_bundle(source.path, target, {temperature}).at(0) ==
        "head lung keeps its thresholds; they are of calibrated probabilities now: choose them anew");
  CHECK(calibratable_bundle(target).is_calibrated);
  CHECK(calibratable_bundle(source.path).heads.at(0).columns.at(2) == "p_pneumothorax");
  std::filesystem::remove_all(target);
}
