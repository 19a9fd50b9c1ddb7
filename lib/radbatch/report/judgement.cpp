#include "radbatch/report/judgement.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace radbatch {
namespace {

bool is_called_positive(Judgement judgement) {
  return judgement == Judgement::false_positive || judgement == Judgement::true_positive;
}

bool is_right(Judgement judgement) {
  return judgement == Judgement::true_positive || judgement == Judgement::true_negative;
}

}  // namespace

std::string_view title(Judgement judgement) {
  switch (judgement) {
    case Judgement::false_positive:
      return "False positives";
    case Judgement::false_negative:
      return "False negatives";
    case Judgement::true_positive:
      return "True positives";
    case Judgement::true_negative:
      return "True negatives";
  }
  return "";
}

std::string_view slug(Judgement judgement) {
  switch (judgement) {
    case Judgement::false_positive:
      return "false-positive";
    case Judgement::false_negative:
      return "false-negative";
    case Judgement::true_positive:
      return "true-positive";
    case Judgement::true_negative:
      return "true-negative";
  }
  return "";
}

Answer decision_of(const AnalysisData& data, std::size_t finding, std::uint32_t unit) {
  const Rater& rater = data.raters.front();
  const bool is_one_of_many = data.kind == TruthKind::classes || data.kind == TruthKind::ordinal;
  if (is_one_of_many && !rater.top.empty()) {
    if (rater.top[unit] < 0) return Answer::unknown;
    return rater.top[unit] == static_cast<std::int32_t>(finding) ? Answer::yes : Answer::no;
  }
  return rater.decisions.empty() ? Answer::unknown : rater.decisions[finding][unit];
}

JudgedCases cases_judged(const AnalysisData& data, std::size_t finding, Judgement judgement,
                         std::size_t most) {
  JudgedCases judged;
  if (data.raters.empty() || data.truth.empty()) return judged;
  const Answer said = is_called_positive(judgement) ? Answer::yes : Answer::no;
  const Answer truth = is_called_positive(judgement) == is_right(judgement) ? Answer::yes : Answer::no;
  std::vector<JudgedCase> cases;
  for (std::uint32_t unit = 0; unit < data.size(); ++unit) {
    if (data.is_test[unit] && data.truth[finding][unit] == truth && decision_of(data, finding, unit) == said)
      cases.push_back({unit, data.raters.front().scores[finding][unit]});
  }
  judged.n = cases.size();
  // A missing score counts as the least confident.
  const double sign = is_called_positive(judgement) ? -1 : 1;
  const auto place = [sign](const JudgedCase& one) {
    return std::pair(std::isnan(one.score) ? std::numeric_limits<double>::infinity() : sign * one.score,
                     one.unit);
  };
  const auto end = cases.begin() + static_cast<std::ptrdiff_t>(std::min(most, cases.size()));
  std::ranges::partial_sort(cases, end, {}, place);
  cases.erase(end, cases.end());
  judged.shown = std::move(cases);
  return judged;
}

}  // namespace radbatch
