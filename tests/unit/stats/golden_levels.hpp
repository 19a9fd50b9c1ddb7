// The numbers that tests/oracles/make_report_levels.py wrote.
#pragma once

#include <cmath>
#include <optional>
#include <vector>

#include "radbatch/base/json.hpp"
#include "radbatch/stats/interval.hpp"

namespace radbatch {

inline const Json& golden_levels() {
  static const Json golden = read_json_file(RADBATCH_LEVELS_GOLDEN);
  return golden;
}

inline std::vector<double> numbers_of(const Json& list) {
  return list.get<std::vector<double>>();
}

/// Within 1e-9 of the other's size, or both missing.
inline bool agrees(const std::optional<double>& ours, const Json& theirs) {
  if (!ours || theirs.is_null()) return !ours && theirs.is_null();
  const double other = theirs.get<double>();
  return std::abs(*ours - other) <= 1e-9 * std::max(1.0, std::abs(other));
}

inline bool agrees(const std::optional<Interval>& ours, const Json& theirs) {
  return ours && agrees(ours->low, theirs[0]) && agrees(ours->high, theirs[1]);
}

}  // namespace radbatch
