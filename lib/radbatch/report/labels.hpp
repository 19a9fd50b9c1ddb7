// The truth about the cases, as a researcher writes it down.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "radbatch/report/run_data.hpp"

namespace radbatch {

struct Labels {
  /// One finding per case (column `label`), or 0/1 per finding.
  bool one_per_case = false;
  /// case_id -> truth per finding; missing where the cell was empty.
  std::map<std::string, std::vector<std::optional<bool>>> truth;
  std::vector<std::string> ignored_columns;
};

/// `text` is CSV: `case_id,label`, the label a finding's name or slug (0 or 1 where the model has one finding
/// only), or `case_id` and columns named like findings (name, slug or column) of 0, 1 or nothing. Throws
/// Error(ExitCode::usage) that names line and column and says what to write instead.
Labels read_labels(std::string_view text, const std::string& what, const std::vector<Finding>& findings);

/// How labels and run fit together. Ids are sorted.
struct LabelJoin {
  std::size_t n_labelled = 0;              ///< cases in the label file that say something
  std::size_t n_matched = 0;               ///< labelled, and done
  std::vector<std::string> without_score;  ///< labelled, in the run, not done
  std::vector<std::string> unlabelled;     ///< done, without a label
  std::vector<std::string> unknown;        ///< labelled, not in the run
};

/// Throws Error(ExitCode::usage) when no labelled case is in the run.
LabelJoin join_labels(const RunData& run, const Labels& labels, const std::string& what);

}  // namespace radbatch
