#include "radbatch/report/drift.hpp"

#include <algorithm>

#include "radbatch/report/drift_curves.hpp"
#include "radbatch/report/drift_time.hpp"
#include "radbatch/report/html.hpp"
#include "radbatch/report/part_pieces.hpp"

namespace radbatch {
namespace {

std::string name_of_finding(const AnalysisData& data, const std::string& slug) {
  const auto found = std::ranges::find(data.findings, slug, &Finding::slug);
  return found == data.findings.end() ? slug : found->name;
}

std::string from_to(const std::optional<double>& before, const std::optional<double>& now) {
  return before || now ? value_text(before) + " → " + value_text(now) : "–";
}

std::string index_text(const std::optional<StabilityIndex>& index) {
  return index ? html::fixed(index->value, 3) : "–";
}

std::string chance_text(const std::optional<StabilityIndex>& index) {
  return index && index->by_chance ? html::fixed(*index->by_chance, 3) : "–";
}

ReportTable score_table(const PartContext& context, const std::vector<ScoreShift>& shifts) {
  ReportTable table{"drift-scores",
                    "Drift of the scores",
                    {context.lang("Finding"), "n", context.lang("Mean score"), "PSI", "PSI by chance",
                     "Reading", "KS distance", "p (Holm)", "Wasserstein", context.lang("Called positive"),
                     context.lang("Difference") + " (" + level_text(context.level) + ")"},
                    {},
                    {false, true, true, true, true, false, true, true, true, true, true},
                    {}};
  for (const ScoreShift& shift : shifts) {
    const std::string n = html::grouped(shift.n_before) + " → " + html::grouped(shift.n_now);
    const std::string finding = name_of_finding(context.data, shift.finding);
    if (!shift.why_not.empty()) {
      table.rows.push_back({finding, n, "–", "–", "–", shift.why_not, "–", "–", "–", "–", "–"});
      continue;
    }
    table.rows.push_back({finding, n, from_to(shift.mean_before, shift.mean_now), index_text(shift.index),
                          chance_text(shift.index), reading_of(shift.index),
                          html::fixed(shift.kolmogorov_smirnov->distance, 3), p_text(shift.adjusted_p),
                          value_text(shift.wasserstein), from_to(shift.called_before, shift.called_now),
                          difference_text(shift.called.estimate)});
  }
  return table;
}

ReportTable column_table(const PartContext& context, const std::vector<ColumnShift>& shifts) {
  ReportTable table{"drift-columns",
                    "Drift of the inputs",
                    {context.lang("Characteristic"), "n", context.lang("Missing"), "Largest change", "PSI",
                     "PSI by chance", "Reading", "Standardised difference", "p (Holm)", "Test"},
                    {},
                    {false, true, true, false, true, true, false, true, true, false},
                    {}};
  for (const ColumnShift& shift : shifts) {
    const std::string n = html::grouped(shift.n_before) + " → " + html::grouped(shift.n_now);
    const std::string missing =
        html::grouped(shift.missing_before) + " → " + html::grouped(shift.missing_now);
    if (!shift.why_not.empty()) {
      table.rows.push_back({shift.name, n, missing, shift.why_not, "–", "–", "–", "–", "–", "–"});
      continue;
    }
    table.rows.push_back({shift.name, n, missing, shift.change, index_text(shift.index),
                          chance_text(shift.index), reading_of(shift.index), value_text(shift.standardised),
                          p_text(shift.adjusted_p), shift.test.empty() ? "–" : shift.test});
  }
  return table;
}

Json index_json(const std::optional<StabilityIndex>& index) {
  if (!index) return Json();
  return {{"value", index->value},
          {"n_bins", index->n_bins},
          {"by_chance", optional_json(index->by_chance)},
          {"reading", reading_of(index)}};
}

Json score_json(const ScoreShift& shift) {
  Json json = {{"finding", shift.finding},
               {"n_before", shift.n_before},
               {"n_now", shift.n_now},
               {"mean_before", optional_json(shift.mean_before)},
               {"mean_now", optional_json(shift.mean_now)},
               {"psi", index_json(shift.index)},
               {"wasserstein", optional_json(shift.wasserstein)},
               {"called_before", optional_json(shift.called_before)},
               {"called_now", optional_json(shift.called_now)},
               {"called_difference", estimate_json(shift.called.estimate)},
               {"called_p", optional_json(shift.called.p)},
               {"called_test", shift.called.test},
               {"why_not", shift.why_not}};
  if (shift.kolmogorov_smirnov)
    json["kolmogorov_smirnov"] = {{"distance", shift.kolmogorov_smirnov->distance},
                                  {"p", shift.adjusted_p ? Json(shift.kolmogorov_smirnov->p) : Json()},
                                  {"p_holm", optional_json(shift.adjusted_p)},
                                  {"method", shift.kolmogorov_smirnov->method}};
  return json;
}

Json column_json(const ColumnShift& shift) {
  return {{"name", shift.name},
          {"is_number", shift.is_number},
          {"n_before", shift.n_before},
          {"n_now", shift.n_now},
          {"missing_before", shift.missing_before},
          {"missing_now", shift.missing_now},
          {"psi", index_json(shift.index)},
          {"standardised_difference", optional_json(shift.standardised)},
          {"wasserstein", optional_json(shift.wasserstein)},
          {"p", optional_json(shift.p)},
          {"p_holm", optional_json(shift.adjusted_p)},
          {"test", shift.test},
          {"change", shift.change},
          {"why_not", shift.why_not}};
}

void add_metrics(ReportPart& part, const AnalysisData& data, const std::vector<ScoreShift>& shifts) {
  const std::string& model = data.raters.front().name;
  for (const ScoreShift& shift : shifts) {
    if (!shift.why_not.empty()) continue;
    const std::string finding = name_of_finding(data, shift.finding);
    const std::size_t n = shift.n_before + shift.n_now;
    auto add = [&](const std::string& metric, const std::optional<double>& value) {
      part.metrics.push_back({model, finding, metric, {value, std::nullopt, n, 0, {}}, ""});
    };
    add("drift_psi", shift.index ? std::optional(shift.index->value) : std::nullopt);
    add("drift_ks", shift.kolmogorov_smirnov->distance);
    add("drift_wasserstein", shift.wasserstein);
    part.metrics.push_back({model, finding, "drift_called_difference", shift.called.estimate, ""});
  }
}

void add_methods(ReportPart& part, bool clustered) {
  std::string text =
      "PSI: population stability index over the tenths of the earlier values; a bin that one side leaves "
      "empty "
      "counts as half of a case there. By chance: what samples of these sizes from one distribution stay "
      "below "
      "95 times of 100 (Yurdakul 2018). Reading: within chance, else small below 0.1, moderate to 0.25, "
      "large "
      "beyond. KS: two-sample Kolmogorov-Smirnov, p exact with ties up to a product of 4,000,000 cases, else "
      "of "
      "the limiting distribution. Wasserstein: mean distance that scores have moved. Standardised "
      "difference: "
      "of means in standard deviations, of shares after Yang and Dalton 2012. p (Holm) is adjusted over the "
      "rows of its table.";
  if (clustered)
    text +=
        " Patients have several cases: tests that take cases as independent are left out, and PSI by chance "
        "is too small.";
  add_note(part, text);
}

void add_shifts(ReportPart& part, const PartContext& context, const DriftColumns& before,
                const DriftColumns& now, bool shares_patients, const std::string& time_column) {
  const std::vector<ScoreShift> scores = score_shifts(before, now, shares_patients, context.level);
  const std::vector<ColumnShift> columns = column_shifts(before, now, time_column);
  add_heading(part, before.name + " → " + now.name);
  part.numbers["before"] = {{"name", before.name}, {"n", before.size()}};
  part.numbers["now"] = {{"name", now.name}, {"n", now.size()}};
  part.numbers["level"] = context.level;
  part.numbers["smallest_printed_p"] = SMALLEST_PRINTED_P;
  for (const ScoreShift& shift : scores) part.numbers["scores"].push_back(score_json(shift));
  for (const ColumnShift& shift : columns) part.numbers["columns"].push_back(column_json(shift));
  add_table(part, score_table(context, scores));
  add_score_curves(part, context, before, now, scores);
  if (!columns.empty()) add_table(part, column_table(context, columns));
  add_metrics(part, context.data, scores);
  add_methods(part, before.is_clustered || now.is_clustered || shares_patients);
}

std::string half_name(const TimeSeries& series, bool later) {
  return (later ? "from " : "before ") + step_name(*series.split, series.step);
}

}  // namespace

ReportPart drift_part(const PartContext& context, const DriftOptions& options) {
  ReportPart part;
  part.id = "drift";
  part.heading = context.lang("Drift");
  const AnalysisData& data = context.data;
  if (data.raters.empty() || (!options.reference && options.time.empty())) return part;
  std::optional<TimeSeries> series;
  if (!options.time.empty()) series = time_series(context, options.time, options.every);
  if (options.reference) {
    add_shifts(part, context, *options.reference, drift_columns(data, "this run"), false, options.time);
  } else if (series->split) {
    auto half = [&](bool later) {
      return drift_columns(data, half_name(*series, later), half_of(data, options.time, *series, later));
    };
    add_shifts(part, context, half(false), half(true), data.is_clustered(), options.time);
  } else {
    add_note(part, "All dated cases are of " +
                       (series->steps.empty() ? std::string("one step of time")
                                              : step_name(series->steps.front(), series->step)) +
                       ": there is no earlier half to compare with.");
  }
  if (series) add_time_series(part, context, *series);
  return part;
}

}  // namespace radbatch
