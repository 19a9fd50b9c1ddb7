#include "radbatch/batch/bids_export.hpp"

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/batch/bids_layout.hpp"
#include "radbatch/batch/participant_names.hpp"
#include "radbatch/batch/signals.hpp"
#include "radbatch/store/table.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view ignored =
    "# BIDS has no suffix for predictions of a model.\n"
    "predictions.tsv\npredictions.json\nexport.csv\n"
    "**/*_predictions.tsv\n**/*_predictions.json\n**/*_explanation.png\n";

/// Of the letters and digits in it: the sidecars have the name itself, and a data set is of one model.
std::string plain_label(std::string_view text) {
  std::string label;
  for (const char c : text) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) label += c;
  }
  return label.empty() ? bids_label(text) : label.substr(0, 40);
}

/// Where a code can be looked up; empty where that is not known.
std::string term_url(const std::string& code) {
  if (code.starts_with("SCT:")) return "http://snomed.info/id/" + split(code, ':')[1];
  if (code.starts_with("RADLEX:")) return "http://radlex.org/RID/" + split(code, ':')[1];
  return {};
}

Json column_text(const ExportedRun& run, const ScoreColumn& column) {
  const Head& head = run.bundle.heads[column.head];
  if (column.kind == ColumnKind::top) {
    Json levels = Json::object();
    for (const Finding& finding : head.findings) levels[finding.name] = finding.slug;
    return {{"Description", "The class of the highest score, head " + head.name}, {"Levels", levels}};
  }
  if (column.kind == ColumnKind::expected)
    return {
        {"Description", "Sum of grade times its probability, the lowest grade being 0, head " + head.name}};
  const Finding& finding = head.findings[column.finding];
  Json text{{"LongName", finding.name}};
  if (column.kind == ColumnKind::probability) text["Description"] = "Score of the model, from 0 to 1";
  if (column.kind == ColumnKind::value) text["Description"] = "Number that the model gives";
  if (column.kind == ColumnKind::decision) {
    text["Description"] = "Score at or above " + shortest(finding.threshold.value_or(0));
    text["Levels"] = {{"0", "below the threshold"}, {"1", "at or above it"}};
  }
  if (const std::string url = term_url(finding.code); !url.empty()) text["TermURL"] = url;
  return text;
}

Json model_text(const ExportedRun& run) {
  return {{"Name", run.algorithm.name}, {"Version", run.algorithm.version}, {"SHA256", run.model_sha256}};
}

Json description(const ExportedRun& run) {
  Json json{
      {"Name", "Predictions of " + run.algorithm.name + " " + run.algorithm.version},
      {"BIDSVersion", "1.10.0"},
      {"DatasetType", "derivative"},
      {"GeneratedBy",
       Json::array({{{"Name", "radbatch"},
                     {"Version", run.version.empty() ? "unknown" : run.version},
                     {"Description", "scores of the model " + run.algorithm.name + " " +
                                         run.algorithm.version + " (sha256 " + run.model_sha256 + ")"}}})}};
  if (!run.bundle.citation.empty()) json["HowToAcknowledge"] = run.bundle.citation;
  return json;
}

std::string readme(const ExportedRun& run) {
  return "Predictions of the model " + run.algorithm.name + " " + run.algorithm.version +
         ", made by radbatch. For research, not for clinical use.\n\n"
         "predictions.tsv has a line for each study, predictions.json says what its columns mean. The "
         "folders\n"
         "sub-*/ have the same per study, one line for each finding.\n";
}

std::vector<std::string> cells_of(const ExportedRun& run, const CaseOutcome& outcome) {
  if (outcome.status != Status::done) return std::vector<std::string>(score_columns(run.bundle).size());
  return score_cells(run.bundle, scores_of(run, outcome));
}

/// One line per finding: what the case's own table says.
std::string case_table(const ExportedRun& run, const CaseOutcome& outcome) {
  const CaseScores scores = scores_of(run, outcome);
  std::string text = tsv_line(std::vector<std::string>{"head", "finding", "score", "decision", "is_top"});
  for (std::size_t h = 0; h < run.bundle.heads.size(); ++h) {
    const HeadScores& numbers = scores.heads.at(h);
    for (std::size_t f = 0; f < numbers.values.size(); ++f) {
      const std::string decision = !numbers.decisions[f] ? "" : *numbers.decisions[f] ? "1" : "0";
      const std::string top = !numbers.top ? "" : *numbers.top == f ? "1" : "0";
      text +=
          tsv_line(std::vector<std::string>{run.bundle.heads[h].name, run.bundle.heads[h].findings[f].name,
                                            shortest(numbers.values[f]), decision, top});
    }
  }
  return text;
}

Json case_text(const ExportedRun& run, const Case& one, const CaseOutcome& outcome) {
  return {
      {"CaseId", one.id},
      {"Model", model_text(run)},
      {"Flags", outcome.flags},
      {"head", {{"Description", "Output of the model"}}},
      {"finding", {{"Description", "What the score is about"}}},
      {"score", {{"Description", "From 0 to 1; of a regression the number itself"}}},
      {"decision", {{"Description", "1: at or above the model's threshold; n/a: none is declared"}}},
      {"is_top",
       {{"Description", "1: the class of the highest score; n/a: findings that do not exclude each other"}}}};
}

void write_case(const ExportedRun& run, const Case& one, const CaseOutcome& outcome,
                const ParticipantName& name, const fs::path& root) {
  make_folder(root / name.folder());
  const std::string stem = name.folder() + name.stem();
  const std::string desc = "desc-" + plain_label(run.algorithm.name);
  write_file_atomically(root / (stem + desc + "_predictions.tsv"), case_table(run, outcome));
  write_file_atomically(root / (stem + desc + "_predictions.json"), pretty(case_text(run, one, outcome)));
  const Json record = outcome.result.value("explanation", Json::object());
  const fs::path picture = run.folder.root() / record.value("picture", std::string());
  std::error_code missing;
  if (!record.contains("picture") || !fs::is_regular_file(picture, missing)) return;
  const std::string label = "label-" + plain_label(record.value("finding", std::string("finding"))) + "_";
  write_file_atomically(root / (stem + label + desc + "_explanation.png"), read_file(picture));
}

void write_columns(const ExportedRun& run, const fs::path& root) {
  Json columns{{"participant_id", {{"Description", "Participant of the images' data set, or a keyed hash"}}},
               {"session_id", {{"Description", "Session of the images' data set, or the study"}}},
               {"case_id", {{"Description", "Case of the run that made the predictions"}}},
               {"status", {{"Description", "done, or why the case has no scores"}}},
               {"flags", {{"Description", "Warnings about the case"}}},
               {"Model", model_text(run)}};
  for (const ScoreColumn& column : score_columns(run.bundle)) columns[column.name] = column_text(run, column);
  write_file_atomically(root / "predictions.json", pretty(columns));
}

}  // namespace

void export_bids(const ExportedRun& run, const fs::path& to, bool all_cases, ExportLedger& ledger,
                 Reporter& reporter) {
  const fs::path root = to / BIDS;
  make_folder(root);
  std::vector<std::string> header{"participant_id", "session_id", "case_id", "status"};
  for (const ScoreColumn& column : score_columns(run.bundle)) header.push_back(column.name);
  header.emplace_back("flags");
  std::string table = tsv_line(header);
  const std::vector<ParticipantName> names = participant_names(run);
  for (std::size_t i = 0; i < run.cases().size() && stop_signal() == 0; ++i) {
    const Case& one = run.cases()[i];
    const CaseOutcome outcome = run.run.outcomes.at(one.id);
    const bool is_done = outcome.status == Status::done;
    if (!is_done)
      ledger.skipped(one.id, BIDS, outcome.reason.value_or(Reason::interrupted), "the case is not done");
    if (!is_done && !all_cases) continue;
    std::vector<std::string> cells{names[i].participant, names[i].session, one.id,
                                   outcome.reason ? std::string(code(*outcome.reason)) : "done"};
    for (std::string& cell : cells_of(run, outcome)) cells.push_back(std::move(cell));
    cells.push_back(join(outcome.flags, " "));
    table += tsv_line(cells);
    if (is_done) write_case(run, one, outcome, names[i], root);
    if (is_done) ledger.exported(one.id, BIDS, std::string(BIDS) + "/" + names[i].folder());
    reporter.progress({"writing the BIDS derivative", i + 1, run.cases().size(), {}});
  }
  if (stop_signal() != 0) return;
  write_columns(run, root);
  write_file_atomically(root / "predictions.tsv", table);
  write_file_atomically(root / "dataset_description.json", pretty(description(run)));
  write_file_atomically(root / "README", readme(run));
  write_file_atomically(root / ".bidsignore", ignored);
}

}  // namespace radbatch
