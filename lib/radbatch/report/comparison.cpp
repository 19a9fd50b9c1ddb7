#include "radbatch/report/comparison.hpp"

#include <algorithm>

#include "radbatch/base/error.hpp"
#include "radbatch/report/forest_chart.hpp"
#include "radbatch/report/html.hpp"
#include "radbatch/report/part_pieces.hpp"
#include "radbatch/report/rater_agreement.hpp"
#include "radbatch/report/rater_differences.hpp"
#include "radbatch/report/rerun_view.hpp"
#include "radbatch/store/table.hpp"

namespace radbatch {
namespace {

std::vector<RaterPair> pairs_of(const AnalysisData& data, bool all_pairs) {
  std::vector<RaterPair> pairs;
  for (std::size_t a = 0; a < data.raters.size(); ++a) {
    for (std::size_t b = a + 1; b < data.raters.size(); ++b) {
      const bool is_variant = data.raters[a].is_variant || data.raters[b].is_variant;
      if (!is_variant && (a == 0 || all_pairs)) pairs.push_back({a, b});
    }
  }
  return pairs;
}

bool is_of(const RaterDifference& row, RaterPair pair) {
  return row.pair.first == pair.first && row.pair.second == pair.second;
}

std::string finding_name(const AnalysisData& data, const RaterDifference& row) {
  return row.finding ? data.findings[*row.finding].name : "All";
}

/// Metrics in which more is better and a margin has its meaning.
bool has_margin(const RaterDifference& row) {
  return row.metric == "auroc" || row.metric == "macro_auroc" || row.metric == "sensitivity" ||
         row.metric == "specificity" || row.metric == "accuracy";
}

std::optional<bool> is_non_inferior(const RaterDifference& row, const ComparisonOptions& options) {
  if (!options.margin || !has_margin(row) || !row.difference.estimate.interval) return std::nullopt;
  return row.difference.estimate.interval->low > -*options.margin;
}

std::string remark(const RaterDifference& row) {
  const Estimate& estimate = row.difference.estimate;
  if (!estimate.why_not.empty()) return estimate.why_not;
  if (!row.finding || row.metric == "mae") return "";
  const bool of_negatives = row.metric == "specificity";
  const bool of_positives = row.metric == "sensitivity";
  const std::size_t n_negative =
      of_negatives ? estimate.n : estimate.n - std::min(estimate.n, estimate.n_positive);
  if (!of_negatives && estimate.n_positive < FEW_CASES) return "few with the finding";
  return !of_positives && n_negative < FEW_CASES ? "few without the finding" : "";
}

ReportTable difference_table(const PartContext& context, const std::vector<RaterDifference>& rows,
                             RaterPair pair, const ComparisonOptions& options, bool bootstrapped) {
  const AnalysisData& data = context.data;
  const std::string id = std::to_string(pair.first) + "-" + std::to_string(pair.second);
  ReportTable table{(bootstrapped ? "differences-resampled-" : "differences-") + id,
                    name_of(data, pair),
                    {context.lang("Finding"), context.lang("Metric"), "n", context.lang("With finding"),
                     data.raters[pair.first].name, data.raters[pair.second].name,
                     context.lang("Difference") + " (" + level_text(context.level) + ")", "p", "p (Holm)",
                     "Method", "Remark"},
                    {},
                    {false, false, true, true, true, true, true, true, true, false, false},
                    {}};
  if (options.margin) {
    table.header.push_back("Non-inferior");
    table.is_number.push_back(false);
  }
  for (const RaterDifference& row : rows) {
    if (!is_of(row, pair) || is_bootstrapped(row) != bootstrapped) continue;
    const Estimate& estimate = row.difference.estimate;
    std::string method = row.difference.test;
    if (estimate.interval)
      method = estimate.interval->method +
               (bootstrapped || estimate.interval->method == method ? "" : "; " + method);
    table.rows.push_back({finding_name(data, row), row.title, html::grouped(estimate.n),
                          row.finding ? html::grouped(estimate.n_positive) : "–", value_text(row.first),
                          value_text(row.second), difference_text(estimate), p_text(row.difference.p),
                          p_text(row.adjusted_p), method, remark(row)});
    if (!options.margin) continue;
    const std::optional<bool> verdict = is_non_inferior(row, options);
    table.rows.back().push_back(!verdict ? "–" : *verdict ? "yes" : "not shown");
  }
  return table;
}

void add_forest(ReportPart& part, const PartContext& context, const std::vector<RaterDifference>& rows,
                RaterPair pair) {
  const AnalysisData& data = context.data;
  ForestChart chart;
  for (const RaterDifference& row : rows) {
    if (!is_of(row, pair) || (row.metric != "auroc" && row.metric != "macro_auroc")) continue;
    const Estimate& estimate = row.difference.estimate;
    ForestRow forest;
    forest.name = row.finding ? finding_name(data, row) : row.title;
    if (row.finding) forest.count = html::grouped(estimate.n_positive) + " / " + html::grouped(estimate.n);
    forest.estimate = estimate;
    forest.is_total = !row.finding;
    chart.rows.push_back(forest);
  }
  if (chart.rows.empty()) return;
  chart.title = "Differences in AUROC, " + name_of(data, pair);
  chart.description = "To the right of zero " + data.raters[pair.first].name + " ranks better, to the left " +
                      data.raters[pair.second].name + ".";
  chart.x_title = context.lang("Difference in AUROC");
  chart.reference = 0;
  const std::string id =
      "auroc-differences-" + std::to_string(pair.first) + "-" + std::to_string(pair.second);
  add_figure(part, {id, chart.title,
                    chart.description + " With " + level_text(context.level) +
                        " intervals; counts are cases with the finding of all.",
                    forest_chart(chart)});
}

Json difference_json(const AnalysisData& data, const RaterDifference& row, const ComparisonOptions& options) {
  Json json = {{"finding", row.finding ? Json(data.findings[*row.finding].slug) : Json()},
               {"metric", row.metric},
               {"first", optional_json(row.first)},
               {"second", optional_json(row.second)},
               {"difference", estimate_json(row.difference.estimate)},
               {"standard_error", optional_json(row.difference.standard_error)},
               {"p", optional_json(row.difference.p)},
               {"p_holm", optional_json(row.adjusted_p)},
               {"test", row.difference.test},
               {"title", row.title}};
  if (const auto verdict = is_non_inferior(row, options)) json["non_inferior"] = *verdict;
  return json;
}

void add_metrics(ReportPart& part, const AnalysisData& data, const RaterDifference& row) {
  const std::string finding = row.finding ? data.findings[*row.finding].name : "";
  const std::string model = name_of(data, row.pair);
  const Estimate& estimate = row.difference.estimate;
  part.metrics.push_back({model, finding, row.metric + "_difference", estimate, ""});
  auto add = [&](const std::string& suffix, const std::optional<double>& p) {
    if (p)
      part.metrics.push_back(
          {model, finding, row.metric + suffix, {p, std::nullopt, estimate.n, estimate.n_positive, {}}, ""});
  };
  add("_difference_p", row.difference.p);
  add("_difference_p_holm", row.adjusted_p);
}

void add_pair(ReportPart& part, const PartContext& context, const ComparisonOptions& options,
              const std::vector<RaterDifference>& differences, const std::vector<RaterAgreement>& agreement,
              RaterPair pair) {
  const AnalysisData& data = context.data;
  const std::string& first = data.raters[pair.first].name;
  const std::string& second = data.raters[pair.second].name;
  add_heading(part, first + " against " + second);
  const std::size_t before = part.html.size();
  add_forest(part, context, differences, pair);
  ReportTable tested = difference_table(context, differences, pair, options, false);
  if (!tested.rows.empty()) add_table(part, std::move(tested));
  ReportTable resampled = difference_table(context, differences, pair, options, true);
  if (!resampled.rows.empty()) add_folded_table(part, "Further metrics, by bootstrap", std::move(resampled));
  add_agreement(part, context, agreement, pair);
  if (part.html.size() == before)
    add_note(part,
             "Nothing to compare: no finding has scores of both or yes-or-no answers of both. A model "
             "without a threshold gives no such answers.");
  Json json = {{"first", first}, {"second", second}};
  for (const RaterDifference& row : differences) {
    if (!is_of(row, pair)) continue;
    json["differences"].push_back(difference_json(data, row, options));
    add_metrics(part, data, row);
  }
  for (const RaterAgreement& row : agreement) {
    if (row.pair.first != pair.first || row.pair.second != pair.second) continue;
    json["agreement"].push_back(agreement_json(context, row));
    part.metrics.push_back(
        {name_of(data, pair), data.findings[row.finding].name, "agreement", row.agreement, ""});
    part.metrics.push_back({name_of(data, pair), data.findings[row.finding].name, "kappa", row.kappa, ""});
  }
  part.numbers["pairs"].push_back(std::move(json));
}

void add_methods(ReportPart& part, const PartContext& context, const ComparisonOptions& options,
                 const std::vector<RaterDifference>& differences) {
  if (differences.empty()) return;
  add_note(
      part,
      "Paired: each row stands on the cases that both have judged and whose truth is known. A difference "
      "is the first minus the second. p (Holm) is adjusted for all comparisons of the same metric, over "
      "findings and pairs (Holm 1979); it is not adjusted across metrics.");
  if (context.data.is_clustered())
    add_note(part,
             "Patients have several cases: intervals and tests take patients, not cases, as independent.");
  part.numbers["few_cases"] = FEW_CASES;
  part.numbers["smallest_printed_p"] = SMALLEST_PRINTED_P;
  if (!options.margin) return;
  part.numbers["margin"] = *options.margin;
  add_note(part, "Non-inferior: the lower bound of the " + level_text(context.level) +
                     " interval lies above −" + shortest(*options.margin) +
                     ", a one-sided test at half of the remaining risk; not adjusted for multiplicity.");
}

void check_options(const ComparisonOptions& options, bool has_pairs) {
  if (options.margin && !has_pairs)
    throw Error(ExitCode::usage, "--margin compares two models, and there is one",
                "radbatch-report FIRST SECOND --margin 0.05");
}

}  // namespace

bool reruns_pass(const AnalysisData& data, const ComparisonOptions& options) {
  if (!options.rerun_tolerance) return true;
  return std::ranges::all_of(check_reruns(data, *options.rerun_tolerance, options.only_in_rerun),
                             &RerunCheck::passes);
}

ReportPart comparison_part(const PartContext& context, const ComparisonOptions& options) {
  ReportPart part;
  part.id = "comparison";
  part.heading = context.lang("Comparison");
  const std::vector<RaterPair> pairs = pairs_of(context.data, options.all_pairs);
  check_options(options, !pairs.empty());
  if (options.rerun_tolerance)
    add_reruns(part, context, check_reruns(context.data, *options.rerun_tolerance, options.only_in_rerun),
               *options.rerun_tolerance);
  if (pairs.empty()) return part;
  part.numbers["level"] = context.level;
  const std::vector<RaterDifference> differences = rater_differences(context, pairs);
  const std::vector<RaterAgreement> agreement = rater_agreement(context, pairs);
  for (const RaterPair pair : pairs) add_pair(part, context, options, differences, agreement, pair);
  add_methods(part, context, options, differences);
  return part;
}

}  // namespace radbatch
