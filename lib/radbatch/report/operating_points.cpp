#include "radbatch/report/operating_points.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <map>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/report/condition.hpp"
#include "radbatch/report/leaks.hpp"

namespace radbatch {
namespace {

bool is_multi_class(const AnalysisData& data, const Rater& rater) {
  return (data.kind == TruthKind::classes || data.kind == TruthKind::ordinal) && !rater.top.empty();
}

bool decides_anything(const AnalysisData& data, const Rater& rater) {
  if (is_multi_class(data, rater)) return true;
  return std::ranges::any_of(rater.decisions, [](const std::vector<Answer>& column) {
    return std::ranges::any_of(column, [](Answer one) { return one != Answer::unknown; });
  });
}

OperatingPoint declared_point(const AnalysisData& data, const Rater& rater) {
  OperatingPoint point{"declared", "declared threshold", true, {}, {}, {}};
  if (rater.is_reader) point.name = "reader's decision";
  const bool has_thresholds = !rater.is_reader && !is_multi_class(data, rater);
  if (is_multi_class(data, rater)) point.name = "called class against all others";
  for (const Finding& finding : data.findings) {
    point.thresholds.push_back(has_thresholds ? finding.threshold : std::nullopt);
    point.why_not.emplace_back();
  }
  return point;
}

/// Labelled units with a score among those; JudgedUnits are of test units, and these are not.
RankedScores fitted_scores(const AnalysisData& data, const Rater& rater, std::size_t finding,
                           const std::vector<std::uint8_t>& fitted_on) {
  std::vector<double> scores;
  std::vector<bool> positive;
  for (std::size_t i = 0; i < data.size(); ++i) {
    const Answer truth = data.truth[finding][i];
    if (fitted_on[i] == 0 || truth == Answer::unknown || std::isnan(rater.scores[finding][i])) continue;
    scores.push_back(rater.scores[finding][i]);
    positive.push_back(truth == Answer::yes);
  }
  return rank_scores(scores, positive);
}

std::string point_id(const ThresholdAim& aim) {
  using Kind = ThresholdAim::Kind;
  if (aim.kind == Kind::youden) return "youden";
  if (aim.kind == Kind::f1) return "f1";
  return fmt::format("{}_{}", aim.kind == Kind::sensitivity ? "sens" : "spec", aim.target);
}

OperatingPoint chosen_point(const AnalysisData& data, const Rater& rater, const ThresholdFrom& from) {
  const std::vector<std::uint8_t> fitted_on = units_where(data, from.condition);
  if (std::ranges::count(fitted_on, 1) == 0)
    throw Error(ExitCode::usage, "--threshold-from: no case meets " + printable(from.condition),
                "see the values of that column in the report's list of inputs");
  refuse_leak(data, fitted_on, "--threshold-from '" + printable(from.condition) + "'");
  OperatingPoint point{point_id(from.aim), describe(from.aim) + " on " + from.condition, false, {}, {}, {}};
  for (std::size_t f = 0; f < data.findings.size(); ++f) {
    const RankedScores ranked = fitted_scores(data, rater, f, fitted_on);
    const std::optional<ChosenThreshold> chosen = choose_threshold(ranked, from.aim);
    point.thresholds.push_back(chosen ? std::optional(chosen->threshold) : std::nullopt);
    point.why_not.push_back(chosen ? "" : "a class is missing where the threshold would be chosen");
    point.n_fitted.push_back(ranked.size());
  }
  return point;
}

std::size_t finding_named(const AnalysisData& data, const std::string& name) {
  std::vector<std::string> known;
  for (std::size_t f = 0; f < data.findings.size(); ++f) {
    const Finding& finding = data.findings[f];
    if (name == finding.name || name == finding.slug || name == finding.column) return f;
    known.push_back(finding.name);
  }
  const std::string near = nearest(name, known);
  throw Error(ExitCode::usage, "--threshold: no finding is called '" + printable(name) + "'",
              near.empty() ? "one of: " + join(known, ", ") : "did you mean '" + near + "'?");
}

OperatingPoint given_point(const AnalysisData& data, const ThresholdOptions& options) {
  OperatingPoint point{"given", "given threshold", false, {}, {}, {}};
  point.thresholds.resize(data.findings.size());
  point.why_not.assign(data.findings.size(), "no threshold was given");
  for (const auto& [name, threshold] : options.given) {
    const std::size_t finding = finding_named(data, name);
    point.thresholds[finding] = threshold;
    point.why_not[finding].clear();
  }
  return point;
}

/// Two points of the same aim, on different units, need different names.
void tell_apart(std::vector<OperatingPoint>& points) {
  std::map<std::string, int> seen;
  for (OperatingPoint& point : points)
    if (const int before = seen[point.id]++; before > 0) point.id += "_" + std::to_string(before + 1);
}

}  // namespace

std::vector<OperatingPoint> operating_points(const AnalysisData& data, const Rater& rater,
                                             const ThresholdOptions& options) {
  std::vector<OperatingPoint> points;
  if (decides_anything(data, rater)) points.push_back(declared_point(data, rater));
  if (rater.is_reader) return points;
  for (const ThresholdFrom& from : options.from) points.push_back(chosen_point(data, rater, from));
  if (!options.given.empty()) points.push_back(given_point(data, options));
  tell_apart(points);
  return points;
}

Answer decision_at(const AnalysisData& data, const Rater& rater, const OperatingPoint& point,
                   std::size_t finding, std::size_t unit) {
  if (point.is_declared) {
    if (!is_multi_class(data, rater))
      return rater.decisions.empty() ? Answer::unknown : rater.decisions[finding][unit];
    if (rater.top[unit] < 0) return Answer::unknown;
    return static_cast<std::size_t>(rater.top[unit]) == finding ? Answer::yes : Answer::no;
  }
  const double score = rater.scores[finding][unit];
  if (!point.thresholds[finding] || std::isnan(score)) return Answer::unknown;
  return score >= *point.thresholds[finding] ? Answer::yes : Answer::no;
}

bool is_not_done(const AnalysisData& data, std::size_t finding, std::size_t unit) {
  return data.is_test[unit] != 0 && data.is_done[unit] == 0 && data.truth[finding][unit] != Answer::unknown;
}

DecidedFinding decided_units(const AnalysisData& data, const Rater& rater, const OperatingPoint& point,
                             std::size_t finding, NotDonePolicy not_done, bool is_clustered) {
  DecidedFinding decided;
  const bool decides = point.is_declared || point.thresholds[finding].has_value();
  for (std::size_t i = 0; decides && i < data.size(); ++i) {
    const Answer truth = data.truth[finding][i];
    if (data.is_test[i] == 0 || truth == Answer::unknown) continue;
    Answer decision = decision_at(data, rater, point, finding, i);
    if (not_done != NotDonePolicy::exclude && !rater.is_reader && is_not_done(data, finding, i))
      decision = not_done == NotDonePolicy::positive ? Answer::yes : Answer::no;
    if (decision == Answer::unknown) continue;
    decided.unit.push_back(static_cast<std::uint32_t>(i));
    decided.units.truth.push_back(truth == Answer::yes);
    decided.units.decision.push_back(decision == Answer::yes);
    if (is_clustered) decided.units.cluster.push_back(data.cluster[i]);
  }
  return decided;
}

JudgedUnits ranked_units(const AnalysisData& data, const Rater& rater, std::size_t finding,
                         NotDonePolicy not_done) {
  JudgedUnits judged = judged_units(data, rater, finding);
  if (not_done == NotDonePolicy::exclude) return judged;
  const double score = not_done == NotDonePolicy::positive ? std::numeric_limits<double>::infinity()
                                                           : -std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (!is_not_done(data, finding, i) || !std::isnan(rater.scores[finding][i])) continue;
    const bool positive = data.truth[finding][i] == Answer::yes;
    judged.unit.push_back(static_cast<std::uint32_t>(i));
    judged.scores.push_back(score);
    judged.positive.push_back(positive);
    judged.cluster.push_back(data.cluster[i]);
    judged.n_positive += positive ? 1U : 0U;
  }
  return judged;
}

ThresholdFrom parse_threshold_from(const std::string& word) {
  const std::size_t at = word.rfind(" at ");
  if (at == std::string::npos || at == 0) {
    throw Error(ExitCode::usage, "expected CONDITION at AIM, not '" + printable(word) + "'",
                "for instance --threshold-from 'split==\"val\" at sens=0.95'");
  }
  const auto trimmed = [](const std::string& text) {
    const std::size_t first = text.find_first_not_of(' ');
    return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(' ') - first + 1);
  };
  return {trimmed(word.substr(0, at)), parse_threshold_aim(trimmed(word.substr(at + 4)))};
}

std::pair<std::string, double> parse_given_threshold(const std::string& word) {
  const std::size_t sign = word.rfind('=');
  double threshold = 0;
  const char* const end = word.data() + word.size();
  const auto read = sign == std::string::npos ? std::from_chars_result{end, std::errc::invalid_argument}
                                              : std::from_chars(word.data() + sign + 1, end, threshold);
  if (sign == 0 || read.ec != std::errc() || read.ptr != end || !std::isfinite(threshold)) {
    throw Error(ExitCode::usage, "expected FINDING=NUMBER, not '" + printable(word) + "'",
                "for instance --threshold Effusion=0.3");
  }
  return {word.substr(0, sign), threshold};
}

}  // namespace radbatch
