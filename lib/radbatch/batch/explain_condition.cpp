#include "radbatch/batch/explain_condition.hpp"

#include <algorithm>
#include <array>

namespace radbatch {
namespace {

const std::array<std::string, 2> WORDS{"all", "top"};

std::partial_ordering compared(const Json& found, const ConditionValue& value) {
  if (found.is_string()) return std::partial_ordering(found.get<std::string>() <=> value.text);
  if (!value.number) return std::partial_ordering::unordered;
  // As float32, as the tables print it: what is read there can be asked for.
  const float ours = found.is_boolean() ? (found.get<bool>() ? 1.0F : 0.0F) : found.get<float>();
  return ours <=> static_cast<float>(*value.number);
}

bool meets(const ConditionLeaf& leaf, const std::string& column, const Json& result) {
  const auto found = result.find(column);
  const bool is_missing = found == result.end() || found->is_null();
  if (leaf.comparison == "missing" || is_missing) return leaf.comparison == "missing" && is_missing;
  const std::string comparison = leaf.comparison == "in" ? "==" : leaf.comparison;
  return std::ranges::any_of(leaf.values, [&](const ConditionValue& value) {
    return satisfies(compared(*found, value), comparison);
  });
}

}  // namespace

bool ExplainCondition::holds(const Json& result, bool is_top) const {
  return condition_.holds([&](const ConditionLeaf& leaf) {
    if (!leaf.word.empty()) return leaf.word == "all" || is_top;
    return meets(leaf, known_[leaf.column], result);
  });
}

std::vector<std::string> ExplainCondition::columns() const {
  std::vector<std::string> names;
  for (const ConditionLeaf* leaf : condition_.leaves()) {
    if (leaf->word.empty()) names.push_back(known_[leaf->column]);
  }
  return names;
}

ExplainCondition parse_explain_condition(std::string_view text, std::span<const std::string> known) {
  ExplainCondition condition;
  condition.condition_ = parse_condition(text, {"--explain", "the model has", known, WORDS});
  condition.known_.assign(known.begin(), known.end());
  return condition;
}

}  // namespace radbatch
