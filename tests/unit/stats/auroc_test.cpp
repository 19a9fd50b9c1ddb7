#include "radbatch/stats/auroc.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>

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
  CHECK(result.interval->method == "Newcombe method 5");
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

TEST_CASE("a perfect ranking has Newcombe's interval, one case of a class has none") {
  const std::vector<double> scores{0.1, 0.2, 0.8, 0.9};
  const Auroc perfect = auroc(scores, {false, false, true, true});
  CHECK(*perfect.value == 1.0);
  CHECK(perfect.interval->high == 1.0);
  CHECK(perfect.interval->low > 0.2);
  CHECK(perfect.interval->low < 0.6);
  CHECK(perfect.interval->method == "Newcombe method 5");
  const Auroc lonely = auroc(scores, {false, false, true, false});
  CHECK(*lonely.value == doctest::Approx(2.0 / 3));
  CHECK(lonely.why_not == "one case of a class gives no variance");
  CHECK_FALSE(lonely.interval);
}

TEST_CASE("scores that are all equal rank by chance, without an error") {
  const std::vector<double> ties(6, 0.5);
  const Auroc result = auroc(ties, {true, false, true, false, true, false});
  CHECK(*result.value == 0.5);
  CHECK(result.interval->method == "Newcombe method 5");
}

TEST_CASE("clusters of one unit give DeLong's variance, doubled units that of the halves") {
  std::vector<std::uint32_t> own, doubled;
  std::vector<double> twice;
  std::vector<bool> labels;
  for (std::uint32_t i = 0; i < 10; ++i) {
    own.push_back(i);
    for (int copy = 0; copy < 2; ++copy) {
      doubled.push_back(i);
      twice.push_back(small_scores[i]);
      labels.push_back(small_labels[i]);
    }
  }
  const Auroc single = auroc(small_scores, small_labels);
  const Auroc clustered = clustered_auroc(rank_scores(small_scores, small_labels), own, 10);
  CHECK(*clustered.standard_error == doctest::Approx(*single.standard_error).epsilon(1e-13));
  const Auroc copies = clustered_auroc(rank_scores(twice, labels), doubled, 10);
  CHECK(*copies.standard_error == doctest::Approx(*single.standard_error).epsilon(1e-13));
  CHECK(copies.interval->method == "Newcombe method 5, numbers of patients");
  CHECK(copies.interval->low == single.interval->low);
}

TEST_CASE("paired areas: variances on the diagonal, a score against itself differs by nothing") {
  const std::vector<std::vector<double>> scores{small_scores, small_scores};
  const PairedAuroc paired = paired_auroc(scores, small_labels);
  CHECK(paired.values[0] == doctest::Approx(0.76));
  CHECK(std::sqrt(paired.covariance[0][0]) == doctest::Approx(0.16186414056238646).epsilon(1e-12));
  CHECK(paired.covariance[0][0] + paired.covariance[1][1] - 2 * paired.covariance[0][1] ==
        doctest::Approx(0));
  CHECK(paired_auroc(scores, std::vector<bool>(10, true)).why_not == "every case has the finding");
}

TEST_CASE("the fast sort gives what a comparing sort gives, with infinities, signs and ties") {
  std::vector<double> scores{-0.0, 0.0, INFINITY, -INFINITY, -1.5, 1e-310};
  for (int i = 0; i < 3000; ++i) scores.push_back(((i * 7919) % 1009 - 500) / 7.0);
  const RankedScores ranked = rank_scores(scores, std::vector<bool>(scores.size(), false));
  std::vector<double> expected = scores;
  std::sort(expected.begin(), expected.end(), std::greater<>());
  CHECK(ranked.scores == expected);
  CHECK(ranked.group_end.size() == 1009 + 4);
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
