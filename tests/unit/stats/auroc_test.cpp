#include "radbatch/stats/auroc.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace radbatch;

// Expected numbers: sklearn.metrics.roc_auc_score(y, s), and DeLong's definition written out over all pairs
// in numpy:
//   psi = [[1 if a > b else .5 if a == b else 0 for b in negatives] for a in positives]
//   v = var(psi.mean(1), ddof=1) / m + var(psi.mean(0), ddof=1) / n;  A = psi.mean();  se = sqrt(v)
//   expit(logit(A) -+ scipy.stats.norm.ppf(.975) * se / (A * (1 - A)))

namespace {
const std::vector<double> small_scores{.1, .4, .35, .8, .4, .9, .2, .6, .4, .7};
const std::vector<bool> small_labels{false, false, true, true, false, true, false, true, true, false};
}  // namespace

TEST_CASE("AUROC with ties, standard error and interval as numpy and scikit-learn give them") {
  const Auroc result = auroc(small_scores, small_labels);
  CHECK(result.n_positive == 5);
  CHECK(*result.value == doctest::Approx(0.76).epsilon(1e-12));
  CHECK(*result.standard_error == doctest::Approx(0.16186414056238646).epsilon(1e-12));
  CHECK(result.interval->low == doctest::Approx(0.35741119255589543).epsilon(1e-12));
  CHECK(result.interval->high == doctest::Approx(0.947448409840264).epsilon(1e-12));
  CHECK(result.interval->method == "DeLong, logit scale");
}

TEST_CASE("AUROC of 2,000 scores with many ties") {
  // i = np.arange(2000); s = ((i * 7919) % 1009) / 1009; y = (i * 104729) % 13 < 4 + 6 * s
  std::vector<double> scores;
  std::vector<bool> labels;
  for (int i = 0; i < 2000; ++i) {
    scores.push_back(((i * 7919) % 1009) / 1009.0);
    labels.push_back((i * 104729LL) % 13 < 4 + 6 * scores.back());
  }
  const Auroc result = auroc(scores, labels);
  CHECK(result.n_positive == 1155);
  CHECK(*result.value == doctest::Approx(0.6532242116857502).epsilon(1e-12));
  CHECK(*result.standard_error == doctest::Approx(0.01225956278781475).epsilon(1e-11));
  CHECK(result.interval->low == doctest::Approx(0.6288221748584351).epsilon(1e-12));
  CHECK(result.interval->high == doctest::Approx(0.6768464307542057).epsilon(1e-12));
}

TEST_CASE("an AUROC that cannot be computed says why") {
  CHECK(auroc({}, {}).why_not == "there are no labelled cases");
  const std::vector<double> two{0.1, 0.9};
  CHECK(auroc(two, {true, true}).why_not == "every case has the finding");
  CHECK(auroc(two, {false, false}).why_not == "no case has the finding");
  CHECK_FALSE(auroc(two, {true, true}).value);
}

TEST_CASE("an AUROC without a variance keeps its value and has no interval") {
  const std::vector<double> scores{0.1, 0.2, 0.8, 0.9};
  const Auroc perfect = auroc(scores, {false, false, true, true});
  CHECK(*perfect.value == 1.0);
  CHECK_FALSE(perfect.interval);
  CHECK(perfect.why_not == "the ranking is perfect: DeLong's variance is zero");
  const Auroc lonely = auroc(scores, {false, false, true, false});
  CHECK(*lonely.value == doctest::Approx(2.0 / 3));
  CHECK(lonely.why_not == "one case of a class gives no variance");
}

TEST_CASE("the ROC curve keeps only its corners") {
  const std::vector<RocPoint> curve = roc_curve(small_scores, small_labels);
  // sklearn.metrics.roc_curve(y, s), less the points inside straight stretches
  const std::vector<double> x{0, 0, .2, .2, .6, .6, 1};
  const std::vector<double> y{0, .4, .4, .6, .8, 1, 1};
  REQUIRE(curve.size() == x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    CHECK(curve[i].false_positive_rate == doctest::Approx(x[i]));
    CHECK(curve[i].true_positive_rate == doctest::Approx(y[i]));
  }
  CHECK(curve[1].threshold == 0.8);
  CHECK(std::isinf(curve[0].threshold));
}
