// Comparisons, groups and drift against scipy, statsmodels and numpy, from the golden file that
// tests/oracles/make_comparison_golden.py makes. All of it agrees to 1e-9.
#include <doctest/doctest.h>

#include "radbatch/base/json.hpp"
#include "radbatch/stats/difference.hpp"
#include "radbatch/stats/distribution_shift.hpp"
#include "radbatch/stats/group_balance.hpp"
#include "radbatch/stats/kolmogorov_smirnov.hpp"
#include "radbatch/stats/multiplicity.hpp"

using namespace radbatch;

namespace {

const Json& golden(const char* name) {
  static const Json all = read_json_file(RADBATCH_STATISTICS_DATA "/comparison.json");
  return all.at(name);
}

/// Within 1e-9, and where the number itself is small within 1e-9 of it.
void agrees(double ours, const Json& theirs) {
  const double wanted = theirs.get<double>();
  CHECK(std::abs(ours - wanted) <= 1e-9 * std::min(1.0, std::abs(wanted)) + 1e-15);
}

std::vector<double> values(const Json& list) {
  return list.get<std::vector<double>>();
}

std::vector<std::uint32_t> clusters(const Json& list) {
  return list.get<std::vector<std::uint32_t>>();
}

}  // namespace

TEST_CASE("McNemar's test as statsmodels gives it, and mid-p from scipy's binomial") {
  for (const Json& wanted : golden("mcnemar")) {
    const McnemarTest test = mcnemar(wanted["only_first"], wanted["only_second"]);
    if (!wanted.contains("exact_p")) {
      CHECK(test.mid_p == 1);
      CHECK_FALSE(test.chi_square);
      continue;
    }
    agrees(test.exact_p, wanted["exact_p"]);
    agrees(test.mid_p, wanted["mid_p"]);
    agrees(*test.chi_square, wanted["chi_square"]);
    agrees(*test.asymptotic_p, wanted["asymptotic_p"]);
  }
}

TEST_CASE("Newcombe's interval of paired shares") {
  for (const Json& wanted : golden("paired")) {
    const Json& table = wanted["table"];
    const Difference ours = paired_shares({table[0], table[1], table[2], table[3]});
    agrees(*ours.estimate.value, wanted["value"]);
    agrees(ours.estimate.interval->low, wanted["lower"]);
    agrees(ours.estimate.interval->high, wanted["upper"]);
  }
}

TEST_CASE("shares of independent groups: Newcombe's interval, Fisher's and the N-1 chi-squared test") {
  for (const Json& wanted : golden("independent")) {
    const Json& k = wanted["groups"];
    const TwoGroups groups{k[0], k[1], k[2], k[3]};
    const Difference ours = independent_shares(groups);
    agrees(ours.estimate.interval->low, wanted["lower"]);
    agrees(ours.estimate.interval->high, wanted["upper"]);
    agrees(fisher_exact_p(groups), wanted["fisher_p"]);
    agrees(*ours.p, wanted.contains("n_minus_1_p") ? wanted["n_minus_1_p"] : wanted["fisher_p"]);
  }
}

TEST_CASE("paired shares of patients with several units, after Obuchowski") {
  for (const Json& wanted : golden("clustered")) {
    std::vector<double> apart = values(wanted["first"]);
    for (std::size_t i = 0; i < apart.size(); ++i) apart[i] -= wanted["second"][i].get<double>();
    const Difference ours = clustered_paired(apart, clusters(wanted["cluster"]));
    agrees(*ours.estimate.value, wanted["value"]);
    agrees(*ours.standard_error, wanted["standard_error"]);
    agrees(ours.estimate.interval->low, wanted["lower"]);
    agrees(*ours.p, wanted["p"]);
  }
}

TEST_CASE("groups that share patients: the sandwich of statsmodels' least squares") {
  for (const Json& wanted : golden("clustered_groups")) {
    std::vector<bool> in_first;
    for (const Json& member : wanted["in_first"]) in_first.push_back(member == 1);
    const Difference ours = clustered_groups(values(wanted["values"]), in_first, clusters(wanted["cluster"]));
    agrees(*ours.estimate.value, wanted["value"]);
    agrees(*ours.standard_error, wanted["standard_error"]);
    agrees(*ours.p, wanted["p"]);
  }
}

TEST_CASE("Holm's adjustment as statsmodels makes it") {
  for (const Json& wanted : golden("holm")) {
    std::vector<std::optional<double>> p;
    for (const Json& value : wanted["p"]) p.emplace_back(value.get<double>());
    const auto adjusted = holm(p);
    for (std::size_t i = 0; i < p.size(); ++i) agrees(*adjusted[i], wanted["adjusted"][i]);
  }
}

TEST_CASE("Kolmogorov-Smirnov and Wasserstein as scipy gives them; ties by counting all splits") {
  for (const char* name : {"kolmogorov_smirnov", "tied"}) {
    for (const Json& wanted : golden(name)) {
      const auto first = values(wanted["first"]);
      const auto second = values(wanted["second"]);
      const KolmogorovSmirnov ours = kolmogorov_smirnov(first, second);
      agrees(ours.distance, wanted["distance"]);
      agrees(ours.p, wanted["p"]);
      agrees(wasserstein_distance(first, second), wanted["wasserstein"]);
    }
  }
}

TEST_CASE("Kolmogorov's limiting distribution as scipy gives it") {
  for (const Json& wanted : golden("kolmogorov"))
    agrees(kolmogorov_survival(wanted["x"]), wanted["survival"]);
}

TEST_CASE("the stability index by the reference's tenths") {
  for (const Json& wanted : golden("stability")) {
    const auto reference = values(wanted["reference"]);
    const auto bounds = quantile_bins(reference);
    const auto index =
        stability_index(count_in_bins(reference, bounds), count_in_bins(values(wanted["sample"]), bounds));
    agrees(index->value, wanted["value"]);
    agrees(*index->by_chance, wanted["by_chance"]);
  }
}

TEST_CASE("standardised differences and chi-squared") {
  for (const Json& wanted : golden("balance"))
    agrees(*standardised_difference(values(wanted["first"]), values(wanted["second"])), wanted["difference"]);
  for (const Json& wanted : golden("levels")) {
    const auto first = wanted["first"].get<std::vector<std::size_t>>();
    const auto second = wanted["second"].get<std::vector<std::size_t>>();
    agrees(*standardised_difference(first, second), wanted["difference"]);
    const auto test = chi_squared(first, second);
    agrees(test->statistic, wanted["statistic"]);
    agrees(test->p, wanted["p"]);
    agrees(test->smallest_expected, wanted["smallest_expected"]);
  }
}
