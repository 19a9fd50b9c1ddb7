// What a table of truth against decision says: proportions, likelihood ratios and their summaries.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "radbatch/stats/confusion.hpp"
#include "radbatch/stats/proportion.hpp"

namespace radbatch {

/// Counts of a table as numbers: of units, or of weights in a resample.
struct TableCounts {
  double true_positive = 0, false_positive = 0, true_negative = 0, false_negative = 0;

  double positives() const { return true_positive + false_negative; }
  double negatives() const { return true_negative + false_positive; }
  double total() const { return positives() + negatives(); }
};

TableCounts as_table(const BinaryCounts& counts);

/// Proportions and likelihood ratios after Altman and Bland, BMJ 308 (1994) 1552, 309 (1994) 102 and 329
/// (2004) 168; MCC after Matthews, Biochim Biophys Acta 405 (1975) 442-451; kappa after Cohen, Educ Psychol
/// Meas 20 (1960) 37-46.
enum class BinaryMetric {
  sensitivity,
  specificity,
  precision,  ///< positive predictive value
  negative_predictive_value,
  positive_likelihood_ratio,
  negative_likelihood_ratio,
  f1,
  balanced_accuracy,
  mcc,
  kappa,
  accuracy,
  prevalence,
};

inline constexpr std::array ALL_BINARY_METRICS{
    BinaryMetric::sensitivity,
    BinaryMetric::specificity,
    BinaryMetric::precision,
    BinaryMetric::negative_predictive_value,
    BinaryMetric::positive_likelihood_ratio,
    BinaryMetric::negative_likelihood_ratio,
    BinaryMetric::f1,
    BinaryMetric::balanced_accuracy,
    BinaryMetric::mcc,
    BinaryMetric::kappa,
    BinaryMetric::accuracy,
    BinaryMetric::prevalence,
};

/// "sensitivity", as in metrics.csv.
const char* name_of(BinaryMetric metric);
/// "Sensitivity", "PPV (precision)": for people.
const char* title_of(BinaryMetric metric);

/// NaN where it is not defined: 0/0, and a ratio whose denominator is zero.
double value_of(BinaryMetric metric, const TableCounts& counts);
/// Why `value_of` is NaN: "no case is called positive".
std::string why_undefined(BinaryMetric metric, const TableCounts& counts);

/// Truth against decision, unit by unit.
struct DecidedUnits {
  std::vector<bool> truth;
  std::vector<bool> decision;
  std::vector<std::uint32_t> cluster;  ///< of each unit; empty: units are independent

  std::size_t size() const { return truth.size(); }
};

BinaryCounts counts_of(const DecidedUnits& units);

struct BinaryMetricPlan {
  ProportionInterval proportion = ProportionInterval::wilson;
  double level = 0.95;
  bool by_bootstrap = true;  ///< false: no intervals for F1, MCC and kappa
  std::size_t n_resamples = 2000;
  std::uint64_t seed = 0;
  std::size_t threads = 1;
};

/// All metrics in the order of ALL_BINARY_METRICS. Proportions: Wilson or Clopper-Pearson, clustered where
/// there are clusters. Likelihood ratios: log method of Simel, Samsa and Matchar, J Clin Epidemiol 44 (1991)
/// 763-770, the variance of the logarithm linearised over clusters where there are. F1, balanced accuracy,
/// MCC and kappa: BCa bootstrap. `n` is the metric's own denominator, `n_positive` the units with the
/// finding.
std::vector<Estimate> binary_metrics(const DecidedUnits& units, const BinaryMetricPlan& plan);

}  // namespace radbatch
