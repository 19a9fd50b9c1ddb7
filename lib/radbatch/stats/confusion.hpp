// What was called what: counts of truth against decision, and the proportions read from them.
#pragma once

#include <cstddef>
#include <vector>

#include "radbatch/stats/interval.hpp"

namespace radbatch {

/// One finding against the rest, or one threshold on one finding.
struct BinaryCounts {
  std::size_t true_positive = 0;
  std::size_t false_positive = 0;
  std::size_t true_negative = 0;
  std::size_t false_negative = 0;

  void add(bool truth, bool decision);
  std::size_t total() const { return true_positive + false_positive + true_negative + false_negative; }
};

/// Definitions of Altman and Bland, BMJ 308 (1994) 1552 and 309 (1994) 102. Wilson intervals.
Proportion sensitivity(const BinaryCounts& counts);  ///< recall: TP / (TP + FN)
Proportion specificity(const BinaryCounts& counts);  ///< TN / (TN + FP)
Proportion precision(const BinaryCounts& counts);    ///< positive predictive value: TP / (TP + FP)
Proportion negative_predictive_value(const BinaryCounts& counts);  ///< TN / (TN + FN)
Proportion accuracy(const BinaryCounts& counts);

/// Square counts[truth][decision].
class ConfusionMatrix {
 public:
  explicit ConfusionMatrix(std::size_t n_classes) : n_classes_(n_classes), counts_(n_classes * n_classes) {}

  void add(std::size_t truth, std::size_t decision) { ++counts_.at(truth * n_classes_ + decision); }
  std::size_t size() const { return n_classes_; }
  std::size_t count(std::size_t truth, std::size_t decision) const {
    return counts_.at(truth * n_classes_ + decision);
  }
  std::size_t row_total(std::size_t truth) const;
  std::size_t total() const;
  /// One class against all others.
  BinaryCounts one_against_rest(std::size_t label) const;

 private:
  std::size_t n_classes_;
  std::vector<std::size_t> counts_;
};

/// The diagonal over all, with its Wilson interval.
Proportion accuracy(const ConfusionMatrix& matrix);
/// Mean sensitivity over the classes that have cases (macro-averaged recall); no value when none has.
std::optional<double> balanced_accuracy(const ConfusionMatrix& matrix);

}  // namespace radbatch
