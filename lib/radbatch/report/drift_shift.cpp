#include "radbatch/report/drift_shift.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <tuple>

#include "radbatch/report/html.hpp"
#include "radbatch/report/paired_units.hpp"
#include "radbatch/report/study_date.hpp"
#include "radbatch/report/subgroup_levels.hpp"
#include "radbatch/stats/multiplicity.hpp"

namespace radbatch {
namespace {

constexpr const char* NO_TEST = "patients have several cases: no test";

std::vector<double> finite_values(const std::vector<double>& values) {
  std::vector<double> kept;
  for (const double value : values)
    if (std::isfinite(value)) kept.push_back(value);
  return kept;
}

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// 1 for yes, with the patient; of the second side shifted past those of the first.
struct Called {
  std::vector<double> values;
  std::vector<std::uint32_t> cluster;
  std::size_t yes = 0;

  void add(const DriftColumns& side, std::size_t finding, std::uint32_t shift) {
    for (std::size_t unit = 0; unit < side.size(); ++unit) {
      const Answer call = side.calls[finding][unit];
      if (call == Answer::unknown) continue;
      values.push_back(call == Answer::yes ? 1 : 0);
      cluster.push_back(side.cluster[unit] + shift);
      yes += call == Answer::yes ? 1U : 0U;
    }
  }
};

void compare_calls(ScoreShift& shift, const DriftColumns& before, std::size_t finding_before,
                   const DriftColumns& now, std::size_t finding_now, bool shares_patients, double level) {
  Called earlier;
  Called later;
  earlier.add(before, finding_before, 0);
  std::uint32_t past = 0;
  if (!shares_patients)
    for (const std::uint32_t cluster : before.cluster) past = std::max(past, cluster + 1);
  later.add(now, finding_now, past);
  if (earlier.values.empty() || later.values.empty()) {
    shift.called.estimate.why_not = "no decisions on one side";
    return;
  }
  shift.called_before = mean_of(earlier.values);
  shift.called_now = mean_of(later.values);
  if (!before.is_clustered && !now.is_clustered && !shares_patients) {
    shift.called =
        independent_shares({later.yes, later.values.size(), earlier.yes, earlier.values.size()}, level);
    return;
  }
  std::vector<bool> in_first(later.values.size(), true);
  in_first.resize(later.values.size() + earlier.values.size(), false);
  later.values.insert(later.values.end(), earlier.values.begin(), earlier.values.end());
  later.cluster.insert(later.cluster.end(), earlier.cluster.begin(), earlier.cluster.end());
  shift.called = clustered_groups(later.values, in_first, later.cluster, level);
}

ScoreShift score_shift(const DriftColumns& before, std::size_t finding_before, const DriftColumns& now,
                       std::size_t finding_now, bool shares_patients, double level) {
  ScoreShift shift;
  shift.finding = now.findings[finding_now];
  const std::vector<double> earlier = finite_values(before.scores[finding_before]);
  const std::vector<double> later = finite_values(now.scores[finding_now]);
  shift.n_before = earlier.size();
  shift.n_now = later.size();
  compare_calls(shift, before, finding_before, now, finding_now, shares_patients, level);
  if (earlier.empty() || later.empty()) {
    shift.why_not = "no scores on one side";
    return shift;
  }
  shift.mean_before = mean_of(earlier);
  shift.mean_now = mean_of(later);
  const std::vector<double> bounds = quantile_bins(earlier);
  shift.index = stability_index(count_in_bins(earlier, bounds), count_in_bins(later, bounds));
  shift.kolmogorov_smirnov = kolmogorov_smirnov(earlier, later);
  shift.wasserstein = wasserstein_distance(earlier, later);
  return shift;
}

const Covariate* find(const DriftColumns& side, const std::string& name) {
  const auto found = std::ranges::find(side.covariates, name, &Covariate::name);
  return found == side.covariates.end() ? nullptr : &*found;
}

/// A column of both sides: what kind of values it has.
struct Column {
  std::map<std::string, std::pair<std::size_t, std::size_t>> counts;  ///< of each value; "" is missing
  bool is_number = true;
  bool is_date = true;
  std::size_t n = 0;  ///< values on both sides
};

Column read_column(const Covariate& before, const Covariate& now) {
  Column column;
  auto read = [&](const std::vector<std::string>& values, auto member) {
    for (const std::string& value : values) {
      ++(column.counts[value].*member);
      if (value.empty()) continue;
      ++column.n;
      column.is_number = column.is_number && covariate_number(value);
      column.is_date = column.is_date && read_study_date(value);
    }
  };
  using Counts = std::pair<std::size_t, std::size_t>;
  read(before.values, &Counts::first);
  read(now.values, &Counts::second);
  return column;
}

std::vector<double> numbers_of(const Covariate& covariate) {
  std::vector<double> numbers;
  for (const std::string& value : covariate.values)
    if (const auto number = covariate_number(value)) numbers.push_back(*number);
  return numbers;
}

void compare_numbers(ColumnShift& shift, const Covariate& before, const Covariate& now, bool clustered) {
  const std::vector<double> earlier = numbers_of(before);
  const std::vector<double> later = numbers_of(now);
  const std::vector<double> bounds = quantile_bins(earlier);
  std::vector<std::size_t> counts = count_in_bins(earlier, bounds);
  std::vector<std::size_t> counts_now = count_in_bins(later, bounds);
  counts.push_back(shift.missing_before);
  counts_now.push_back(shift.missing_now);
  shift.index = stability_index(counts, counts_now);
  shift.standardised = standardised_difference(later, earlier);
  shift.wasserstein = wasserstein_distance(earlier, later);
  shift.change = "mean " + html::fixed(mean_of(earlier), 3) + " to " + html::fixed(mean_of(later), 3);
  if (clustered) return;
  const KolmogorovSmirnov test = kolmogorov_smirnov(earlier, later);
  shift.p = test.p;
  shift.test = "Kolmogorov-Smirnov, " + test.method;
}

void compare_words(ColumnShift& shift, const Column& column, bool clustered) {
  std::vector<std::size_t> before;
  std::vector<std::size_t> now;
  const double n = static_cast<double>(shift.n_before + shift.missing_before);
  const double m = static_cast<double>(shift.n_now + shift.missing_now);
  double largest = -1;
  for (const auto& [value, counts] : column.counts) {
    before.push_back(counts.first);
    now.push_back(counts.second);
    const double earlier = static_cast<double>(counts.first) / n;
    const double later = static_cast<double>(counts.second) / m;
    if (std::abs(later - earlier) <= largest) continue;
    largest = std::abs(later - earlier);
    shift.change = (value.empty() ? "(missing)" : value) + ": " + html::fixed(earlier, 3) + " to " +
                   html::fixed(later, 3);
  }
  shift.index = stability_index(before, now);
  shift.standardised = standardised_difference(before, now);
  const std::optional<ChiSquared> test = chi_squared(before, now);
  if (!test || clustered) return;
  if (test->smallest_expected < 1) {
    shift.test = "chi-squared not given: expected counts below 1";
    return;
  }
  shift.p = test->p;
  shift.test = "chi-squared";
}

ColumnShift column_shift(const Covariate& before, const Covariate& now, bool clustered) {
  ColumnShift shift;
  shift.name = now.name;
  const Column column = read_column(before, now);
  const auto missing = column.counts.find("");
  if (missing != column.counts.end()) std::tie(shift.missing_before, shift.missing_now) = missing->second;
  shift.n_before = before.values.size() - shift.missing_before;
  shift.n_now = now.values.size() - shift.missing_now;
  const std::size_t levels = column.counts.size();
  shift.is_number = column.is_number && levels > MOST_UNBANDED_NUMBERS;
  if (shift.n_before == 0 || shift.n_now == 0)
    shift.why_not = "no values on one side";
  else if (column.is_date)
    shift.why_not = "dates";
  else if (!shift.is_number &&
           (levels > MOST_LEVELS || (levels > MOST_UNBANDED_NUMBERS && 2 * levels > column.n)))
    shift.why_not = "too many different values for groups";
  if (!shift.why_not.empty()) return shift;
  if (shift.is_number)
    compare_numbers(shift, before, now, clustered);
  else
    compare_words(shift, column, clustered);
  if (clustered) shift.test = NO_TEST;
  return shift;
}

template <class Shift, class Get>
void adjust(std::vector<Shift>& shifts, Get p_of) {
  std::vector<std::optional<double>> p;
  for (const Shift& shift : shifts) p.push_back(p_of(shift));
  const auto adjusted = holm(p);
  for (std::size_t i = 0; i < shifts.size(); ++i) shifts[i].adjusted_p = adjusted[i];
}

}  // namespace

DriftColumns drift_columns(const AnalysisData& data, const std::string& name,
                           const std::vector<std::uint8_t>& among) {
  DriftColumns columns;
  columns.name = name;
  columns.scores.resize(data.findings.size());
  columns.calls.resize(data.findings.size());
  for (const Finding& finding : data.findings) columns.findings.push_back(finding.slug);
  for (const Covariate& covariate : data.covariates) columns.covariates.push_back({covariate.name, {}});
  std::vector<bool> seen(data.n_clusters);
  for (std::size_t unit = 0; unit < data.size() && !data.raters.empty(); ++unit) {
    if (!data.is_test[unit] || (!among.empty() && !among[unit])) continue;
    columns.cluster.push_back(data.cluster[unit]);
    columns.is_clustered = columns.is_clustered || seen[data.cluster[unit]];
    seen[data.cluster[unit]] = true;
    for (std::size_t f = 0; f < data.findings.size(); ++f) {
      columns.scores[f].push_back(score_of(data.raters.front(), f, unit));
      columns.calls[f].push_back(call_of(data, data.raters.front(), f, unit));
    }
    for (std::size_t c = 0; c < data.covariates.size(); ++c)
      columns.covariates[c].values.push_back(data.covariates[c].values[unit]);
  }
  return columns;
}

std::vector<ScoreShift> score_shifts(const DriftColumns& before, const DriftColumns& now,
                                     bool shares_patients, double level) {
  std::vector<ScoreShift> shifts;
  for (std::size_t f = 0; f < now.findings.size(); ++f) {
    const auto found = std::ranges::find(before.findings, now.findings[f]);
    if (found == before.findings.end()) {
      ScoreShift shift;
      shift.finding = now.findings[f];
      shift.why_not = "the reference does not have this finding";
      shifts.push_back(shift);
      continue;
    }
    const auto at = static_cast<std::size_t>(found - before.findings.begin());
    shifts.push_back(score_shift(before, at, now, f, shares_patients, level));
  }
  const bool clustered = before.is_clustered || now.is_clustered || shares_patients;
  if (!clustered)
    adjust(shifts, [](const ScoreShift& shift) {
      return shift.kolmogorov_smirnov ? std::optional(shift.kolmogorov_smirnov->p) : std::nullopt;
    });
  return shifts;
}

std::vector<ColumnShift> column_shifts(const DriftColumns& before, const DriftColumns& now,
                                       const std::string& left_out) {
  std::vector<ColumnShift> shifts;
  const bool clustered = before.is_clustered || now.is_clustered;
  for (const Covariate& covariate : now.covariates) {
    const Covariate* earlier = find(before, covariate.name);
    if (earlier && covariate.name != left_out) shifts.push_back(column_shift(*earlier, covariate, clustered));
  }
  adjust(shifts, [](const ColumnShift& shift) { return shift.p; });
  return shifts;
}

std::string reading_of(const std::optional<StabilityIndex>& index) {
  if (!index) return "–";
  if (!index->by_chance || index->value <= *index->by_chance) return "within chance";
  return index->value < 0.1 ? "small" : index->value < 0.25 ? "moderate" : "large";
}

}  // namespace radbatch
