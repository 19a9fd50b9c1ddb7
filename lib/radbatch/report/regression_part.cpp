#include "radbatch/report/regression_part.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "radbatch/report/html.hpp"
#include "radbatch/report/level_numbers.hpp"
#include "radbatch/report/regression_figures.hpp"
#include "radbatch/stats/intraclass.hpp"
#include "radbatch/stats/rank_correlation.hpp"
#include "radbatch/stats/regression.hpp"

namespace radbatch {
namespace {

/// One finding of one rater.
struct Question {
  const Rater* rater = nullptr;
  std::size_t finding = 0;
  std::string id;  ///< of figures and lists: "bone_age", of further raters "bone_age-2"
  UnitSet units;
  std::vector<double> truth, predicted;
  std::size_t n_left_out = 0;  ///< test units with a truth and without a finite score
};

Question question_of(const AnalysisData& data, std::size_t rater, std::size_t finding) {
  Question q;
  q.rater = &data.raters[rater];
  q.finding = finding;
  q.id = data.findings[finding].slug;
  if (rater > 0) q.id += "-" + std::to_string(rater + 1);
  std::vector<std::uint32_t> units;
  for (std::size_t i = 0; i < data.size(); ++i) {
    const double truth = data.true_value[finding][i];
    if (!data.is_test[i] || !std::isfinite(truth)) continue;
    const double predicted = finding < q.rater->scores.size() ? q.rater->scores[finding][i] : std::nan("");
    if (!std::isfinite(predicted)) {
      ++q.n_left_out;
      continue;
    }
    units.push_back(static_cast<std::uint32_t>(i));
    q.truth.push_back(truth);
    q.predicted.push_back(predicted);
  }
  q.units = unit_set(data, std::move(units));
  return q;
}

constexpr std::size_t N_BOOTSTRAPPED = 11;

std::array<std::optional<double>, N_BOOTSTRAPPED> all_numbers(const RegressionNumbers& n,
                                                              std::optional<double> spearman) {
  const double z = normal_quantile(0.95);
  std::optional<double> low, high;
  if (n.difference_sd) {
    low = *n.bias - z * *n.difference_sd;
    high = *n.bias + z * *n.difference_sd;
  }
  return {n.mean_absolute_error, n.root_mean_squared_error, n.r_squared,       n.bias,  low, high, n.pearson,
          n.concordance,         n.icc_agreement,           n.icc_consistency, spearman};
}

std::vector<Bootstrapped> resampled(const PartContext& context, const Question& q, const Spearman& spearman) {
  return bootstrap(bootstrap_plan(context), q.units.clusters.n_clusters, N_BOOTSTRAPPED,
                   [&](ClusterCounts counts, std::span<double> values) {
                     const std::vector<double> weights = weights_of(q.units, counts);
                     const auto numbers = all_numbers(regression_numbers(q.truth, q.predicted, weights),
                                                      spearman.correlation(weights));
                     for (std::size_t i = 0; i < N_BOOTSTRAPPED; ++i)
                       values[i] = numbers[i].value_or(std::numeric_limits<double>::quiet_NaN());
                   });
}

/// Why a number is missing, where the statistics do not say it themselves.
std::string why_missing(const Question& q) {
  if (q.truth.empty()) return "no case has a true value and a score";
  if (q.truth.size() < 2) return "one case only";
  return "nothing varies";
}

Estimate with(const Question& q, std::optional<double> value, std::optional<Interval> interval) {
  Estimate estimate{.value = value, .interval = {}, .n = q.truth.size()};
  if (value) estimate.interval = std::move(interval);
  if (!value) {
    estimate.why_not = why_missing(q);
  } else if (!estimate.interval) {
    estimate.why_not = q.truth.size() < 5 ? "too few cases" : "no spread";
  }
  return estimate;
}

/// Intervals in closed form, for one case per patient.
void close_intervals(std::vector<Measure>& measures, const Question& q, double level) {
  const std::size_t n = q.truth.size();
  const RegressionNumbers numbers = regression_numbers(q.truth, q.predicted);
  auto set = [&](std::size_t at, const std::optional<double>& value, std::optional<Interval> interval) {
    measures[at].estimate = with(q, value, std::move(interval));
  };
  if (numbers.difference_sd) {
    set(3, numbers.bias, bias_interval(*numbers.bias, *numbers.difference_sd, n, level));
    const LimitsOfAgreement limits = limits_of_agreement(*numbers.bias, *numbers.difference_sd, n, level);
    measures[4].estimate = limits.low;
    measures[5].estimate = limits.high;
  }
  if (numbers.pearson) set(6, numbers.pearson, pearson_interval(*numbers.pearson, n, level));
  set(7, numbers.concordance, concordance_interval(q.truth, q.predicted, level));
  std::vector<double> table;
  for (std::size_t i = 0; i < n; ++i) table.insert(table.end(), {q.truth[i], q.predicted[i]});
  const Intraclass icc = intraclass(table, 2, level);
  measures[8].estimate = icc.agreement;
  measures[9].estimate = icc.consistency;
  const std::optional<double> rho = measures[10].estimate.value;
  if (rho) set(10, rho, spearman_interval(*rho, n, level));
}

std::vector<Measure> measures_of(const PartContext& context, const Question& q) {
  static constexpr std::array<std::array<const char*, 2>, N_BOOTSTRAPPED> NAMES{
      {{"mean_absolute_error", "Mean absolute error"},
       {"root_mean_squared_error", "Root mean squared error"},
       {"r_squared", "R², coefficient of determination"},
       {"bias", "Bias, mean of predicted − true"},
       {"limit_of_agreement_low", "Lower limit of agreement"},
       {"limit_of_agreement_high", "Upper limit of agreement"},
       {"pearson", "Pearson's correlation"},
       {"concordance", "Lin's concordance"},
       {"icc_2_1", "ICC(2,1), absolute agreement"},
       {"icc_3_1", "ICC(3,1), consistency"},
       {"spearman", "Spearman's correlation"}}};
  const Spearman spearman(q.truth, q.predicted);
  std::vector<Bootstrapped> drawn(N_BOOTSTRAPPED);
  if (!q.truth.empty()) drawn = resampled(context, q, spearman);
  std::vector<Measure> measures;
  for (std::size_t i = 0; i < N_BOOTSTRAPPED; ++i) {
    Estimate estimate = estimate_of(drawn[i], q.truth.size());
    if (!estimate.value) estimate.why_not = why_missing(q);
    measures.push_back({NAMES[i][0], context.lang(NAMES[i][1]), estimate});
  }
  if (!q.units.is_clustered && !q.truth.empty()) close_intervals(measures, q, context.level);
  return measures;
}

CaseList outside_limits(const Question& q, const std::string& name, double low, double high) {
  CaseList list{"regression-" + q.id + "-outside", name + ": difference outside the limits of agreement", {}};
  for (std::size_t i = 0; i < q.truth.size(); ++i) {
    const double difference = q.predicted[i] - q.truth[i];
    if (difference < low || difference > high) list.units.push_back(q.units.unit[i]);
  }
  return list;
}

std::string counts_text(const AnalysisData& data, const Question& q, const CaseList& outside) {
  std::string text = counted_units(data, q.truth.size()) + " with a true value and a score";
  if (q.n_left_out > 0) text += ", " + html::grouped(q.n_left_out) + " with a true value and no score";
  text += ".";
  if (!outside.units.empty())
    text +=
        " Outside the limits of agreement: " + list_link(outside.id, html::grouped(outside.units.size())) +
        ".";
  return html::element("p", "", text);
}

void add_question(ReportPart& part, const PartContext& context, const RegressionOptions& options,
                  const Question& q) {
  const std::string& finding = context.data.findings[q.finding].name;
  const std::string name =
      q.id == context.data.findings[q.finding].slug ? finding : finding + ", " + q.rater->name;
  const std::vector<Measure> measures = measures_of(context, q);
  Json numbers = add_measures(part, {q.rater->name, finding}, measures);
  CaseList outside{"regression-" + q.id + "-outside", {}, {}};
  if (measures[4].estimate.value)
    outside = outside_limits(q, name, *measures[4].estimate.value, *measures[5].estimate.value);
  numbers["n"] = q.truth.size();
  numbers["n_without_score"] = q.n_left_out;
  numbers["n_outside_limits"] = outside.units.size();
  const RegressionPoints points{q.truth, q.predicted, options.most_points};
  const std::vector<Figure> figures =
      regression_figures(context, {"regression-" + q.id, name}, points, measures);
  numbers["points"] = drawn_points(points);
  numbers["drawn_one_of_every"] = points.step();
  numbers["model"] = q.rater->name;
  numbers["finding"] = finding;
  part.numbers["results"].push_back(std::move(numbers));
  part.tables.push_back(measure_table(context, "regression-" + q.id, name, measures));
  part.html += html::element("h3", "", html::escape(name)) + counts_text(context.data, q, outside) +
               html_table(part.tables.back());
  std::string drawn;
  for (const Figure& figure : figures) drawn += html_figure(figure);
  if (!drawn.empty()) part.html += html::element("div", "class=\"charts\"", drawn);
  part.figures.insert(part.figures.end(), figures.begin(), figures.end());
  if (!outside.units.empty()) part.lists.push_back(std::move(outside));
}

}  // namespace

ReportPart regression_part(const PartContext& context, const RegressionOptions& options) {
  ReportPart part;
  part.id = "regression";
  part.heading = context.lang("Predicted and true values");
  const AnalysisData& data = context.data;
  if (data.kind != TruthKind::continuous || data.raters.empty() || data.findings.empty()) return part;
  for (std::size_t f = 0; f < data.findings.size(); ++f)
    for (std::size_t r = 0; r < data.raters.size(); ++r)
      add_question(part, context, options, question_of(data, r, f));
  part.html +=
      html::element("p", "class=\"note\"",
                    "Limits of agreement: bias ± 1.96 standard deviations of the differences (Bland and "
                    "Altman 1986). R² is 1 − SSE/SST, not the square of a correlation. ICC after Shrout and "
                    "Fleiss 1979, concordance after Lin 1989.");
  return part;
}

}  // namespace radbatch
