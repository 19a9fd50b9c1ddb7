#include <algorithm>
#include <set>

#include "radbatch/base/json.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/base/version.hpp"
#include "radbatch/report/checklist.hpp"
#include "radbatch/report/html.hpp"

namespace radbatch {
namespace {

using Facts = std::map<Fact, std::string>;

/// Adds a fact, or a further sentence to one.
void tell(Facts& facts, Fact fact, const std::string& sentence) {
  if (sentence.empty()) return;
  std::string& text = facts[fact];
  text += (text.empty() ? "" : " ") + sentence;
}

std::string sentence(const std::string& before, const std::string& text, const std::string& after = ".") {
  return text.empty() ? "" : before + text + (text.ends_with('.') && after == "." ? "" : after);
}

bool is_there(std::span<const ReportPart> parts, std::string_view id) {
  return std::ranges::any_of(parts,
                             [&](const ReportPart& part) { return part.id == id && !part.html.empty(); });
}

/// "Report, sections Flow and Labels." of those of the ids that the report has.
std::string shown_in(std::span<const ReportPart> parts, std::initializer_list<std::string_view> ids) {
  std::vector<std::string> headings;
  for (const std::string_view id : ids) {
    const auto part = std::ranges::find(parts, id, &ReportPart::id);
    if (part != parts.end() && !part->html.empty()) headings.push_back("'" + part->heading + "'");
  }
  if (headings.empty()) return {};
  return "Report, " + std::string(headings.size() == 1 ? "section " : "sections ") + join(headings, ", ") +
         ".";
}

void tell_model(Facts& facts, const RunData& run) {
  const auto text = [&](const char* key) { return text_at(run.run, {"model", key}); };
  const std::string name = text("name");
  if (!name.empty()) {
    const std::string version = text("version");
    tell(facts, Fact::model, "Model " + name + (version.empty() ? "" : ", version " + version) + ".");
    tell(facts, Fact::model, sentence("Task: ", text("task")));
    tell(facts, Fact::model, sentence("SHA-256 of its files: ", text("sha256")));
    tell(facts, Fact::availability,
         sentence("Model " + name + " (SHA-256 " + text("sha256") + "), licence: ", text("licence")));
  }
  tell(facts, Fact::intended_use, sentence("As the model's bundle declares: ", text("intended_use")));
  tell(facts, Fact::intended_use, sentence("Not for: ", text("not_for")));
  if (text_at(run.run, {"tool"}) == "radbatch-ensemble")
    tell(facts, Fact::ensemble, "Scores are those of an ensemble; run.json lists its members.");
}

void tell_preparation(Facts& facts, const RunData& run) {
  const Json plan = run.run.value("plan", Json());
  std::vector<std::string> steps;
  for (const Json& step : plan.is_array() ? plan : Json::array()) steps.push_back(text_at(step, {"name"}));
  if (!steps.empty())
    tell(facts, Fact::preparation,
         "Steps in MONAI's terms: " + join(steps, ", ") +
             "; with all parameters in the report, section 'How it was made'.");
  tell(facts, Fact::preparation, sentence("SHA-256 of the plan: ", text_at(run.run, {"plan_sha256"})));
}

void tell_software(Facts& facts, const RunData& run) {
  const std::string tool = text_at(run.run, {"tool"});
  if (!tool.empty())
    tell(facts, Fact::software,
         "Scores: " + tool + " " + text_at(run.run, {"version"}) + ", revision " +
             text_at(run.run, {"git_revision"}) + ".");
  tell(facts, Fact::software,
       "Statistics: radbatch-report " + std::string(version()) + ", revision " + std::string(git_revision()) +
           ".");
}

void tell_cases(Facts& facts, const RunData& run, std::span<const ReportPart> parts) {
  if (run.cases.empty()) return;
  std::string ended;
  for (const Status status :
       {Status::done, Status::skipped, Status::refused, Status::failed, Status::interrupted}) {
    const std::size_t n = run.count(status);
    if (n > 0 || status == Status::done)
      ended += (ended.empty() ? "" : ", ") + std::to_string(n) + " " + std::string(name(status));
  }
  tell(facts, Fact::flow, "Of " + counted(run.cases.size(), "case") + ": " + ended + ".");
  if (const auto found = run.files_found())
    tell(facts, Fact::flow, counted(*found, "file") + " found, each accounted for.");
  tell(facts, Fact::flow, shown_in(parts, {"flow", "cases"}));
  std::map<std::string, std::size_t> reasons;
  for (const CaseRow& row : run.cases) {
    if (row.status != Status::done && !row.reason.empty()) ++reasons[row.reason];
  }
  std::vector<std::string> words;
  for (const auto& [reason, n] : reasons) words.push_back(reason + " " + std::to_string(n));
  tell(facts, Fact::eligibility, sentence("Of data: cases without a result, by reason: ", join(words, ", ")));
  tell(facts, Fact::indeterminate,
       "Cases that the model cannot take are refused or skipped with a reason, never scored: " + ended + ".");
  tell(facts, Fact::audit,
       "The run folder keeps every case's outcome, scores, hashes of inputs and the report's numbers "
       "(run.json, cases.csv, predictions.csv, report.json).");
  tell(facts, Fact::privacy,
       "Tables carry keyed hashes in place of identifiers; the link to patients stays in private/.");
  tell(
      facts, Fact::prediction,
      "By the software and model named above, without access to the reference standard; the same input gives "
      "the same score.");
}

void tell_data(Facts& facts, const AnalysisData& data) {
  const auto n_test = static_cast<std::size_t>(std::ranges::count(data.is_test, 1));
  tell(facts, Fact::test_data,
       counted(n_test, "labelled unit") + " evaluated" +
           (data.where.empty() ? "." : ", those where " + data.where + "."));
  tell(facts, Fact::sample_size,
       "Evaluated: " + std::to_string(n_test) +
           (data.has_patients ? " of " + counted(data.n_clusters, "patient") : "") +
           ". Why this number is for the authors.");
  if (!data.where.empty())
    tell(facts, Fact::partitions, "Evaluated where " + data.where + " in the label table.");
  if (!data.where.empty()) tell(facts, Fact::subsets, "Evaluated where " + data.where + ".");
  if (data.has_patients) {
    tell(facts, Fact::disjoint,
         "Patients are known; thresholds and calibrations fitted on units of a test patient are refused.");
    tell(facts, Fact::clusters,
         data.is_clustered() ? "Patients have several units; intervals are clustered by patient."
                             : "One unit per patient: units are independent.");
  }
  std::size_t unknown = 0;
  for (const std::vector<Answer>& column : data.truth) {
    for (std::size_t i = 0; i < column.size(); ++i)
      unknown += data.is_test[i] && column[i] == Answer::unknown ? 1U : 0U;
  }
  const auto not_done = static_cast<std::size_t>(std::ranges::count(data.is_done, 0));
  if (!data.truth.empty())
    tell(facts, Fact::missing_data,
         counted(unknown, "missing label") + " left out finding by finding; " +
             counted(not_done, "labelled unit") + " without a score.");
  std::set<std::string> readers;
  for (const Rater& rater : data.raters) {
    if (rater.is_reader) readers.insert(rater.name);
  }
  if (!readers.empty())
    tell(facts, Fact::rater_variability, counted(readers.size(), "reader") + " compared.");
}

void tell_thresholds(Facts& facts, const AnalysisData& data) {
  std::vector<std::string> words;
  for (const Finding& finding : data.findings) {
    if (!finding.threshold) continue;
    words.push_back(finding.name + " " + html::fixed(*finding.threshold, 3) +
                    (finding.threshold_source.empty() ? "" : " (" + finding.threshold_source + ")"));
  }
  tell(facts, Fact::thresholds, sentence("Declared by the model: ", join(words, "; ")));
}

void tell_methods(Facts& facts, std::span<const ReportPart> parts) {
  std::set<std::string> metrics, methods;
  for (const ReportPart& part : parts) {
    for (const MetricRow& row : part.metrics) {
      metrics.insert(row.metric);
      if (row.estimate.interval) methods.insert(row.estimate.interval->method);
    }
  }
  const auto listed = [](const std::set<std::string>& words) {
    return join(std::vector<std::string>(words.begin(), words.end()), ", ");
  };
  tell(facts, Fact::metrics, sentence("", listed(metrics), " (metrics.csv)."));
  tell(facts, Fact::uncertainty, sentence("Intervals: ", listed(methods)));
  if (!metrics.empty())
    tell(facts, Fact::accuracy_named, "The measures are in metrics.csv; the title is for the authors.");
}

void tell_sections(Facts& facts, std::span<const ReportPart> parts) {
  tell(facts, Fact::reference_standard,
       sentence("How label rows met cases: ", shown_in(parts, {"label-join"}), ""));
  tell(facts, Fact::performance,
       shown_in(parts, {"discrimination", "calibration", "regression", "ordinal", "use"}));
  tell(facts, Fact::cross_table, shown_in(parts, {"discrimination", "ordinal"}));
  tell(facts, Fact::characteristics, shown_in(parts, {"table1"}));
  tell(facts, Fact::failures, shown_in(parts, {"right-and-wrong", "flow", "cases", "lists"}));
  tell(facts, Fact::subgroups, shown_in(parts, {"subgroups"}));
  tell(facts, Fact::calibration, shown_in(parts, {"calibration"}));
  tell(facts, Fact::robustness, shown_in(parts, {"sensitivity", "drift", "subgroups"}));
  tell(facts, Fact::explanations, shown_in(parts, {"explanations"}));
  tell(facts, Fact::rater_variability, shown_in(parts, {"readers"}));
  if (is_there(parts, "table1")) tell(facts, Fact::acquisition, "Scanners and geometry: report, Table 1.");
}

}  // namespace

Facts known_facts(const PartContext& ctx, const RunData& run, std::span<const ReportPart> parts) {
  Facts facts;
  tell_model(facts, run);
  tell_preparation(facts, run);
  tell_software(facts, run);
  tell_cases(facts, run, parts);
  tell_data(facts, ctx.data);
  tell_thresholds(facts, ctx.data);
  tell_methods(facts, parts);
  tell_sections(facts, parts);
  return facts;
}

}  // namespace radbatch
