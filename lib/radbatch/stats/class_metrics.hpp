// One class per case: what the confusion matrix says of all classes together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "radbatch/stats/agreement.hpp"
#include "radbatch/stats/binary_metrics.hpp"
#include "radbatch/stats/confusion.hpp"

namespace radbatch {

/// True and called class of each case.
struct ClassedUnits {
  std::size_t n_classes = 0;
  std::vector<std::uint32_t> truth, decision;
  std::vector<std::uint32_t> cluster;  ///< empty: cases are independent

  std::size_t size() const { return truth.size(); }
};

ConfusionMatrix confusion_of(const ClassedUnits& units);

struct ClassMetrics {
  Estimate accuracy;           ///< by `plan.proportion`, clustered where there are clusters
  Estimate balanced_accuracy;  ///< mean sensitivity of the classes that have cases; BCa bootstrap
  Estimate macro_f1;           ///< mean F1 of the classes that are true or called of a case; BCa bootstrap
  Estimate kappa;              ///< unweighted; BCa bootstrap
  Estimate linear_kappa, quadratic_kappa;  ///< for ordered classes; BCa bootstrap
};

ClassMetrics class_metrics(const ClassedUnits& units, const BinaryMetricPlan& plan);

/// Share of cases whose true class is among the k with the highest scores; scores[class][case],
/// `truth[case]`. A class whose score ties with the k-th place counts by the share of the ties that have a
/// place.
double top_k_share(std::span<const std::vector<double>> scores, std::span<const std::uint32_t> truth,
                   std::size_t k);

}  // namespace radbatch
