#include <random>

#include "calibration_golden.hpp"
#include "radbatch/stats/brier.hpp"
#include "radbatch/stats/calibration_intervals.hpp"
#include "radbatch/stats/clustered_error.hpp"
#include "radbatch/stats/smooth_calibration.hpp"

using namespace radbatch;
using radbatch::testing::agrees;
using radbatch::testing::CalibrationGolden;

namespace {

void check_bins(const CalibrationGolden& golden, Binning binning, const Json& theirs) {
  const ReliabilityBins bins = reliability_bins(golden.scores, golden.positive, binning, 10);
  std::vector<double> mean, frequency, n;
  for (const ReliabilityBin& bin : bins.bins) {
    mean.push_back(bin.mean_score);
    frequency.push_back(bin.frequency);
    n.push_back(bin.n);
  }
  agrees(mean, theirs["mean_score"]);
  agrees(frequency, theirs["frequency"]);
  agrees(n, theirs["n"]);
  agrees(expected_calibration_error(bins), theirs["ece"]);
  agrees(maximum_calibration_error(bins), theirs["mce"]);
  const BrierParts parts = brier_parts(golden.scores, golden.positive, bins);
  for (const auto& [ours, name] : {std::pair{parts.reliability, "reliability"},
                                   {parts.resolution, "resolution"},
                                   {parts.within_bin_variance, "within_bin_variance"},
                                   {parts.within_bin_covariance, "within_bin_covariance"}})
    agrees(ours, theirs[name]);
}

/// The clustered and the plain error of an estimate, from its interval.
double reach(const Estimate& estimate) {
  return (estimate.interval->high - estimate.interval->low) / 2 / normal_quantile(0.95);
}

}  // namespace

TEST_CASE("bins, their errors and the parts of Brier as scikit-learn and pandas give them") {
  const CalibrationGolden golden;
  check_bins(golden, Binning::equal_width, golden.json["uniform"]);
  check_bins(golden, Binning::equal_mass, golden.json["quantile"]);
}

TEST_CASE("the five parts of Brier always add up to it") {
  std::mt19937 generator(5);
  std::uniform_real_distribution<double> uniform;
  for (int round = 0; round < 50; ++round) {
    std::vector<double> scores;
    std::vector<bool> positive;
    for (int i = 0; i < 1 + 7 * round; ++i) {
      scores.push_back(round % 2 ? std::round(10 * uniform(generator)) / 10 : uniform(generator));
      positive.push_back(uniform(generator) < scores.back());
    }
    const Binning binning = round % 3 ? Binning::equal_width : Binning::equal_mass;
    const BrierParts parts =
        brier_parts(scores, positive, reliability_bins(scores, positive, binning, 1 + round % 12));
    CHECK(parts.brier == doctest::Approx(parts.reliability - parts.resolution + parts.uncertainty +
                                         parts.within_bin_variance - parts.within_bin_covariance)
                             .epsilon(1e-12));
  }
}

TEST_CASE("Murphy's three parts alone add up where the scores of a bin are equal") {
  // The worked example of Murphy (1973) has forecasts of few values; here 0.1 and 0.6 by hand:
  // reliability (4 (0.1 - 0.25)^2 + 2 (0.6 - 0.5)^2) / 6, resolution (4 (1/4 - 1/3)^2 + 2 (1/2 - 1/3)^2) / 6
  const std::vector<double> scores{0.1, 0.1, 0.1, 0.1, 0.6, 0.6};
  const std::vector<bool> positive{false, false, true, false, true, false};
  const BrierParts parts =
      brier_parts(scores, positive, reliability_bins(scores, positive, Binning::equal_width, 10));
  CHECK(parts.reliability == doctest::Approx((4 * 0.0225 + 2 * 0.01) / 6));
  CHECK(parts.resolution == doctest::Approx((4 / 144.0 + 2 / 36.0) / 6));
  CHECK(parts.uncertainty == doctest::Approx(2.0 / 9));
  CHECK(parts.within_bin_variance == doctest::Approx(0));
  CHECK(parts.brier == doctest::Approx(parts.reliability - parts.resolution + parts.uncertainty));
}

TEST_CASE("Brier and its kin with delta-method errors, plain and by patient") {
  const CalibrationGolden golden;
  const Json& theirs = golden.json["influence"];
  const std::vector<std::uint32_t> none;
  const Estimate plain = brier_score(golden.scores, golden.positive, none, 0.95);
  const Estimate brier = brier_score(golden.scores, golden.positive, golden.cluster, 0.95);
  agrees(*brier.value, golden.json["brier"]);
  agrees(reach(plain), theirs["brier"]["error"]);
  agrees(reach(brier), theirs["brier"]["clustered_error"]);
  CHECK(plain.interval->method == "normal");
  CHECK(brier.interval->method == "normal, clustered by patient");
  const Estimate scaled = scaled_brier(golden.scores, golden.positive, golden.cluster, 0.95);
  agrees(*scaled.value, theirs["scaled_brier"]["value"]);
  agrees(reach(scaled), theirs["scaled_brier"]["clustered_error"]);
  const Estimate ratio = observed_to_expected(golden.scores, golden.positive, golden.cluster, 0.95);
  agrees(std::log(*ratio.value), theirs["log_observed_to_expected"]["value"]);
  agrees(std::log(ratio.interval->high / *ratio.value) / normal_quantile(0.95),
         theirs["log_observed_to_expected"]["clustered_error"]);
}

TEST_CASE("LOESS: lines as statsmodels, parabolas as Cleveland's own program") {
  const CalibrationGolden golden;
  const Json& theirs = golden.json["smooth"];
  std::vector<std::size_t> order(golden.scores.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::sort(order, {}, [&](std::size_t i) { return golden.scores[i]; });
  std::vector<double> x, y;
  for (const std::size_t i : order) {
    x.push_back(golden.scores[i]);
    y.push_back(golden.positive[i] ? 1 : 0);
  }
  const auto at = theirs["at"].get<std::vector<double>>();
  agrees(loess(x, y, {}, at, {0.75, 1}), theirs["lines"]);
  agrees(loess(x, y, {}, at, {0.75, 2}), theirs["parabolas"]);
}

TEST_CASE("ICI, E50 and E90 from the LOESS curve") {
  const CalibrationGolden golden;
  const IntegratedErrors errors = integrated_errors(score_points(golden.scores, golden.positive), {});
  agrees(errors.ici, golden.json["smooth"]["ici"]);
  agrees(errors.e50, golden.json["smooth"]["e50"]);
  agrees(errors.e90, golden.json["smooth"]["e90"]);
}

TEST_CASE("a point with two units is a unit that is there twice") {
  const CalibrationGolden golden;
  ScorePoints weighted = score_points(golden.scores, golden.positive);
  std::vector<double> scores;
  std::vector<bool> positive;
  for (std::size_t i = 0; i < weighted.score.size(); ++i) {
    const auto times = static_cast<double>(i % 3);
    weighted.n[i] *= times;
    weighted.n_positive[i] *= times;
    for (std::size_t k = 0; k < i % 3; ++k) {
      scores.push_back(weighted.score[i]);
      positive.push_back(weighted.n_positive[i] > 0);
    }
  }
  for (const CurveKind kind : {CurveKind::loess, CurveKind::isotonic}) {
    const IntegratedErrors a = integrated_errors(weighted, {kind});
    const IntegratedErrors b = integrated_errors(score_points(scores, positive), {kind});
    CHECK(a.ici == doctest::Approx(b.ici).epsilon(1e-9));
    CHECK(a.e50 == doctest::Approx(b.e50).epsilon(1e-9));
    CHECK(a.e90 == doctest::Approx(b.e90).epsilon(1e-9));
  }
}

TEST_CASE("intervals: what is grouped for speed is within a hundredth of the exact numbers") {
  std::mt19937 generator(11);
  std::uniform_real_distribution<double> uniform;
  std::vector<double> scores;
  std::vector<bool> positive;
  std::vector<std::uint32_t> cluster;
  for (std::uint32_t i = 0; i < 3000; ++i) {
    scores.push_back(uniform(generator));
    positive.push_back(uniform(generator) < scores.back() * scores.back());
    cluster.push_back(i / 2);
  }
  const ReliabilityBins width = reliability_bins(scores, positive, Binning::equal_width, 10);
  const ReliabilityBins mass = reliability_bins(scores, positive, Binning::equal_mass, 10);
  const ScorePoints points = score_points(scores, positive);
  const std::vector<double> places = curve_places(points, 40);
  const std::vector<double> curve = calibration_curve(points, places, {});
  const IntegratedErrors exact = integrated_errors(points, {});
  BootstrapPlan plan;
  plan.n_resamples = 200;
  for (const std::vector<std::uint32_t>& by : {std::vector<std::uint32_t>{}, cluster}) {
    const CalibrationIntervals found =
        calibration_intervals(plan, {scores, positive, by, width, mass}, places, {});
    CHECK(*found.ece_equal_width.value == doctest::Approx(expected_calibration_error(width)).epsilon(1e-9));
    CHECK(*found.ece_equal_mass.value == doctest::Approx(expected_calibration_error(mass)).epsilon(1e-9));
    CHECK(*found.ici.value == doctest::Approx(exact.ici).epsilon(0.01));
    CHECK(*found.e90.value == doctest::Approx(exact.e90).epsilon(0.01));
    REQUIRE(found.curve.size() == places.size());
    for (std::size_t k = 0; k < places.size(); ++k) {
      CHECK(std::abs(*found.curve[k].value - curve[k]) < 0.002);
      CHECK(found.curve[k].interval->low <= curve[k] + 0.002);
    }
    CHECK(found.ici.interval->low < exact.ici);
    CHECK(found.ici.interval->high > exact.ici);
  }
}

TEST_CASE("a curve of very many scores is that of all of them") {
  ScorePoints points;
  for (int i = 0; i < 20000; ++i) {
    points.score.push_back(i / 20000.0);
    points.n.push_back(1);
    points.n_positive.push_back((i * 7919) % 20011 < i ? 1 : 0);
  }
  const std::vector<double> places{0.02, 0.3, 0.77, 0.99};
  const std::vector<double> grouped = calibration_curve(points, places, {});
  const std::vector<double> exact = loess(points.score, points.n_positive, points.n, places, {});
  for (std::size_t k = 0; k < places.size(); ++k) CHECK(std::abs(grouped[k] - exact[k]) < 1e-5);
}

TEST_CASE("places of a curve begin at the lowest score and end at the highest") {
  const ScorePoints points = score_points(std::vector<double>{0.2, 0.2, 0.3, 0.9}, {true, false, true, true});
  const std::vector<double> places = curve_places(points, 6);
  REQUIRE(places.size() == 3);
  CHECK(places.front() == 0.2);
  CHECK(places[1] == doctest::Approx(0.55));
  CHECK(places.back() == 0.9);
  CHECK(curve_places(score_points({}, {}), 6).empty());
}

TEST_CASE("LOESS of ties, of two points and of one") {
  const std::vector<double> at{0.2, 0.5};
  const std::vector<double> tied{0.2, 0.2, 0.2, 0.2}, truth{0, 1, 1, 0};
  CHECK(loess(tied, truth, {}, at, {}) == std::vector<double>{0.5, 0.5});
  const std::vector<double> two{0, 1}, ends{0, 1};
  CHECK(loess(two, ends, {}, std::vector<double>{0.5}, {1, 2})[0] == 0.5);
  const std::vector<double> one{0.3}, yes{1};
  CHECK(loess(one, yes, {}, at, {}) == std::vector<double>{1, 1});
  CHECK(std::isnan(loess({}, {}, {}, at, {})[0]));
}

TEST_CASE("LOESS does not depend on the order of equal scores") {
  const std::vector<double> x{0.1, 0.5, 0.5, 0.5, 0.5, 0.9}, at{0.1, 0.5, 0.7};
  const std::vector<double> y{0, 1, 1, 0, 0, 1}, turned{0, 0, 0, 1, 1, 1};
  CHECK(loess(x, y, {}, at, {0.5, 2}) == loess(x, turned, {}, at, {0.5, 2}));
}

TEST_CASE("degenerate samples have words instead of numbers") {
  const std::vector<std::uint32_t> none, same{4, 4};
  CHECK(brier_score({}, {}, none, 0.95).why_not == "there are no labelled cases");
  const std::vector<double> two{0.2, 0.4};
  CHECK(scaled_brier(two, {false, false}, none, 0.95).why_not == "no case has the finding");
  CHECK(brier_score(two, {false, true}, same, 0.95).why_not == "one patient gives no variance");
  CHECK(observed_to_expected(two, {false, false}, none, 0.95).why_not ==
        "no case has the finding: the logarithm of the ratio has no interval");
  const std::vector<double> zero{0, 0};
  CHECK_FALSE(observed_to_expected(zero, {false, true}, none, 0.95).value);
}
