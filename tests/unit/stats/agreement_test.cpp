#include "radbatch/stats/agreement.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace radbatch;

namespace {
// Fleiss, Statistical Methods for Rates and Proportions, 3rd edition 2003, table 18.1: 100 patients, two
// raters, psychotic/neurotic/organic.
const std::vector<double> diagnoses{75, 1, 4, 5, 4, 1, 0, 0, 10};
}  // namespace

TEST_CASE("kappa of a published table, with its standard error") {
  const Estimate unweighted = kappa(diagnoses, 3);
  CHECK(*unweighted.value == doctest::Approx(0.68).epsilon(0.01));
  CHECK(unweighted.n == 100);
  CHECK(*kappa_standard_error(diagnoses, 3) == doctest::Approx(0.087).epsilon(0.02));
}

TEST_CASE("kappa weights distances of ordered classes") {
  const std::vector<double> near{10, 5, 0, 5, 5, 5, 0, 5, 10};
  CHECK(*kappa_value(near, 3, KappaWeights::quadratic) > *kappa_value(near, 3, KappaWeights::linear));
  CHECK(*kappa_value(near, 3, KappaWeights::linear) > *kappa_value(near, 3, KappaWeights::none));
  const std::vector<double> two{20, 5, 10, 15};
  CHECK(*kappa_value(two, 2, KappaWeights::linear) == doctest::Approx(*kappa_value(two, 2)));
}

TEST_CASE("kappa says when chance alone would agree") {
  CHECK(kappa(std::vector<double>{9, 0, 0, 0}, 2).why_not == "all cases are of one class, for both");
  CHECK(kappa(std::vector<double>(9), 3).why_not == "there are no cases");
  const Estimate complete = kappa(std::vector<double>{5, 0, 0, 5}, 2);
  CHECK(*complete.value == 1.0);
  CHECK(complete.why_not == "the large-sample standard error is zero");
}
