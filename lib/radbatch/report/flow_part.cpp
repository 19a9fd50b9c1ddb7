#include "radbatch/report/flow_part.hpp"

#include "radbatch/base/text.hpp"
#include "radbatch/report/flow_chart.hpp"
#include "radbatch/report/flow_counts.hpp"
#include "radbatch/report/html.hpp"

namespace radbatch {
namespace {

using html::grouped;

Json finding_json(const FlowFinding& finding, bool is_continuous) {
  Json json = {{"finding", finding.name}, {"n", finding.n}};
  if (is_continuous) return json;
  json["n_positive"] = finding.positive;
  json["n_negative"] = finding.negative;
  if (!finding.has_decisions) return json;
  json["true_positive"] = finding.true_positive;
  json["false_positive"] = finding.false_positive;
  json["true_negative"] = finding.true_negative;
  json["false_negative"] = finding.false_negative;
  return json;
}

Json units_json(const FlowUnits& units, bool is_continuous) {
  Json json = {{"unit", units.are_patients ? "patient" : "case"},
               {"labelled", units.labelled},
               {"labelled_with_result", units.labelled - units.without_result},
               {"without_result", units.without_result},
               {"not_in_test_set", units.not_test},
               {"truth_or_score_missing", units.not_judged},
               {"analysed", units.analysed}};
  if (units.patients) json["analysed_patients"] = *units.patients;
  json["findings"] = Json::array();
  for (const FlowFinding& finding : units.findings)
    json["findings"].push_back(finding_json(finding, is_continuous));
  return json;
}

Json numbers_of(const FlowCounts& counts, bool is_continuous) {
  Json json = {{"cases", counts.cases}, {"eligible", counts.eligible}, {"with_result", counts.done}};
  if (counts.files_found) json["files_found"] = *counts.files_found;
  if (counts.files_in_cases) json["files_in_cases"] = *counts.files_in_cases;
  if (counts.files_found && counts.files_in_cases)
    json["files_in_no_case"] = *counts.files_found - std::min(*counts.files_found, *counts.files_in_cases);
  json["files_in_no_case_by_reason"] = counts.unassigned;
  for (const auto& [status, n] : counts.by_status) json["by_status"][std::string(name(status))] = n;
  json["by_reason"] = Json::object();
  for (const auto& [status, reasons] : counts.reasons) json["by_reason"][std::string(name(status))] = reasons;
  if (!counts.units) return json;
  json.update(units_json(*counts.units, is_continuous));
  const std::size_t usable = counts.units->labelled - counts.units->without_result;
  if (!counts.units->are_patients) json["without_label"] = counts.done - std::min(counts.done, usable);
  return json;
}

/// Counts per finding, where there are several; of one the diagram says them.
ReportTable finding_table(const FlowUnits& units, const Language& lang) {
  ReportTable table{
      "flow",
      lang("Cases analysed, by finding"),
      {lang("Finding"), lang("Analysed"), lang("With the finding"), lang("Without the finding")},
      {},
      {false, true, true, true},
      ""};
  for (const FlowFinding& finding : units.findings)
    table.rows.push_back(
        {finding.name, grouped(finding.n), grouped(finding.positive), grouped(finding.negative)});
  return table;
}

std::string caption_of(const FlowCounts& counts) {
  std::string text = "Boxes say what goes on, dashed boxes what is left out and why; n counts ";
  text += counts.files_found ? "files in the first box, cases below" : "cases";
  text += counts.units && counts.units->are_patients ? ", and patients from the labels on." : ".";
  return text;
}

}  // namespace

ReportPart flow_part(const PartContext& context, const RunData& run) {
  ReportPart part;
  part.id = "flow";
  part.heading = context.lang("Flow of cases");
  const FlowCounts counts = flow_counts(run, context.data);
  if (counts.cases == 0) return part;
  const bool is_continuous = context.data.kind == TruthKind::continuous;
  part.numbers = numbers_of(counts, is_continuous);
  part.figures.push_back(
      {"flow", context.lang("Flow of cases"), caption_of(counts), flow_chart(counts, context.lang)});
  part.html = html_figure(part.figures.front());
  if (!counts.units || is_continuous || counts.units->findings.size() < 2) return part;
  part.tables.push_back(finding_table(*counts.units, context.lang));
  part.html += html_table(part.tables.front());
  return part;
}

}  // namespace radbatch
