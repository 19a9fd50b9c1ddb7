#include "radbatch/model/conformal.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <random>

#include "example_bundle.hpp"

using namespace radbatch;
using radbatch::testing::message_of;

namespace {

const std::vector<double> ten{.12, .55, .31, .97, .08, .44, .63, .2, .71, .39};

/// Three classes whose true one is drawn from the probabilities themselves: a perfectly honest model.
struct Drawn {
  std::vector<double> probabilities;
  std::size_t label = 0;
};

Drawn draw(std::mt19937_64& random) {
  std::vector<double> p(3);
  double sum = 0;
  for (double& value : p) sum += value = std::exponential_distribution<double>()(random);
  for (double& value : p) value /= sum;
  return {p, std::discrete_distribution<std::size_t>(p.begin(), p.end())(random)};
}

/// Share of new cases whose set holds the true label.
double coverage(ConformalMethod method, double alpha, int calibration_cases, int new_cases) {
  std::mt19937_64 random(7);
  std::vector<double> scores;
  for (int i = 0; i < calibration_cases; ++i) {
    const Drawn one = draw(random);
    scores.push_back(conformal_scores(method, one.probabilities)[one.label]);
  }
  const double threshold = conformal_threshold(scores, alpha);
  int covered = 0;
  for (int i = 0; i < new_cases; ++i) {
    const Drawn one = draw(random);
    const auto set = conformal_set(method, threshold, one.probabilities);
    covered += std::ranges::find(set, one.label) != set.end() ? 1 : 0;
  }
  return covered / static_cast<double>(new_cases);
}

}  // namespace

TEST_CASE("scores: LAC is 1 - p, APS the probabilities down to the label") {
  const std::vector<double> p{0.25, 0.5, 0.25};
  CHECK(conformal_scores(ConformalMethod::lac, p) == std::vector<double>{0.75, 0.5, 0.75});
  CHECK(conformal_scores(ConformalMethod::aps, p) == std::vector<double>{0.75, 0.5, 1.0});
}

TEST_CASE("the threshold is the ceil((n + 1)(1 - alpha))-th smallest score, as numpy sorts them") {
  CHECK(conformal_threshold(ten, 0.1) == 0.97);
  CHECK(conformal_threshold(ten, 0.2) == 0.71);
  CHECK(conformal_threshold(ten, 0.3) == 0.63);
  CHECK(conformal_threshold(std::vector<double>(ten.begin(), ten.begin() + 9), 0.1) == 0.97);
}

TEST_CASE("too few cases: the least number is named") {
  CHECK(least_calibration_cases(0.1) == 9);
  CHECK(least_calibration_cases(0.05) == 19);
  CHECK(least_calibration_cases(0.3) == 3);
  CHECK(message_of([] { conformal_threshold(std::vector<double>(8, 0.5), 0.1); }) ==
        "8 calibration cases are too few for alpha 0.1 | at least 9 are needed, or a larger --alpha");
  CHECK(conformal_threshold(std::vector<double>(9, 0.5), 0.1) == 0.5);
  for (const double alpha : {0.01, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3}) {
    const std::size_t least = least_calibration_cases(alpha);
    CHECK_NOTHROW(conformal_threshold(std::vector<double>(least, 0.5), alpha));
    CHECK_THROWS(conformal_threshold(std::vector<double>(least - 1, 0.5), alpha));
  }
}

TEST_CASE("sets: the labels that fit, none where none does") {
  CHECK(conformal_set(ConformalMethod::lac, 0.7, std::vector<double>{0.3, 0.6, 0.1}) ==
        std::vector<std::size_t>{0, 1});
  CHECK(conformal_set(ConformalMethod::lac, 0.2, std::vector<double>{0.3, 0.6, 0.1}).empty());
  CHECK(conformal_set(ConformalMethod::aps, 0.9, std::vector<double>{0.3, 0.6, 0.1}) ==
        std::vector<std::size_t>{0, 1});
}

TEST_CASE("sets hold the true label as often as promised") {
  // The coverage given the calibration cases is Beta(k, n + 1 - k) about 1 - alpha: with n = 4000 and 20000
  // new cases its sd is at most sqrt(a(1-a)/4000 + a(1-a)/20000); four of them on either side, APS may cover
  // more.
  for (const double alpha : {0.05, 0.1, 0.3}) {
    const double sd = std::sqrt(alpha * (1 - alpha) * (1.0 / 4000 + 1.0 / 20000));
    CHECK(std::abs(coverage(ConformalMethod::lac, alpha, 4000, 20000) - (1 - alpha)) < 4 * sd);
    CHECK(coverage(ConformalMethod::aps, alpha, 4000, 20000) > 1 - alpha - 4 * sd);
  }
}

TEST_CASE("names of the methods") {
  CHECK(parse_conformal_method("aps") == ConformalMethod::aps);
  CHECK(name(ConformalMethod::lac) == "lac");
  CHECK(message_of([] { parse_conformal_method("raps"); }) == "expected lac or aps, not 'raps'");
}
