#include "radbatch/stats/binary_metrics.hpp"

#include <doctest/doctest.h>

#include "error_text.hpp"
#include "radbatch/stats/threshold_choice.hpp"

using namespace radbatch;

namespace {

DecidedUnits units_of(std::size_t tp, std::size_t fp, std::size_t tn, std::size_t fn) {
  DecidedUnits units;
  auto add = [&](std::size_t n, bool truth, bool decision) {
    units.truth.insert(units.truth.end(), n, truth);
    units.decision.insert(units.decision.end(), n, decision);
  };
  add(tp, true, true);
  add(fp, false, true);
  add(tn, false, false);
  add(fn, true, false);
  return units;
}

Estimate metric(const DecidedUnits& units, BinaryMetric which) {
  const auto all = binary_metrics(units, {.n_resamples = 500});
  for (std::size_t m = 0; m < all.size(); ++m)
    if (ALL_BINARY_METRICS[m] == which) return all[m];
  return {};
}

}  // namespace

// Simel, Samsa and Matchar 1991: LR+ 2.4 of 80 % sensitivity and 67 % specificity among 100 and 100.
TEST_CASE("a likelihood ratio's interval is symmetric on the log scale") {
  const Estimate ratio = metric(units_of(80, 33, 67, 20), BinaryMetric::positive_likelihood_ratio);
  CHECK(*ratio.value == doctest::Approx(0.80 / 0.33));
  CHECK(ratio.interval->low * ratio.interval->high == doctest::Approx(*ratio.value * *ratio.value));
}

TEST_CASE("what is not defined says why, and is never a number") {
  CHECK(metric(units_of(0, 0, 9, 1), BinaryMetric::precision).why_not == "no case is called positive");
  CHECK(metric(units_of(1, 9, 0, 0), BinaryMetric::negative_predictive_value).why_not ==
        "no case is called negative");
  CHECK(metric(units_of(4, 0, 6, 1), BinaryMetric::positive_likelihood_ratio).why_not ==
        "no false positives: the ratio is infinite");
  CHECK(metric(units_of(0, 0, 5, 0), BinaryMetric::sensitivity).why_not == "no case has the finding");
  CHECK(metric(units_of(5, 0, 0, 0), BinaryMetric::mcc).why_not == "every case has the finding");
  CHECK(metric(units_of(0, 0, 6, 4), BinaryMetric::mcc).why_not == "all cases are called alike");
  CHECK(metric(units_of(0, 0, 6, 0), BinaryMetric::f1).why_not ==
        "all cases are of one class, for truth and decision");
  for (const BinaryMetric which : ALL_BINARY_METRICS)
    CHECK(metric({}, which).why_not == "there are no cases with truth and decision");
}

TEST_CASE("one unit has proportions and no resamples") {
  const DecidedUnits one = units_of(1, 0, 0, 0);
  CHECK(*metric(one, BinaryMetric::sensitivity).value == 1);
  CHECK(metric(one, BinaryMetric::f1).why_not == "there is nothing to draw from: only one of cases");
}

TEST_CASE("copies of units are not more evidence when they are clusters") {
  DecidedUnits single = units_of(8, 3, 12, 2), doubled = units_of(16, 6, 24, 4);
  for (std::uint32_t i = 0; i < doubled.size(); ++i) doubled.cluster.push_back(i / 2);
  const Interval alone = *metric(single, BinaryMetric::sensitivity).interval;
  const Interval copies = *metric(doubled, BinaryMetric::sensitivity).interval;
  // K / (K - 1) makes the clustered one a little wider.
  CHECK(copies.low == doctest::Approx(alone.low).epsilon(0.05));
  CHECK(copies.low < alone.low);
  CHECK(copies.method == "Wilson, clustered by patient");
}

TEST_CASE("a threshold's aim is read, and what is none is refused with a hint") {
  CHECK(describe(parse_threshold_aim("sens=0.95")) == "sensitivity 0.95");
  CHECK(describe(parse_threshold_aim("youden")) == "largest Youden index");
  CHECK(
      test::error_of([] { parse_threshold_aim("best"); }) ==
      "2: 'best' names nothing that a threshold can be chosen for [use sens=0.95, spec=0.95, youden or f1]");
  CHECK(test::error_of([] { parse_threshold_aim("sens=95"); }) ==
        "2: expected a number above 0 and up to 1 in 'sens=95' [use sens=0.95]");
}

TEST_CASE("no threshold without both classes; a specificity beyond all scores is reached above them") {
  const std::vector<double> scores{.1, .5, .9};
  CHECK_FALSE(choose_threshold(rank_scores(scores, {true, true, true}), {}));
  const auto above =
      choose_threshold(rank_scores(scores, {true, true, false}), {ThresholdAim::Kind::specificity, 1});
  CHECK(above->threshold > 0.9);
  CHECK(above->sensitivity == 0);
}
