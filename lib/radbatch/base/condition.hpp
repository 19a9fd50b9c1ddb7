// Conditions over named columns, as people type them: `p_tumour > 0.5 and not site in (A, "B 2")`.
//
//   condition   = conjunction { "or" conjunction }
//   conjunction = factor { "and" factor }
//   factor      = "not" factor | "(" condition ")" | word | comparison
//   comparison  = column operator value
//               | column ["not"] "in" "(" value { "," value } ")"
//               | column "is" ["not"] "missing"
//   operator    = "==" | "!=" | ">" | ">=" | "<" | "<="
//   column      = word | "text" | 'text'
//   value       = number | word | "text" | 'text'
//
// What a comparison means is the caller's: a cell of a table and a score of a model are not alike.
#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace radbatch {

struct ConditionValue {
  std::string text;
  std::optional<double> number;  ///< where the whole text is one
};

/// What stands between the "and", "or" and "not".
struct ConditionLeaf {
  std::string word;                    ///< one of ConditionLanguage::words; then the rest is empty
  std::size_t column = 0;              ///< position in ConditionLanguage::columns
  std::string comparison;              ///< "==", "!=", ">", ">=", "<", "<=", "in" or "missing"
  std::vector<ConditionValue> values;  ///< one; several after "in"; none for "missing"
};

struct ConditionLanguage {
  std::string what;                      ///< put before messages: "--explain"
  std::string owner;                     ///< of the columns, in messages: "the model has"
  std::span<const std::string> columns;  ///< that may be named
  std::span<const std::string> words;    ///< that are conditions of their own
};

class ColumnCondition {
 public:
  /// Holds always.
  ColumnCondition();
  ColumnCondition(ColumnCondition&&) noexcept;
  ColumnCondition& operator=(ColumnCondition&&) noexcept;
  ~ColumnCondition();

  /// Without short cuts in meaning: a leaf is true or false, "not" turns it round.
  bool holds(const std::function<bool(const ConditionLeaf&)>& leaf_holds) const;
  /// In the order of the text.
  std::vector<const ConditionLeaf*> leaves() const;

  struct Term;

 private:
  friend ColumnCondition parse_condition(std::string_view, const ConditionLanguage&);
  std::unique_ptr<Term> root_;
};

/// Throws Error(ExitCode::usage) that shows the place in the text and what was expected there, or names the
/// nearest known column.
ColumnCondition parse_condition(std::string_view text, const ConditionLanguage& language);

/// Whether that outcome of `a <=> b` satisfies "==", "!=", ">", ">=", "<" or "<="; unordered satisfies none.
bool satisfies(std::partial_ordering order, std::string_view comparison);
/// The text as a number: the whole of it, finite, without blanks; nothing otherwise.
std::optional<double> parsed_number(std::string_view text);

}  // namespace radbatch
