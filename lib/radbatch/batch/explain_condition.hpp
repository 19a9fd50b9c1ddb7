// Which cases are explained: a condition on the columns of predictions.csv, "p_tumour > 0.5 and not d_normal
// == 1", in the language of base/condition.hpp with two words of its own.
//
// `all` is every case, `top` every case whose explained finding is the highest of its head. A case without a
// value in the column (no score) meets no comparison.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "radbatch/base/condition.hpp"
#include "radbatch/base/json.hpp"

namespace radbatch {

class ExplainCondition {
 public:
  /// `result` is a case's scores by column (CaseOutcome::result), `is_top` the value of `top`.
  bool holds(const Json& result, bool is_top) const;
  /// The columns that are compared, in the order of the text.
  std::vector<std::string> columns() const;

 private:
  friend ExplainCondition parse_explain_condition(std::string_view, std::span<const std::string>);
  ColumnCondition condition_;  ///< holds always where nothing was parsed
  std::vector<std::string> known_;
};

/// `known`: the columns that a condition may name. Throws Error(ExitCode::usage) that shows the place in the
/// text and what was expected there, or the known columns.
ExplainCondition parse_explain_condition(std::string_view text, std::span<const std::string> known);

}  // namespace radbatch
