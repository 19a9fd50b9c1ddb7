// Accuracies of several readers over the same cases, generalised to readers and cases that were not there.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "radbatch/stats/interval.hpp"

namespace radbatch {

/// A mean over readers, or a difference of such means, with readers and cases random.
struct ReaderMean {
  Estimate estimate;  ///< n: the readers
  std::optional<double> standard_error;
  std::optional<double> degrees_of_freedom;  ///< missing: infinite, readers do not vary
  std::optional<double> p_value;             ///< two-sided, of the value 0
};

/// Mean of `values`, one per reader, with `covariance` of their sampling over cases, [reader][reader] in C
/// order. N. A. Obuchowski and H. E. Rockette, Commun Stat Simul Comput 24 (1995) 285-308, for a single test,
/// with the degrees of freedom of S. L. Hillis, Stat Med 26 (2007) 596-619 (ddf_H of a single test):
/// se^2 = (MS(R) + r max(Cov2, 0)) / r, df = (r se^2)^2 / (MS(R)^2 / (r - 1)). Values may be differences from
/// a fixed other, such as a model, whose variance is then part of every covariance. No interval with fewer
/// than two readers.
ReaderMean mean_over_readers(std::span<const double> values, std::span<const double> covariance,
                             double level = 0.95);

/// Mean of the first test less that of the second, in a factorial study: every reader read every case with
/// both. `values` is [test][reader], `covariance` of all pairs of them, in C order. Same sources:
/// se^2 = 2/r (MS(TR) + r max(Cov2 - Cov3, 0)), df = (MS(TR) + r max(Cov2 - Cov3, 0))^2 / (MS(TR)^2 / (r -
/// 1)).
ReaderMean difference_over_readers(std::span<const double> values, std::span<const double> covariance,
                                   double level = 0.95);

}  // namespace radbatch
