// Published examples, and what has no answer.
#include <doctest/doctest.h>

#include <cmath>

#include "radbatch/stats/difference.hpp"
#include "radbatch/stats/distribution_shift.hpp"
#include "radbatch/stats/group_balance.hpp"
#include "radbatch/stats/kolmogorov_smirnov.hpp"
#include "radbatch/stats/multiplicity.hpp"
#include "radbatch/stats/score_agreement.hpp"

using namespace radbatch;

TEST_CASE("complete response before and after consolidation: Cavo 2012 as Fagerland's book works it out") {
  // Fagerland, Lydersen and Laake, Statistical Analysis of Contingency Tables, CRC 2017, chapter 8:
  // -0.0621 (95 % -0.1186 to -0.0046)
  const Difference difference = paired_shares({59, 6, 16, 80});
  CHECK(*difference.estimate.value == doctest::Approx(-0.0621).epsilon(0.0005));
  CHECK(difference.estimate.interval->low == doctest::Approx(-0.1186).epsilon(0.0005));
  CHECK(difference.estimate.interval->high == doctest::Approx(-0.0046).epsilon(0.01));
  CHECK(difference.test == "McNemar, exact mid-p");
  CHECK(paired_shares({59, 16, 30, 80}).test == "McNemar, chi-squared");
}

TEST_CASE("Holm's own step-down: ties and the cap at 1, missing ones left alone") {
  const std::vector<std::optional<double>> p{0.6, std::nullopt, 0.01, 0.4};
  const auto adjusted = holm(p);
  CHECK(*adjusted[2] == doctest::Approx(0.03));
  CHECK(*adjusted[3] == doctest::Approx(0.8));
  CHECK(*adjusted[0] == doctest::Approx(0.8));
  CHECK_FALSE(adjusted[1]);
  CHECK(holm({}).empty());
}

TEST_CASE("a difference without units says why") {
  CHECK(paired_shares({}).estimate.why_not == "no unit was rated by both");
  CHECK(independent_shares({3, 4, 0, 0}).estimate.why_not == "one of the two groups is empty");
  CHECK(clustered_paired({}, {}).estimate.why_not == "no unit was rated by both");
  const std::vector<double> values{1, 0};
  const std::vector<std::uint32_t> one{7, 7};
  CHECK(clustered_paired(values, one).estimate.why_not == "all units are of one patient");
  CHECK(*clustered_paired(values, one).estimate.value == 0.5);
  CHECK(clustered_groups(values, {true, true}, one).estimate.why_not == "one of the two groups is empty");
  CHECK(clustered_groups(values, {true, false}, one).estimate.why_not == "all units are of one patient");
}

TEST_CASE("ratings that are all alike differ by 0 and have no clustered test") {
  const std::vector<double> none{0, 0, 0};
  const std::vector<std::uint32_t> cluster{0, 0, 1};
  const Difference difference = clustered_paired(none, cluster);
  CHECK(*difference.estimate.value == 0);
  CHECK_FALSE(difference.p);
  CHECK(difference.estimate.why_not == "the two do not differ in any patient");
}

TEST_CASE("units that are clusters of one give the variance of independent pairs") {
  std::vector<double> apart;
  std::vector<std::uint32_t> cluster;
  for (std::uint32_t i = 0; i < 161; ++i) {
    apart.push_back(i < 6 ? 1 : i < 22 ? -1 : 0);
    cluster.push_back(i);
  }
  const double n = 161;
  const double mean = -10 / n;
  const Difference difference = clustered_paired(apart, cluster);
  CHECK(*difference.standard_error == doctest::Approx(std::sqrt((22 - n * mean * mean) / (n - 1) / n)));
}

TEST_CASE("samples that are the same do not differ, and separate ones differ as much as can be") {
  const std::vector<double> a{1, 2, 3, 4, 5};
  const std::vector<double> far{11, 12, 13, 14, 15};
  CHECK(kolmogorov_smirnov(a, a).distance == 0);
  CHECK(kolmogorov_smirnov(a, a).p == 1);
  CHECK(kolmogorov_smirnov(a, far).distance == 1);
  CHECK(kolmogorov_smirnov(a, far).p == doctest::Approx(2.0 / 252));  // 2 of the 10 over 5 splits
  CHECK(wasserstein_distance(a, far) == 10);
  CHECK(wasserstein_distance(a, a) == 0);
}

TEST_CASE("large samples take the limiting distribution and say so") {
  std::vector<double> a, b;
  for (int i = 0; i < 3000; ++i) {
    a.push_back(i);
    b.push_back(i + 0.5);
  }
  CHECK(kolmogorov_smirnov(a, b).method == "limiting distribution");
  CHECK(kolmogorov_smirnov(a, b).p > 0.999);
}

TEST_CASE("a reference of one value shows a shift to either side of it") {
  const std::vector<double> reference(20, 0.5);
  const auto bounds = quantile_bins(reference);
  REQUIRE(bounds.size() == 2);
  const std::vector<double> mixed{0.2, 0.5, 0.7};
  CHECK(count_in_bins(mixed, bounds) == std::vector<std::size_t>{1, 1, 1});
  CHECK(count_in_bins(reference, bounds) == std::vector<std::size_t>{0, 20, 0});
}

TEST_CASE("a stability index needs units on both sides, and counts only bins that hold some") {
  const std::vector<std::size_t> none{0, 0, 0};
  const std::vector<std::size_t> one{0, 4, 0};
  const std::vector<std::size_t> two{0, 4, 4};
  CHECK_FALSE(stability_index(none, one));
  CHECK(stability_index(one, one)->value == 0);
  CHECK(stability_index(one, one)->n_bins == 1);
  CHECK_FALSE(stability_index(one, one)->by_chance);
  // (1 - 0.5) ln(1 / 0.5) + (0.5/4 - 0.5) ln((0.5/4) / 0.5), the empty bin as half of a unit
  CHECK(stability_index(two, one)->value ==
        doctest::Approx(0.5 * std::log(2.0) + (0.125 - 0.5) * std::log(0.25)));
}

TEST_CASE("groups without spread have no standardised difference, unless they are equal") {
  const std::vector<double> ones{1, 1, 1};
  const std::vector<double> twos{2, 2};
  CHECK_FALSE(standardised_difference(ones, twos));
  CHECK(*standardised_difference(ones, ones) == 0);
  const std::vector<double> lonely{1};
  CHECK_FALSE(standardised_difference(lonely, ones));
  const std::vector<std::size_t> first{5, 0};
  const std::vector<std::size_t> second{0, 5};
  CHECK_FALSE(standardised_difference(first, second));
  CHECK(*standardised_difference(first, first) == 0);
  CHECK_FALSE(chi_squared(first, first));
}

TEST_CASE("agreement of two scores by hand") {
  const std::vector<double> a{1, 2, 4};
  const std::vector<double> b{1, 3, 2};
  const ScoreAgreement pair = score_agreement(a, b);  // differences 0, -1, 2
  CHECK(*pair.largest == 2);
  CHECK(*pair.mean_absolute == doctest::Approx(1));
  CHECK(*pair.bias == doctest::Approx(1.0 / 3));
  CHECK(*pair.spread == doctest::Approx(std::sqrt(7.0 / 3)));
  CHECK(*pair.high == doctest::Approx(1.0 / 3 + 1.96 * std::sqrt(7.0 / 3)));
  // deviations -4/3, -1/3, 5/3 and -1, 1, 0: products add to 1, squares to 14/3 and 2
  CHECK(*pair.pearson == doctest::Approx(1 / std::sqrt(28.0 / 3)));
  CHECK(*pair.concordance == doctest::Approx(2.0 / 3 / (14.0 / 9 + 2.0 / 3 + 1.0 / 9)));
}

TEST_CASE("agreement of scores that do not vary, of one and of none") {
  const std::vector<double> flat{0.5, 0.5};
  CHECK_FALSE(score_agreement(flat, flat).pearson);
  CHECK_FALSE(score_agreement(flat, flat).concordance);
  CHECK(*score_agreement(flat, flat).spread == 0);
  CHECK_FALSE(score_agreement(std::vector<double>{1}, std::vector<double>{2}).spread);
  CHECK_FALSE(score_agreement({}, {}).bias);
}
