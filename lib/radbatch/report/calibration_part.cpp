#include "radbatch/report/calibration_part.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/report/calibration_summary.hpp"
#include "radbatch/report/chart_grid.hpp"
#include "radbatch/report/html.hpp"
#include "radbatch/report/reliability_chart.hpp"

namespace radbatch {
namespace {

using namespace html;

constexpr std::size_t FEW = 10;
constexpr std::size_t FEW_FOR_CURVES = 200;
constexpr std::size_t HISTOGRAM_BINS = 20;

/// One rater's calibration, per finding.
struct Judged {
  const Rater* rater;
  std::vector<JudgedUnits> units;
  std::vector<CalibrationSummary> summaries;
};

Judged judge(const PartContext& context, const Rater& rater, const CalibrationOptions& options) {
  Judged judged{&rater, {}, {}};
  for (std::size_t f = 0; f < context.data.findings.size(); ++f) {
    judged.units.push_back(judged_units(context.data, rater, f));
    judged.summaries.push_back(summarize_calibration(context, judged.units.back(), options));
  }
  return judged;
}

bool says_anything(const Judged& judged) {
  return std::ranges::any_of(judged.summaries,
                             [](const CalibrationSummary& one) { return one.why_not.empty(); });
}

std::string name_of(const PartContext& context, const std::vector<Judged>& all, const Judged& judged,
                    std::size_t finding) {
  const std::string name = context.data.findings[finding].name;
  return all.size() > 1 ? name + " · " + judged.rater->name : name;
}

std::string counts(const CalibrationSummary& summary) {
  return grouped(summary.n_positive) + " / " + grouped(summary.n);
}

/// Methods are the same down a column, so that the note names them once; where one row differs, both stand.
std::string methods_of(const std::vector<Judged>& all, const std::string& metric) {
  std::vector<std::string> methods;
  for (const Judged& judged : all)
    for (const CalibrationSummary& summary : judged.summaries) {
      if (!summary.why_not.empty()) continue;
      const Estimate& estimate = summary.of(metric);
      if (estimate.interval && std::ranges::find(methods, estimate.interval->method) == methods.end())
        methods.push_back(estimate.interval->method);
    }
  return methods.empty() ? "none" : join(methods, " or ");
}

ReportTable table_of(const PartContext& context, const std::vector<Judged>& all, std::string id,
                     std::string title,
                     const std::vector<std::pair<std::string, std::string>>& metrics_and_names) {
  ReportTable table{std::move(id),
                    std::move(title),
                    {context.lang("Finding"), context.lang("With / all")},
                    {},
                    {false, true},
                    {}};
  std::vector<std::string> methods;
  for (const auto& [metric, heading] : metrics_and_names) {
    table.header.push_back(context.lang(heading));
    table.is_number.push_back(true);
    methods.push_back(heading + ": " + methods_of(all, metric));
  }
  for (const Judged& judged : all)
    for (std::size_t f = 0; f < judged.summaries.size(); ++f) {
      const CalibrationSummary& summary = judged.summaries[f];
      std::vector<std::string> row{name_of(context, all, judged, f), counts(summary)};
      for (const auto& [metric, heading] : metrics_and_names)
        row.push_back(summary.why_not.empty() ? estimate_text(summary.of(metric)) : "–");
      table.rows.push_back(std::move(row));
    }
  table.note = fmt::format("In brackets the {:g} % interval. {}.", 100 * context.level, join(methods, "; "));
  return table;
}

ReportTable line_table(const PartContext& context, const std::vector<Judged>& all) {
  ReportTable table = table_of(context, all, "calibration", "Calibration of the scores",
                               {{"calibration_slope", "Slope"},
                                {"calibration_intercept", "Intercept"},
                                {"calibration_in_the_large", "In the large"},
                                {"observed_to_expected", "Observed / expected"},
                                {"brier", "Brier"},
                                {"scaled_brier", "Scaled Brier"}});
  table.note =
      "Ideal: slope 1, intercept 0, in the large 0, observed / expected 1. Slope and intercept are of the "
      "logistic "
      "line of the truth on the scores' log odds (Cox 1958); a slope below 1 means scores that are too "
      "extreme. "
      "In the large: the intercept with the slope held at 1. Scaled Brier: 1 - Brier / (prevalence (1 - "
      "prevalence)). " +
      table.note;
  return table;
}

ReportTable error_table(const PartContext& context, const std::vector<Judged>& all,
                        const CalibrationOptions& options) {
  ReportTable table = table_of(context, all, "calibration-errors", "Calibration errors",
                               {{"ece", "ECE"},
                                {"ece_equal_mass", "ECE, equal mass"},
                                {"mce", "MCE"},
                                {"ici", "ICI"},
                                {"e50", "E50"},
                                {"e90", "E90"}});
  table.note = fmt::format(
      "ECE: mean gap between score and frequency over {} bins of equal width, or equal mass where it says "
      "so; MCE: "
      "the largest gap of equal width; ICI, E50, E90: mean, median and 90th percentile of the distance from "
      "the "
      "{} curve to the diagonal. All of them are above 0 by chance alone, the more so the fewer cases there "
      "are. {}",
      options.n_bins, name(options.smooth.kind), table.note);
  return table;
}

ReportTable parts_table(const PartContext& context, const std::vector<Judged>& all,
                        const CalibrationOptions& options) {
  ReportTable table{"brier-parts",
                    "What the Brier score is made of",
                    {context.lang("Finding"), context.lang("Brier"), context.lang("Reliability"),
                     context.lang("Resolution"), context.lang("Uncertainty"),
                     context.lang("Within-bin variance"), context.lang("Within-bin covariance")},
                    {},
                    {false, true, true, true, true, true, true},
                    {}};
  for (const Judged& judged : all)
    for (std::size_t f = 0; f < judged.summaries.size(); ++f) {
      const CalibrationSummary& summary = judged.summaries[f];
      if (!summary.why_not.empty()) continue;
      const BrierParts& parts = summary.parts;
      std::vector<std::string> row{name_of(context, all, judged, f)};
      for (const double value : {parts.brier, parts.reliability, parts.resolution, parts.uncertainty,
                                 parts.within_bin_variance, parts.within_bin_covariance})
        row.push_back(fixed(value, 4));
      table.rows.push_back(std::move(row));
    }
  table.note = fmt::format(
      "Brier = reliability - resolution + uncertainty (Murphy 1973) + within-bin variance - within-bin "
      "covariance "
      "(Stephenson et al. 2008), over {} bins of {}. Small reliability and large resolution are good. "
      "Without "
      "intervals.",
      options.n_bins, name(options.binning));
  return table;
}

ChartCurve curve_of(const CalibrationSummary& summary, std::string name, bool with_band) {
  ChartCurve curve;
  curve.name = std::move(name);
  for (const CurvePoint& point : summary.curve) {
    curve.points.push_back({point.score, point.frequency});
    if (with_band && point.interval)
      curve.band.push_back({point.score, point.interval->low, point.interval->high});
  }
  return curve;
}

ChartCurve bins_of(const CalibrationSummary& summary, const CalibrationOptions& options) {
  const ReliabilityBins& bins =
      options.binning == Binning::equal_width ? summary.equal_width : summary.equal_mass;
  ChartCurve marks;
  marks.name = "bins of " + std::string(name(bins.binning));
  marks.is_marks = true;
  double largest = 1;
  for (const ReliabilityBin& bin : bins.bins) largest = std::max(largest, bin.n);
  for (const ReliabilityBin& bin : bins.bins) {
    marks.points.push_back({bin.mean_score, bin.frequency});
    marks.weights.push_back(bin.n / largest);
  }
  return marks;
}

std::string in_words(const CalibrationSummary& summary) {
  const Estimate& slope = summary.of("calibration_slope");
  const Estimate& ratio = summary.of("observed_to_expected");
  std::string words = fmt::format("{} of {} cases have the finding.", summary.n_positive, summary.n);
  if (slope.value) words += " Slope " + estimate_text(slope, 2) + ".";
  if (ratio.value) words += " Observed / expected " + estimate_text(ratio, 2) + ".";
  return words;
}

Figure diagram(const PartContext& context, const std::vector<Judged>& all, std::size_t finding,
               const CalibrationOptions& options) {
  const Finding& what = context.data.findings[finding];
  const CalibrationSummary& first = all.front().summaries[finding];
  const JudgedUnits& units = all.front().units[finding];
  LineChart chart;
  chart.title = "Reliability diagram of " + what.name;
  chart.x = {context.lang("Score"), 0, 1, false};
  chart.y = {context.lang("Observed frequency"), 0, 1, false};
  chart.description = in_words(first);
  ChartCurve ideal;
  ideal.name = context.lang("ideal");
  ideal.is_reference = true;
  ideal.points = {{0, 0}, {1, 1}};
  chart.curves.push_back(std::move(ideal));
  for (const Judged& judged : all) {
    const CalibrationSummary& summary = judged.summaries[finding];
    if (!summary.why_not.empty()) continue;
    const bool is_first = &judged == &all.front();
    const std::string kind(name(options.smooth.kind));
    chart.curves.push_back(
        curve_of(summary, all.size() > 1 ? judged.rater->name + ", " + kind : kind, is_first));
  }
  chart.curves.push_back(bins_of(first, options));
  std::vector<double> with, without;
  for (std::size_t i = 0; i < units.scores.size(); ++i)
    (units.positive[i] ? with : without).push_back(units.scores[i]);
  const ScoreHistogram scores{histogram(with, 0, 1, HISTOGRAM_BINS),
                              histogram(without, 0, 1, HISTOGRAM_BINS)};
  std::string caption =
      in_words(first) + fmt::format(" Band: pointwise {:g} % bootstrap interval of the {} curve.",
                                    100 * context.level, name(options.smooth.kind));
  if (std::min(first.n_positive, first.n - first.n_positive) < FEW_FOR_CURVES)
    caption += " Uncertain: fewer than 200 cases with or without the finding (Van Calster et al. 2016).";
  return {"reliability-" + what.slug, what.name, std::move(caption), reliability_chart(chart, scores)};
}

/// "calibration slope" of "calibration_slope".
std::string in_plain_words(std::string metric) {
  std::ranges::replace(metric, '_', ' ');
  return metric;
}

/// What cannot be said of a finding, and what stands on little.
std::string remarks(const PartContext& context, const std::vector<Judged>& all) {
  std::string items;
  const auto say = [&](const std::string& text) { items += element("li", "", escape(text)); };
  for (const Judged& judged : all)
    for (std::size_t f = 0; f < judged.summaries.size(); ++f) {
      const CalibrationSummary& summary = judged.summaries[f];
      const std::string name = name_of(context, all, judged, f);
      if (!summary.why_not.empty()) {
        say(name + ": " + summary.why_not + ".");
        continue;
      }
      const std::size_t fewest = std::min(summary.n_positive, summary.n - summary.n_positive);
      if (fewest < FEW)
        say(fmt::format("{}: only {} with and {} without the finding; its numbers stand on little.", name,
                        summary.n_positive, summary.n - summary.n_positive));
      if (fewest == 0) continue;  // says why slope and ratio are missing
      if (summary.n_certain > 0)
        say(fmt::format("{}: {} of {} scores are nearer to 0 or 1 than 1e-8; their log odds were held there.",
                        name, summary.n_certain, summary.n));
      for (const NamedEstimate& one : summary.estimates)
        if (!one.estimate.why_not.empty() && one.metric != "mce" && one.metric != "calibration_intercept")
          say(name + ", " + in_plain_words(one.metric) + ": " + one.estimate.why_not + ".");
    }
  return items.empty() ? "" : element("ul", "class=\"note\"", items);
}

void add_rows(ReportPart& part, const PartContext& context, const Judged& judged) {
  for (std::size_t f = 0; f < judged.summaries.size(); ++f) {
    const CalibrationSummary& summary = judged.summaries[f];
    const std::string& finding = context.data.findings[f].name;
    for (const NamedEstimate& one : summary.estimates)
      part.metrics.push_back({judged.rater->name, finding, one.metric, one.estimate, {}});
    if (!summary.why_not.empty()) continue;
    const BrierParts& parts = summary.parts;
    for (const auto& [metric, value] : {std::pair{"brier_reliability", parts.reliability},
                                        {"brier_resolution", parts.resolution},
                                        {"brier_uncertainty", parts.uncertainty},
                                        {"log_loss", *summary.log_loss}}) {
      Estimate estimate;
      estimate.value = value;
      estimate.n = summary.n;
      estimate.n_positive = summary.n_positive;
      part.metrics.push_back({judged.rater->name, finding, metric, estimate, {}});
    }
  }
}

Json numbers_of(const PartContext& context, const Judged& judged) {
  Json findings = Json::object();
  for (std::size_t f = 0; f < judged.summaries.size(); ++f)
    findings[context.data.findings[f].slug] = to_json(judged.summaries[f]);
  return {{"model", judged.rater->name}, {"findings", findings}};
}

std::string fit_report(const PartContext& context, const CalibrationFit& fit) {
  std::string items;
  for (const FittedHead& head : fit.heads)
    for (std::size_t k = 0; k < head.findings.size(); ++k) {
      const FittedFinding& finding = head.findings[k];
      std::string text = context.data.findings[finding.finding].name + ": ";
      const CalibrationCurve& curve = head.calibration.curves[head.calibration.curves.size() == 1 ? 0 : k];
      if (!finding.left_alone.empty())
        text += "left as it is, " + finding.left_alone;
      else if (fit.kind == CalibrationKind::temperature)
        text += fmt::format("temperature {:.4g}", 1 / curve.slope);
      else if (fit.kind == CalibrationKind::platt)
        text += fmt::format("slope {:.4g}, intercept {:.4g}", curve.slope, curve.intercept);
      else
        text += fmt::format("{} points", curve.x.size());
      items +=
          element("li", "",
                  escape(text + fmt::format(" ({} with the finding of {})", finding.n_positive, finding.n)));
    }
  return element("h3", "", escape(context.lang("Fitted calibration"))) +
         element(
             "p", "",
             escape("A " + std::string(name(fit.kind)) + " calibration was fitted on " + fit.fitted_on +
                    ", none of them a test case or of a test case's patient. All tables and curves show the "
                    "test cases before and after it.")) +
         element("ul", "", items);
}

Json fit_json(const PartContext& context, const CalibrationFit& fit) {
  Json findings = Json::array();
  for (const FittedHead& head : fit.heads)
    for (const FittedFinding& finding : head.findings) {
      Json one = {{"finding", context.data.findings[finding.finding].slug},
                  {"n", finding.n},
                  {"n_positive", finding.n_positive}};
      if (!finding.left_alone.empty()) one["left_alone"] = finding.left_alone;
      findings.push_back(one);
    }
  return {{"kind", name(fit.kind)},
          {"fitted_on", fit.fitted_on},
          {"findings", findings},
          {"calibration", calibration_json(fit)}};
}

}  // namespace

ReportPart calibration_part(const PartContext& context, const CalibrationOptions& options) {
  ReportPart part;
  part.id = "calibration";
  part.heading = context.lang("Calibration");
  const AnalysisData& data = context.data;
  const bool has_truth = data.kind == TruthKind::findings || data.kind == TruthKind::classes;
  if (!has_truth && options.fit.kind)
    throw Error(ExitCode::usage, "--calibrate needs labels of findings or classes",
                "give them with --labels");
  if (!has_truth || data.raters.empty()) return part;
  std::optional<CalibrationFit> fit;
  Rater after;
  if (options.fit.kind) {
    fit = fit_calibration(data, options.fit);
    after = calibrated_rater(data, data.raters.front(), *fit);
  }
  std::vector<Judged> all;
  const auto add = [&](const Rater& rater) {
    Judged judged = judge(context, rater, options);
    if (says_anything(judged)) all.push_back(std::move(judged));
  };
  for (std::size_t r = 0; r < data.raters.size(); ++r) {
    if (!data.raters[r].is_reader) add(data.raters[r]);
    if (fit && r == 0) add(after);
  }
  if (fit) {
    part.warnings = fit->warnings;
    part.numbers["fit"] = fit_json(context, *fit);
    part.html += fit_report(context, *fit);
  }
  if (all.empty()) return part;
  part.tables = {line_table(context, all), error_table(context, all, options),
                 parts_table(context, all, options)};
  std::vector<std::string> figures;
  for (std::size_t f = 0; f < data.findings.size(); ++f) {
    if (!all.front().summaries[f].why_not.empty()) continue;
    part.figures.push_back(diagram(context, all, f, options));
    figures.push_back(html_figure(part.figures.back()));
  }
  part.html += html_table(part.tables[0]) + remarks(context, all) + chart_grid(context.lang, figures) +
               html_table(part.tables[1]) + html_table(part.tables[2]);
  Json models = Json::array();
  for (const Judged& judged : all) {
    models.push_back(numbers_of(context, judged));
    add_rows(part, context, judged);
  }
  part.numbers["models"] = models;
  part.numbers["level"] = context.level;
  part.numbers["bins"] = options.n_bins;
  part.numbers["curve"] = name(options.smooth.kind);
  return part;
}

std::vector<std::string> write_asked_calibration(const AnalysisData& data, const CalibrationOptions& options,
                                                 const Json& run) {
  if (!options.fit.kind || options.fit.calibrated_bundle.empty()) return {};
  return write_calibration(fit_calibration(data, options.fit), options.fit, run);
}

}  // namespace radbatch
