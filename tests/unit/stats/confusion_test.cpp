#include "radbatch/stats/confusion.hpp"

#include <doctest/doctest.h>

using namespace radbatch;

namespace {
ConfusionMatrix example() {
  // sklearn.metrics.confusion_matrix(truth, decision) == [[2, 1, 0], [0, 2, 0], [1, 1, 3]]
  const int truth[]{0, 0, 0, 1, 1, 2, 2, 2, 2, 2};
  const int decision[]{0, 0, 1, 1, 1, 2, 2, 0, 2, 1};
  ConfusionMatrix matrix(3);
  for (int i = 0; i < 10; ++i)
    matrix.add(static_cast<std::size_t>(truth[i]), static_cast<std::size_t>(decision[i]));
  return matrix;
}
}  // namespace

TEST_CASE("counts, accuracy and balanced accuracy as scikit-learn gives them") {
  const ConfusionMatrix matrix = example();
  CHECK(matrix.count(2, 0) == 1);
  CHECK(matrix.row_total(2) == 5);
  CHECK(matrix.total() == 10);
  CHECK(*accuracy(matrix).value == doctest::Approx(0.7));
  // sklearn.metrics.balanced_accuracy_score(truth, decision)
  CHECK(*balanced_accuracy(matrix) == doctest::Approx(0.7555555555555555));
}

TEST_CASE("one class against the rest") {
  const BinaryCounts counts = example().one_against_rest(1);
  CHECK(counts.true_positive == 2);
  CHECK(counts.false_positive == 2);
  CHECK(counts.true_negative == 6);
  CHECK(counts.false_negative == 0);
  CHECK(*sensitivity(counts).value == 1.0);
  CHECK(*specificity(counts).value == 0.75);
  CHECK(*precision(counts).value == 0.5);
  CHECK(*negative_predictive_value(counts).value == 1.0);
  CHECK(*accuracy(counts).value == 0.8);
}

TEST_CASE("a class without cases has no sensitivity, and leaves the mean alone") {
  ConfusionMatrix matrix(2);
  matrix.add(0, 0);
  CHECK_FALSE(sensitivity(matrix.one_against_rest(1)).value);
  CHECK(*balanced_accuracy(matrix) == 1.0);
  CHECK_FALSE(balanced_accuracy(ConfusionMatrix(2)));
}

TEST_CASE("binary counts tell truth from decision") {
  BinaryCounts counts;
  counts.add(true, false);
  counts.add(false, true);
  CHECK(counts.false_negative == 1);
  CHECK(counts.false_positive == 1);
}
