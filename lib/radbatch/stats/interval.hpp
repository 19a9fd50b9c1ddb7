// Confidence intervals: no number of a report stands without one, and each says how it was made.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace radbatch {

struct Interval {
  double low = 0;
  double high = 0;
  double level = 0.95;
  std::string method;  ///< "Wilson", "DeLong, logit scale"
};

/// A number with what it stands on. `value` is missing where it is not defined, `interval` where it cannot be
/// estimated; `why_not` says which and why.
struct Estimate {
  std::optional<double> value;
  std::optional<Interval> interval;
  std::size_t n = 0;
  std::size_t n_positive = 0;
  std::string why_not = {};
};

/// k of n. There is no value, and no interval, when n is 0.
struct Proportion {
  std::size_t successes = 0;
  std::size_t n = 0;
  std::optional<double> value;
  std::optional<Interval> interval;
};

/// Two-sided normal quantile: 1.96 for 0.95.
double normal_quantile(double level);

/// Proportion with the score interval of E. B. Wilson, J Am Stat Assoc 22 (1927) 209-212, without continuity
/// correction: (p + z^2/2n +- z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n). Never leaves [0, 1] and is not
/// empty at 0 or n.
Proportion proportion(std::size_t successes, std::size_t n, double level = 0.95);

}  // namespace radbatch
