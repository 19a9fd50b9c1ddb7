// Did the same model give the same scores again? Other hardware, another version, another day.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "radbatch/report/analysis_data.hpp"

namespace radbatch {

struct RerunFinding {
  std::size_t n = 0;              ///< units with a score of both
  std::optional<double> largest;  ///< |p - p'|
  std::optional<double> mean;
  std::size_t n_beyond = 0;           ///< differ by more than the tolerance
  std::size_t flips = 0;              ///< decisions that differ
  std::size_t unexplained_flips = 0;  ///< by scores that are not both within the tolerance of the threshold
};

struct RerunCheck {
  std::size_t rater = 0;  ///< compared with rater 0
  std::vector<RerunFinding> findings;
  std::optional<double> largest;  ///< over all findings
  std::optional<double> mean;     ///< over all scores
  std::size_t n_both = 0;         ///< units scored by both
  std::size_t only_first = 0;     ///< units that rater 0 alone has scored
  std::size_t only_second = 0;    ///< the other way round, and cases that the first run does not have
  std::size_t flips = 0;          ///< decisions that differ
  std::size_t unexplained_flips = 0;
  std::vector<std::uint32_t> differing;  ///< units beyond the tolerance or with a flip, largest |dp| first
  std::string why_not;                   ///< empty: it passes
  bool passes() const { return why_not.empty(); }
};

/// Every other model against the first, over all units, test or not. A rerun passes when the same units have
/// scores, none differs by more than `tolerance`, and each decision that differs is of scores within
/// `tolerance` of the finding's threshold. `only_in_rerun` are the cases of each rater's run that are no unit
/// here, by rater; it may be empty. Readers and other preparations are left out. Throws
/// Error(ExitCode::usage) when there is no second model.
std::vector<RerunCheck> check_reruns(const AnalysisData& data, double tolerance,
                                     const std::vector<std::size_t>& only_in_rerun = {});

}  // namespace radbatch
