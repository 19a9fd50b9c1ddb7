#include "radbatch/stats/regression.hpp"

#include <doctest/doctest.h>

#include "golden_levels.hpp"
#include "radbatch/stats/intraclass.hpp"
#include "radbatch/stats/rank_correlation.hpp"

using namespace radbatch;

TEST_CASE("regression as scikit-learn and scipy have it") {
  for (const Json& golden : golden_levels()["regression"]) {
    const std::vector<double> x = numbers_of(golden["truth"]), y = numbers_of(golden["predicted"]);
    const RegressionNumbers ours = regression_numbers(x, y);
    CHECK(agrees(ours.mean_absolute_error, golden["mean_absolute_error"]));
    CHECK(agrees(ours.root_mean_squared_error, golden["root_mean_squared_error"]));
    CHECK(agrees(ours.r_squared, golden["r_squared"]));
    CHECK(agrees(ours.bias, golden["bias"]));
    CHECK(agrees(ours.difference_sd, golden["difference_sd"]));
    CHECK(agrees(ours.pearson, golden["pearson"]));
    CHECK(agrees(ours.concordance, golden["concordance"]));
    CHECK(agrees(ours.icc_agreement, golden["intraclass"]["agreement"]));
    CHECK(agrees(ours.icc_consistency, golden["intraclass"]["consistency"]));
  }
}

TEST_CASE("intervals of regression as scipy has them") {
  for (const Json& golden : golden_levels()["regression"]) {
    const std::vector<double> x = numbers_of(golden["truth"]), y = numbers_of(golden["predicted"]);
    const RegressionNumbers ours = regression_numbers(x, y);
    CHECK(agrees(pearson_interval(*ours.pearson, x.size(), 0.95), golden["pearson_interval"]));
    CHECK(agrees(concordance_interval(x, y, 0.95), golden["concordance_interval"]));
    CHECK(agrees(bias_interval(*ours.bias, *ours.difference_sd, x.size(), 0.95), golden["bias_interval"]));
    const LimitsOfAgreement limits = limits_of_agreement(*ours.bias, *ours.difference_sd, x.size(), 0.95);
    CHECK(agrees(limits.low.value, golden["limits"]["low"]));
    CHECK(agrees(limits.high.value, golden["limits"]["high"]));
    CHECK(agrees(limits.low.interval, golden["limits"]["low_interval"]));
    CHECK(agrees(limits.high.interval, golden["limits"]["high_interval"]));
  }
}

TEST_CASE("correlations of ranks with ties as scipy has them") {
  for (const Json& golden : golden_levels()["regression"]) {
    const std::vector<double> x = numbers_of(golden["truth"]), y = numbers_of(golden["predicted"]);
    const std::optional<double> rho = Spearman(x, y).correlation(), tau = kendall_tau_b(x, y);
    CHECK(agrees(rho, golden["spearman"]));
    CHECK(agrees(tau, golden["kendall"]));
    CHECK(agrees(spearman_interval(*rho, x.size(), 0.95), golden["spearman_interval"]));
    CHECK(agrees(kendall_interval(*tau, x.size(), 0.95), golden["kendall_interval"]));
  }
}

TEST_CASE("a pair of weight 2 counts as two pairs") {
  const std::vector<double> x{1, 4, 2, 8}, y{2, 3, 2, 9}, weights{1, 2, 0, 3};
  const std::vector<double> often_x{1, 4, 4, 8, 8, 8}, often_y{2, 3, 3, 9, 9, 9};
  const RegressionNumbers weighted = regression_numbers(x, y, weights);
  const RegressionNumbers repeated = regression_numbers(often_x, often_y);
  CHECK(*weighted.icc_agreement == doctest::Approx(*repeated.icc_agreement).epsilon(1e-12));
  CHECK(*weighted.r_squared == doctest::Approx(*repeated.r_squared).epsilon(1e-12));
  CHECK(*Spearman(x, y).correlation(weights) ==
        doctest::Approx(*Spearman(often_x, often_y).correlation()).epsilon(1e-12));
}

TEST_CASE(
    "intraclass correlations and their intervals: Shrout and Fleiss 1979, table 2, and random numbers") {
  for (const Json& golden : golden_levels()["intraclass"]) {
    const Intraclass ours = intraclass(numbers_of(golden["ratings"]), golden["n_raters"]);
    CHECK(agrees(ours.agreement.value, golden["agreement"]));
    CHECK(agrees(ours.agreement.interval, golden["agreement_interval"]));
    CHECK(agrees(ours.consistency.value, golden["consistency"]));
    CHECK(agrees(ours.consistency.interval, golden["consistency_interval"]));
  }
  // As printed in the paper, pages 423 and 424.
  const Intraclass paper = intraclass(numbers_of(golden_levels()["intraclass"][0]["ratings"]), 4);
  CHECK(*paper.agreement.value == doctest::Approx(0.29).epsilon(0.01));
  CHECK(*paper.consistency.value == doctest::Approx(0.71).epsilon(0.01));
}

TEST_CASE("numbers that do not vary, one pair and none have no correlation") {
  const std::vector<double> none, one{3}, same{2, 2, 2}, other{1, 2, 3};
  CHECK_FALSE(regression_numbers(none, none).mean_absolute_error);
  CHECK(*regression_numbers(one, one).mean_absolute_error == 0);
  CHECK_FALSE(regression_numbers(one, one).difference_sd);
  CHECK_FALSE(regression_numbers(same, other).r_squared);
  CHECK_FALSE(regression_numbers(same, other).pearson);
  CHECK_FALSE(regression_numbers(same, same).concordance);
  CHECK_FALSE(Spearman(same, other).correlation());
  CHECK_FALSE(Spearman(none, none).correlation());
  CHECK_FALSE(kendall_tau_b(other, same));
  CHECK_FALSE(kendall_tau_b(none, none));
  CHECK(intraclass(one, 1).agreement.why_not == "fewer than two targets");
  CHECK(intraclass(std::vector<double>{2, 2, 2, 2}, 2).agreement.why_not == "nothing varies");
  CHECK(limits_of_agreement(0, 0, 1, 0.95).low.why_not == "fewer than two pairs");
}

TEST_CASE("raters that differ by a constant agree in consistency, without an interval") {
  const Intraclass shifted = intraclass(std::vector<double>{1, 2, 2, 3, 5, 6}, 2);
  CHECK(*shifted.consistency.value == 1);
  CHECK_FALSE(shifted.consistency.interval);
  CHECK(shifted.consistency.why_not == "the raters differ by a constant only: no residual variance");
}

TEST_CASE("the exact interval of a limit of agreement goes over into the approximate one") {
  const LimitsOfAgreement exact = limits_of_agreement(0, 1, 1000, 0.95);
  const LimitsOfAgreement approximate = limits_of_agreement(0, 1, 1001, 0.95);
  CHECK(exact.high.interval->method == "Carkeet, noncentral t");
  CHECK(approximate.high.interval->method == "Bland and Altman 1999");
  CHECK(std::abs(exact.high.interval->low - approximate.high.interval->low) < 0.005);
  CHECK(std::abs(exact.high.interval->high - approximate.high.interval->high) < 0.005);
}

TEST_CASE("Kendall's tau of a table is that of its units") {
  const std::vector<double> table{3, 1, 0, 2, 4, 1}, x{0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1},
      y{0, 0, 0, 1, 0, 0, 1, 1, 1, 1, 2};
  CHECK(*kendall_tau_b(table, std::size_t{3}) == doctest::Approx(*kendall_tau_b(x, y)).epsilon(1e-12));
  CHECK_FALSE(kendall_tau_b(std::vector<double>(9), std::size_t{3}));
  CHECK_FALSE(kendall_tau_b(std::vector<double>{5, 2, 0, 0}, std::size_t{2}));
}

TEST_CASE("limits of agreement of few pairs have bounds") {
  // scipy.stats.nct.ppf([.025, .975], 1, norm.ppf(.975) * sqrt(2)) / sqrt(2)
  const LimitsOfAgreement two = limits_of_agreement(0, 1, 2, 0.95);
  CHECK(two.high.interval->low == doctest::Approx(0.5226052233909156).epsilon(1e-9));
  CHECK(two.high.interval->high == doctest::Approx(62.5576485193529).epsilon(1e-7));
}
