#include "radbatch/stats/confusion.hpp"

#include <numeric>

namespace radbatch {

void BinaryCounts::add(bool truth, bool decision) {
  if (truth) {
    ++(decision ? true_positive : false_negative);
  } else {
    ++(decision ? false_positive : true_negative);
  }
}

Proportion sensitivity(const BinaryCounts& c) {
  return proportion(c.true_positive, c.true_positive + c.false_negative);
}

Proportion specificity(const BinaryCounts& c) {
  return proportion(c.true_negative, c.true_negative + c.false_positive);
}

Proportion precision(const BinaryCounts& c) {
  return proportion(c.true_positive, c.true_positive + c.false_positive);
}

Proportion negative_predictive_value(const BinaryCounts& c) {
  return proportion(c.true_negative, c.true_negative + c.false_negative);
}

Proportion accuracy(const BinaryCounts& c) {
  return proportion(c.true_positive + c.true_negative, c.total());
}

std::size_t ConfusionMatrix::row_total(std::size_t truth) const {
  std::size_t total = 0;
  for (std::size_t decision = 0; decision < n_classes_; ++decision) total += count(truth, decision);
  return total;
}

std::size_t ConfusionMatrix::total() const {
  return std::accumulate(counts_.begin(), counts_.end(), std::size_t{0});
}

BinaryCounts ConfusionMatrix::one_against_rest(std::size_t label) const {
  BinaryCounts counts;
  for (std::size_t other = 0; other < n_classes_; ++other) counts.false_positive += count(other, label);
  counts.true_positive = count(label, label);
  counts.false_positive -= counts.true_positive;
  counts.false_negative = row_total(label) - counts.true_positive;
  counts.true_negative = total() - counts.true_positive - counts.false_positive - counts.false_negative;
  return counts;
}

Proportion accuracy(const ConfusionMatrix& matrix) {
  std::size_t right = 0;
  for (std::size_t label = 0; label < matrix.size(); ++label) right += matrix.count(label, label);
  return proportion(right, matrix.total());
}

std::optional<double> balanced_accuracy(const ConfusionMatrix& matrix) {
  double sum = 0;
  std::size_t n_present = 0;
  for (std::size_t label = 0; label < matrix.size(); ++label) {
    const Proportion recall = sensitivity(matrix.one_against_rest(label));
    if (!recall.value) continue;
    sum += *recall.value;
    ++n_present;
  }
  if (n_present == 0) return std::nullopt;
  return sum / static_cast<double>(n_present);
}

}  // namespace radbatch
