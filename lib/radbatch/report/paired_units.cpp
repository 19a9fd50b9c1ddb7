#include "radbatch/report/paired_units.hpp"

#include <limits>

namespace radbatch {
namespace {

bool is_known(const AnalysisData& data, std::size_t finding, std::size_t unit) {
  return finding < data.truth.size() && data.truth[finding][unit] != Answer::unknown;
}

/// What scores and calls of a pair have in common.
template <class Paired>
void add_unit(Paired& paired, const AnalysisData& data, std::size_t finding, std::size_t unit) {
  paired.unit.push_back(static_cast<std::uint32_t>(unit));
  paired.cluster.push_back(data.cluster[unit]);
  if (!is_known(data, finding, unit)) return;
  const bool positive = data.truth[finding][unit] == Answer::yes;
  paired.positive.push_back(positive);
  paired.n_positive += positive ? 1U : 0U;
}

}  // namespace

double score_of(const Rater& rater, std::size_t finding, std::size_t unit) {
  return finding < rater.scores.size() ? rater.scores[finding][unit]
                                       : std::numeric_limits<double>::quiet_NaN();
}

Answer call_of(const AnalysisData& data, const Rater& rater, std::size_t finding, std::size_t unit) {
  const Answer decision = finding < rater.decisions.size() ? rater.decisions[finding][unit] : Answer::unknown;
  if (decision != Answer::unknown) return decision;
  const bool one_class = data.kind == TruthKind::classes || data.kind == TruthKind::ordinal;
  if (!one_class || rater.top.empty() || rater.top[unit] < 0) return Answer::unknown;
  return rater.top[unit] == static_cast<std::int32_t>(finding) ? Answer::yes : Answer::no;
}

PairedScores paired_scores(const AnalysisData& data, RaterPair pair, std::size_t finding, bool with_truth) {
  PairedScores paired;
  const Rater& a = data.raters[pair.first];
  const Rater& b = data.raters[pair.second];
  for (std::size_t unit = 0; unit < data.size(); ++unit) {
    const double first = score_of(a, finding, unit);
    const double second = score_of(b, finding, unit);
    if (!data.is_test[unit] || !std::isfinite(first) || !std::isfinite(second)) continue;
    if (with_truth && !is_known(data, finding, unit)) continue;
    add_unit(paired, data, with_truth ? finding : data.truth.size(), unit);
    paired.first.push_back(first);
    paired.second.push_back(second);
  }
  return paired;
}

PairedCalls paired_calls(const AnalysisData& data, RaterPair pair, std::size_t finding, bool with_truth) {
  PairedCalls paired;
  for (std::size_t unit = 0; unit < data.size(); ++unit) {
    if (!data.is_test[unit] || (with_truth && !is_known(data, finding, unit))) continue;
    const Answer first = call_of(data, data.raters[pair.first], finding, unit);
    const Answer second = call_of(data, data.raters[pair.second], finding, unit);
    if (first == Answer::unknown || second == Answer::unknown) continue;
    add_unit(paired, data, with_truth ? finding : data.truth.size(), unit);
    paired.first.push_back(first == Answer::yes);
    paired.second.push_back(second == Answer::yes);
  }
  return paired;
}

std::string name_of(const AnalysisData& data, RaterPair pair) {
  return data.raters[pair.first].name + " - " + data.raters[pair.second].name;
}

}  // namespace radbatch
