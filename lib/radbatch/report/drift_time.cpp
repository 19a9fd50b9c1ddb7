#include "radbatch/report/drift_time.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/report/drift_shift.hpp"
#include "radbatch/report/paired_units.hpp"
#include "radbatch/stats/auroc.hpp"
#include "radbatch/stats/proportion.hpp"

namespace radbatch {
namespace {

using Units = std::vector<std::uint32_t>;

const Covariate& require_dates(const AnalysisData& data, const std::string& name) {
  const Covariate* column = data.find_covariate(name);
  std::vector<std::string> known;
  for (const Covariate& covariate : data.covariates) known.push_back(covariate.name);
  if (column) return *column;
  const std::string near = nearest(name, known);
  throw Error(ExitCode::usage, "--time: there is no column '" + printable(name) + "'",
              near.empty() ? "name a column of the labels or of the run that holds dates, such as StudyDate"
                           : "did you mean " + printable(near) + "?");
}

std::map<int, Units> by_month(const AnalysisData& data, const Covariate& column, std::size_t& n_without) {
  std::map<int, Units> months;
  for (std::size_t unit = 0; unit < data.size(); ++unit) {
    if (!data.is_test[unit]) continue;
    const std::optional<int> month = read_study_date(column.values[unit]);
    if (month)
      months[*month].push_back(static_cast<std::uint32_t>(unit));
    else
      ++n_without;
  }
  return months;
}

std::map<int, Units> in_steps(const std::map<int, Units>& months, TimeStep step) {
  std::map<int, Units> steps;
  for (const auto& [month, units] : months) {
    Units& all = steps[step_of(month, step)];
    all.insert(all.end(), units.begin(), units.end());
  }
  return steps;
}

TimeStep coarser(TimeStep step) {
  return step == TimeStep::month ? TimeStep::quarter : TimeStep::year;
}

/// The step at which the later half begins: where the earlier units come nearest to half of all.
std::optional<int> middle_of(const std::map<int, Units>& steps) {
  std::size_t total = 0;
  for (const auto& [number, units] : steps) total += units.size();
  std::optional<int> split;
  double nearest_half = 2;
  std::size_t before = 0;
  for (const auto& [number, units] : steps) {
    const double gap = std::abs(static_cast<double>(before) / static_cast<double>(total) - 0.5);
    if (before > 0 && gap < nearest_half) {
      nearest_half = gap;
      split = number;
    }
    before += units.size();
  }
  return split;
}

Estimate called_share(const PartContext& context, std::size_t finding, const Units& units) {
  const AnalysisData& data = context.data;
  std::map<std::uint32_t, ClusterShare> patients;
  std::size_t yes = 0;
  std::size_t n = 0;
  for (const std::uint32_t unit : units) {
    const Answer call = call_of(data, data.raters.front(), finding, unit);
    if (call == Answer::unknown) continue;
    ++n;
    yes += call == Answer::yes ? 1U : 0U;
    patients[data.cluster[unit]].n += 1;
    patients[data.cluster[unit]].successes += call == Answer::yes ? 1 : 0;
  }
  if (n == 0) return {{}, {}, 0, 0, "no decisions"};
  if (!data.is_clustered()) return proportion_estimate(yes, n, ProportionInterval::wilson, context.level);
  std::vector<ClusterShare> shares;
  for (const auto& [cluster, share] : patients) shares.push_back(share);
  return clustered_proportion(shares, ProportionInterval::wilson, context.level);
}

Estimate area(const PartContext& context, std::size_t finding, const std::vector<std::uint8_t>& mask) {
  const AnalysisData& data = context.data;
  if (data.kind == TruthKind::none || data.kind == TruthKind::continuous) return {{}, {}, 0, 0, "no labels"};
  const JudgedUnits units = judged_units(data, data.raters.front(), finding, mask);
  const std::size_t n_negative = units.unit.size() - units.n_positive;
  if (std::min(units.n_positive, n_negative) < FEWEST_PER_STEP)
    return {{},
            {},
            units.unit.size(),
            units.n_positive,
            "fewer than " + std::to_string(FEWEST_PER_STEP) + " with or without the finding"};
  const RankedScores ranked = rank_scores(units.scores, units.positive);
  const Auroc result = data.is_clustered()
                           ? clustered_auroc(ranked, units.cluster, data.n_clusters, context.level)
                           : auroc(ranked, context.level);
  return {result.value, result.interval, units.unit.size(), units.n_positive, result.why_not};
}

std::vector<double> scores_in(const AnalysisData& data, std::size_t finding, const Units& units) {
  std::vector<double> scores;
  for (const std::uint32_t unit : units) {
    const double score = score_of(data.raters.front(), finding, unit);
    if (std::isfinite(score)) scores.push_back(score);
  }
  return scores;
}

void add_step(TimeSeries& series, const PartContext& context, int number, const Units& units) {
  const AnalysisData& data = context.data;
  const bool is_first = series.steps.empty();
  series.steps.push_back(number);
  series.n.push_back(units.size());
  std::vector<std::uint8_t> mask(data.size(), 0);
  for (const std::uint32_t unit : units) mask[unit] = 1;
  for (std::size_t f = 0; f < data.findings.size(); ++f) {
    StepNumbers numbers;
    const std::vector<double> scores = scores_in(data, f, units);
    numbers.n = scores.size();
    double sum = 0;
    for (const double score : scores) sum += score;
    if (!scores.empty()) numbers.mean = sum / static_cast<double>(scores.size());
    numbers.called = called_share(context, f, units);
    numbers.auroc = area(context, f, mask);
    if (is_first) numbers.index = scores.empty() ? std::nullopt : std::optional(0.0);
    series.findings[f].push_back(numbers);
  }
}

/// Against the first step that is shown.
void add_indices(TimeSeries& series, const AnalysisData& data, const std::map<int, Units>& steps) {
  for (std::size_t f = 0; f < data.findings.size(); ++f) {
    const std::vector<double> first = scores_in(data, f, steps.at(series.steps.front()));
    if (first.empty()) continue;
    const std::vector<double> bounds = quantile_bins(first);
    for (std::size_t s = 1; s < series.steps.size(); ++s) {
      const std::vector<double> now = scores_in(data, f, steps.at(series.steps[s]));
      const auto index = stability_index(count_in_bins(first, bounds), count_in_bins(now, bounds));
      if (index) series.findings[f][s].index = index->value;
    }
  }
}

}  // namespace

TimeSeries time_series(const PartContext& context, const std::string& column, TimeStep step) {
  const AnalysisData& data = context.data;
  TimeSeries series;
  const std::map<int, Units> months = by_month(data, require_dates(data, column), series.n_without_date);
  if (months.empty())
    throw Error(ExitCode::usage, "--time: no case has a date in '" + printable(column) + "'",
                "dates are written 20230115 or 2023-01-15");
  series.step = step;
  std::map<int, Units> steps = in_steps(months, step);
  while (steps.size() > MOST_STEPS && series.step != TimeStep::year) {
    series.step = coarser(series.step);
    steps = in_steps(months, series.step);
  }
  series.split = middle_of(steps);
  series.findings.resize(data.findings.size());
  for (const auto& [number, units] : steps) {
    if (units.size() < FEWEST_PER_STEP)
      series.n_left_out += units.size();
    else
      add_step(series, context, number, units);
  }
  if (!series.steps.empty()) add_indices(series, data, steps);
  return series;
}

std::vector<std::uint8_t> half_of(const AnalysisData& data, const std::string& column,
                                  const TimeSeries& series, bool later) {
  std::vector<std::uint8_t> mask(data.size(), 0);
  const Covariate& dates = require_dates(data, column);
  for (std::size_t unit = 0; unit < data.size(); ++unit) {
    const std::optional<int> month = read_study_date(dates.values[unit]);
    if (!month || !data.is_test[unit]) continue;
    mask[unit] = (step_of(*month, series.step) >= *series.split) == later ? 1 : 0;
  }
  return mask;
}

}  // namespace radbatch
