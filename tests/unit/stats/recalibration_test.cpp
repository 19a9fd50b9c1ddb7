#include <random>

#include "calibration_golden.hpp"
#include "radbatch/stats/isotonic.hpp"
#include "radbatch/stats/logistic_fit.hpp"
#include "radbatch/stats/temperature.hpp"

using namespace radbatch;
using radbatch::testing::agrees;
using radbatch::testing::CalibrationGolden;

TEST_CASE("calibration slope and intercept with errors as statsmodels gives them") {
  const CalibrationGolden golden;
  const Json& theirs = golden.json["recalibration"]["both"];
  const LogisticFit fit = fit_logistic(log_odds(golden.scores), as_targets(golden.positive));
  agrees({fit.intercept, fit.slope}, theirs["values"]);
  agrees({fit.intercept_error(), fit.slope_error()}, theirs["errors"]);
  agrees(fit.covariance[0][1], theirs["covariance"]);
}

TEST_CASE("errors by patient are statsmodels' sandwich") {
  const CalibrationGolden golden;
  const Json& theirs = golden.json["recalibration"];
  const std::vector<double> odds = log_odds(golden.scores);
  const LogisticFit fit = fit_logistic(odds, as_targets(golden.positive), golden.cluster);
  agrees({fit.intercept_error(), fit.slope_error()}, theirs["both"]["clustered_errors"]);
  const LogisticFit large = fit_intercept(odds, as_targets(golden.positive), golden.cluster);
  agrees(large.intercept, theirs["in_the_large"]["values"][0]);
  agrees(large.intercept_error(), theirs["in_the_large"]["clustered_errors"][0]);
}

TEST_CASE("a fit without a finite maximum says why") {
  const std::vector<double> x{-1, 0, 1, 2};
  const auto why = [&](const std::vector<double>& truth) { return fit_logistic(x, truth).why_not; };
  CHECK(why({0, 0, 1, 1}) == "the scores separate the classes: the slope has no finite estimate");
  CHECK(why({1, 1, 0, 0}) == "the scores separate the classes: the slope has no finite estimate");
  CHECK(why({0, 0, 0, 0}) == "no case has the finding");
  CHECK(why({1, 1, 1, 1}) == "every case has the finding");
  CHECK(fit_logistic({}, {}).why_not == "there are no labelled cases");
  const std::vector<double> tied{1, 1, 1, 1};
  CHECK(fit_logistic(tied, std::vector<double>{0, 1, 0, 1}).why_not == "all scores are equal");
  const std::vector<double> touching{-1, 0, 0, 2};
  CHECK(fit_logistic(touching, std::vector<double>{0, 0, 1, 1}).why_not ==
        "the scores separate the classes: the slope has no finite estimate");
  CHECK(fit_logistic(x, std::vector<double>{0, 1, 0, 1}).why_not.empty());
}

TEST_CASE("certain scores are held off the ends") {
  CHECK(log_odds(0) == doctest::Approx(-18.420680733952367));
  CHECK(log_odds(1) == doctest::Approx(18.420680733952367));
  CHECK(log_odds(0.5) == 0);
}

TEST_CASE("recalibrating recalibrated scores changes nothing") {
  std::mt19937 generator(3);
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> uniform;
  for (int round = 0; round < 20; ++round) {
    std::vector<double> x, truth;
    for (int i = 0; i < 400; ++i) {
      x.push_back(3 * normal(generator) + round - 10);
      truth.push_back(uniform(generator) < logistic(0.4 * x.back() + 1) ? 1 : 0);
    }
    const LogisticFit first = fit_logistic(x, truth);
    REQUIRE(first.why_not.empty());
    for (double& value : x) value = first.intercept + first.slope * value;
    const LogisticFit second = fit_logistic(x, truth);
    CHECK(second.slope == doctest::Approx(1).epsilon(1e-9));
    CHECK(std::abs(second.intercept) < 1e-8);
  }
}

TEST_CASE("Platt with the targets of Lin et al., minimised by scipy") {
  const CalibrationGolden golden;
  std::vector<double> targets;
  double n_positive = 0;
  for (const bool truth : golden.positive) n_positive += truth ? 1 : 0;
  const double n_negative = static_cast<double>(golden.positive.size()) - n_positive;
  for (const bool truth : golden.positive)
    targets.push_back(truth ? (n_positive + 1) / (n_positive + 2) : 1 / (n_negative + 2));
  const LogisticFit fit = fit_logistic(log_odds(golden.scores), targets);
  agrees({fit.intercept, fit.slope}, golden.json["platt"]);
}

TEST_CASE("temperatures are scipy's minima") {
  const CalibrationGolden golden;
  const Json& theirs = golden.json["temperature"];
  agrees(fit_slope(log_odds(golden.scores), as_targets(golden.positive)).slope, theirs["binary_slope"]);
  const auto probabilities = theirs["classes"]["probabilities"].get<std::vector<std::vector<double>>>();
  const auto truth = theirs["classes"]["truth"].get<std::vector<std::uint32_t>>();
  agrees(fit_temperature(probabilities, truth).slope, theirs["classes"]["slope"]);
  agrees(log_loss(golden.scores, golden.positive), golden.json["log_loss"]);
}

TEST_CASE("two classes have the temperature of the binary score") {
  const CalibrationGolden golden;
  std::vector<std::vector<double>> probabilities(2);
  std::vector<std::uint32_t> truth;
  for (std::size_t i = 0; i < golden.scores.size(); ++i) {
    probabilities[0].push_back(1 - golden.scores[i]);
    probabilities[1].push_back(golden.scores[i]);
    truth.push_back(golden.positive[i] ? 1 : 0);
  }
  agrees(fit_temperature(probabilities, truth).slope, golden.json["temperature"]["binary_slope"]);
}

TEST_CASE("temperatures that do not exist say why") {
  const std::vector<std::vector<double>> sure{{0.9, 0.2}, {0.1, 0.8}};
  CHECK(fit_temperature(sure, std::vector<std::uint32_t>{0, 1}).why_not.starts_with("every case's highest"));
  CHECK(
      fit_temperature(sure, std::vector<std::uint32_t>{1, 0}).why_not.starts_with("the true class does not"));
  CHECK(fit_temperature({}, {}).why_not == "there are no labelled cases");
  CHECK_FALSE(fit_slope(std::vector<double>{-1, 1}, std::vector<double>{0, 1}).why_not.empty());
}

TEST_CASE("isotonic regression has scikit-learn's thresholds, with ties and weights too") {
  const CalibrationGolden golden;
  const IsotonicFit fit = fit_isotonic(golden.scores, as_targets(golden.positive));
  agrees(fit.x, golden.json["smooth"]["isotonic_x"]);
  agrees(fit.y, golden.json["smooth"]["isotonic_y"]);
  std::vector<double> values;
  for (const double place : golden.json["smooth"]["at"].get<std::vector<double>>())
    values.push_back(fit.at(place));
  agrees(values, golden.json["smooth"]["isotonic_at"]);

  const Json& ties = golden.json["isotonic_ties"];
  const IsotonicFit weighted =
      fit_isotonic(ties["x"].get<std::vector<double>>(), ties["y"].get<std::vector<double>>(),
                   ties["weights"].get<std::vector<double>>());
  agrees(weighted.x, ties["x_thresholds"]);
  agrees(weighted.y, ties["y_thresholds"]);
}

TEST_CASE("isotonic regression of one value, and of none") {
  const std::vector<double> one{0.4};
  CHECK(fit_isotonic(one, std::vector<double>{1}).at(0.9) == 1);
  CHECK(fit_isotonic({}, {}).x.empty());
}
