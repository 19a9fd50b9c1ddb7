#include "radbatch/report/level_numbers.hpp"

#include <algorithm>
#include <cmath>

#include "radbatch/report/html.hpp"
#include "radbatch/stats/proportion.hpp"

namespace radbatch {
namespace {

/// "95 %", "99.9 %".
std::string level_text(double level) {
  std::string text = html::fixed(100 * level, 2);
  while (text.ends_with('0')) text.pop_back();
  if (text.ends_with('.')) text.pop_back();
  return text + " %";
}

std::string range_text(const Estimate& estimate) {
  if (!estimate.value) return "–";
  if (!estimate.interval) return estimate.why_not.empty() ? "–" : "none: " + estimate.why_not;
  return readable(estimate.interval->low) + " to " + readable(estimate.interval->high);
}

}  // namespace

Estimate finite(Estimate estimate) {
  if (estimate.value && !std::isfinite(*estimate.value)) {
    estimate.value.reset();
    estimate.why_not = "not a finite number";
  }
  if (estimate.interval &&
      (!estimate.value || !std::isfinite(estimate.interval->low) || !std::isfinite(estimate.interval->high)))
    estimate.interval.reset();
  if (!estimate.value && estimate.why_not.empty()) estimate.why_not = "not defined for these units";
  return estimate;
}

Json add_measures(ReportPart& part, const Subject& subject, const std::vector<Measure>& measures) {
  Json numbers = Json::object();
  for (const Measure& measure : measures) {
    const Estimate estimate = finite(measure.estimate);
    part.metrics.push_back({.model = subject.model,
                            .finding = measure.finding.empty() ? subject.finding : measure.finding,
                            .metric = measure.metric,
                            .estimate = estimate,
                            .subgroup = {}});
    Json& place = measure.finding.empty() ? numbers : numbers[measure.finding];
    place[measure.metric] = estimate_json(estimate);
  }
  return numbers;
}

ReportTable measure_table(const PartContext& context, const std::string& id, const std::string& title,
                          const std::vector<Measure>& measures) {
  const Language& lang = context.lang;
  ReportTable table{.id = id,
                    .title = title,
                    .header = {lang("Measure"), lang("Value"),
                               level_text(context.level) + " " + lang("interval"), lang("Method"), "n"},
                    .rows = {},
                    .is_number = {false, true, true, false, true},
                    .note = {}};
  for (const Measure& measure : measures) {
    const Estimate estimate = finite(measure.estimate);
    table.rows.push_back({measure.name, estimate.value ? readable(*estimate.value) : "– " + estimate.why_not,
                          range_text(estimate), estimate.interval ? estimate.interval->method : "–",
                          html::grouped(estimate.n)});
  }
  return table;
}

std::string readable(double value) {
  const double size = std::abs(value);
  if (size >= 1000 && size < 1e15) {
    const std::string text = html::grouped(static_cast<std::size_t>(std::llround(size)));
    return value < 0 ? "-" + text : text;
  }
  const int decimals = size >= 100 ? 1 : size >= 10 ? 2 : size >= 0.01 || size == 0 ? 3 : 5;
  return html::fixed(value, decimals);
}

std::string readable(const Estimate& estimate) {
  if (!estimate.value) return "– " + estimate.why_not;
  if (!estimate.interval) return readable(*estimate.value);
  return readable(*estimate.value) + " (" + readable(estimate.interval->low) + "–" +
         readable(estimate.interval->high) + ")";
}

std::string counted_units(const AnalysisData& data, std::size_t n) {
  return html::grouped(n) + " " + data.unit_noun + (n == 1 ? "" : "s");
}

BootstrapPlan bootstrap_plan(const PartContext& context) {
  BootstrapPlan plan;
  plan.n_resamples = context.n_bootstrap;
  plan.seed = context.seed;
  plan.threads = context.threads;
  plan.level = context.level;
  plan.drawn = context.data.has_patients ? "patients" : context.data.unit_noun + "s";
  return plan;
}

Estimate estimate_of(const Bootstrapped& result, std::size_t n, std::size_t n_positive) {
  return {result.value, result.interval, n, n_positive, result.why_not};
}

UnitSet unit_set(const AnalysisData& data, std::vector<std::uint32_t> units) {
  UnitSet set{.unit = std::move(units), .clusters = {}};
  std::vector<std::uint32_t> clusters;
  for (const std::uint32_t unit : set.unit) clusters.push_back(data.cluster[unit]);
  set.clusters = compact_clusters(clusters);
  set.is_clustered = set.clusters.n_clusters < set.size();
  return set;
}

std::vector<double> weights_of(const UnitSet& units, ClusterCounts counts) {
  std::vector<double> weights(units.size());
  for (std::size_t i = 0; i < units.size(); ++i) weights[i] = counts[units.clusters.cluster[i]];
  return weights;
}

Estimate share_of_units(const UnitSet& units, const std::vector<std::uint8_t>& right,
                        const std::vector<std::uint8_t>& among, double level) {
  std::vector<ClusterShare> shares(units.clusters.n_clusters);
  Estimate estimate;
  for (std::size_t i = 0; i < units.size(); ++i) {
    if (!among.empty() && !among[i]) continue;
    ClusterShare& share = shares[units.clusters.cluster[i]];
    share.n += 1;
    share.successes += right[i];
    estimate.n_positive += right[i];
    ++estimate.n;
  }
  if (estimate.n == 0) {
    estimate.why_not = "no such case";
    return estimate;
  }
  if (units.is_clustered) return clustered_proportion(shares, ProportionInterval::wilson, level);
  const Proportion share = proportion(estimate.n_positive, estimate.n, level);
  estimate.value = share.value;
  estimate.interval = share.interval;
  return estimate;
}

std::int32_t called_class(const AnalysisData& data, const Rater& rater, std::size_t unit) {
  if (!rater.top.empty()) return rater.top[unit];
  std::int32_t called = -1, n_yes = 0, best = -1;
  for (std::size_t f = 0; f < data.findings.size(); ++f) {
    const auto here = static_cast<std::int32_t>(f);
    if (f < rater.decisions.size() && rater.decisions[f][unit] == Answer::yes) {
      called = here;
      ++n_yes;
    }
    if (f >= rater.scores.size() || std::isnan(rater.scores[f][unit])) continue;
    if (best < 0 || rater.scores[f][unit] > rater.scores[static_cast<std::size_t>(best)][unit]) best = here;
  }
  return n_yes == 1 ? called : best;
}

}  // namespace radbatch
