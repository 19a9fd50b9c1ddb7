#include "radbatch/report/condition.hpp"

#include <algorithm>

#include "radbatch/base/condition.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

bool asks_for_order(const ConditionLeaf& leaf) {
  return leaf.comparison == "<" || leaf.comparison == "<=" || leaf.comparison == ">" ||
         leaf.comparison == ">=";
}

std::partial_ordering compared(const std::string& cell, const ConditionValue& value) {
  if (value.number) {
    if (const auto number = parsed_number(cell)) return *number <=> *value.number;
  }
  return std::partial_ordering(cell <=> value.text);
}

bool meets(const ConditionLeaf& leaf, const std::string& cell) {
  if (leaf.comparison == "missing" || cell.empty()) return leaf.comparison == "missing" && cell.empty();
  // "age > 60" is no question about the order of letters.
  if (asks_for_order(leaf) && leaf.values[0].number && !parsed_number(cell)) return false;
  const std::string_view comparison = leaf.comparison == "in" ? "==" : std::string_view(leaf.comparison);
  return std::ranges::any_of(
      leaf.values, [&](const ConditionValue& value) { return satisfies(compared(cell, value), comparison); });
}

/// "Manufacturer > 3" holds nowhere and is meant otherwise.
void check_numbers(const ConditionLeaf& leaf, const Covariate& column, const std::string& condition) {
  if (!asks_for_order(leaf) || !leaf.values[0].number) return;
  const auto has_number = [](const std::string& cell) { return parsed_number(cell).has_value(); };
  const auto is_given = [](const std::string& cell) { return !cell.empty(); };
  if (std::ranges::any_of(column.values, has_number) || std::ranges::none_of(column.values, is_given)) return;
  throw Error(ExitCode::usage,
              "the condition \"" + printable(condition) + "\" compares column \"" + printable(column.name) +
                  "\" with a number, but the column holds none",
              "text is compared with text in quotes: " + printable(column.name) + "==\"...\"");
}

}  // namespace

std::vector<std::string> columns_of_condition(const AnalysisData& data, const std::string& condition) {
  std::vector<std::string> names;
  for (const Covariate& covariate : data.covariates) names.push_back(covariate.name);
  const ColumnCondition parsed = parse_condition(condition, {"the condition", "there is", names, {}});
  std::vector<std::string> used;
  for (const ConditionLeaf* leaf : parsed.leaves()) used.push_back(names[leaf->column]);
  return used;
}

std::vector<std::uint8_t> units_where(const AnalysisData& data, const std::string& condition) {
  std::vector<std::string> names;
  for (const Covariate& covariate : data.covariates) names.push_back(covariate.name);
  const ColumnCondition parsed = parse_condition(condition, {"the condition", "there is", names, {}});
  for (const ConditionLeaf* leaf : parsed.leaves())
    check_numbers(*leaf, data.covariates[leaf->column], condition);
  std::vector<std::uint8_t> holds(data.size());
  std::size_t unit = 0;
  const std::function<bool(const ConditionLeaf&)> leaf_holds = [&](const ConditionLeaf& leaf) {
    return meets(leaf, data.covariates[leaf.column].values[unit]);
  };
  for (; unit < data.size(); ++unit) holds[unit] = parsed.holds(leaf_holds) ? 1 : 0;
  return holds;
}

}  // namespace radbatch
