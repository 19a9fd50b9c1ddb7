#include "radbatch/batch/clinicadl_export.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/batch/participant_names.hpp"
#include "radbatch/store/table.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

/// What one table is about: a whole head, or one of its findings.
struct Subject {
  std::size_t head = 0;
  std::optional<std::size_t> finding;
  std::string name;                  ///< of its files
  std::vector<std::string> columns;  ///< of a label table that may say the truth
};

bool has_classes(const Head& head) {
  return head.kind == HeadKind::multi_class || head.kind == HeadKind::ordinal;
}

std::vector<Subject> subjects_of(const Bundle& bundle) {
  std::vector<Subject> subjects;
  for (std::size_t h = 0; h < bundle.heads.size(); ++h) {
    const Head& head = bundle.heads[h];
    if (has_classes(head)) {
      subjects.push_back({h, std::nullopt, slug(head.name), {head.name, "label"}});
      continue;
    }
    for (std::size_t f = 0; f < head.findings.size(); ++f) {
      const std::string label = finding_label(bundle, h, f);
      subjects.push_back({h, f, label, {head.findings[f].name, head.findings[f].slug, label, "p_" + label}});
    }
  }
  return subjects;
}

/// The table of labels, by case.
class TrueLabels {
 public:
  TrueLabels(const fs::path& path, const ExportedRun& run, const std::vector<Subject>& subjects,
             Reporter& reporter) {
    if (path.empty()) return;
    what_ = path.filename().string();
    table_ = read_csv(read_file(path), what_, path.extension() == ".tsv" ? '\t' : ',');
    const auto id = table_.find("case_id");
    if (!id) refuse(": there is no column case_id", "name the cases as cases.csv of the run does");
    for (std::size_t row = 0; row < table_.rows().size(); ++row) {
      const std::string text = table_.text(row, *id);
      if (!rows_.emplace(text, row).second)
        refuse(": line " + std::to_string(table_.line_of(row)) + ": " + printable(text) + " comes twice");
    }
    check_columns(subjects);
    check_cases(run, reporter);
  }

  /// "" where the table does not say it.
  std::string at(const std::string& case_id, const Subject& subject, const Head& head) const {
    const auto row = rows_.find(case_id);
    const auto column = column_of(subject);
    if (row == rows_.end() || !column) return {};
    const std::string text = table_.text(row->second, *column);
    return text.empty() ? text : number_of(text, subject, head, table_.line_of(row->second));
  }

 private:
  [[noreturn]] void refuse(const std::string& why, const std::string& hint = {}) const {
    throw Error(ExitCode::usage, printable(what_) + why, hint);
  }

  std::optional<std::size_t> column_of(const Subject& subject) const {
    for (const std::string& name : subject.columns) {
      if (const auto column = table_.find(name)) return column;
    }
    return std::nullopt;
  }

  void check_columns(const std::vector<Subject>& subjects) const {
    const bool has_any =
        std::ranges::any_of(subjects, [&](const Subject& one) { return column_of(one).has_value(); });
    if (!has_any) refuse(": no column is named label or like a head or finding of the model");
  }

  void check_cases(const ExportedRun& run, Reporter& reporter) const {
    const auto n_known = static_cast<std::size_t>(
        std::ranges::count_if(run.cases(), [&](const Case& one) { return rows_.contains(one.id); }));
    if (n_known == 0) refuse(": none of its cases is in the run", "case_id is as in cases.csv of the run");
    const std::size_t strangers = rows_.size() - n_known;
    if (strangers > 0)
      reporter.warning(printable(what_) + ": " + counted(strangers, "case") +
                       (strangers == 1 ? " is" : " are") + " not in the run");
  }

  std::string number_of(const std::string& text, const Subject& subject, const Head& head,
                        std::size_t line) const {
    if (head.kind == HeadKind::regression) return text;
    const std::size_t n = has_classes(head) ? head.findings.size() : 2;
    std::size_t number = n;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size() && number < n) return text;
    for (std::size_t f = 0; has_classes(head) && f < n; ++f) {
      if (head.findings[f].name == text || head.findings[f].slug == text) return std::to_string(f);
    }
    refuse(", line " + std::to_string(line) + ": '" + printable(text) + "' is no label of " +
               printable(subject.name),
           has_classes(head) ? "write the name, slug or number of a class" : "write 0 or 1");
  }

  std::string what_;  ///< the file's name
  Table table_;
  std::map<std::string, std::size_t> rows_;
};

/// predicted_label, proba0 ... of one case.
std::vector<std::string> prediction(const Subject& subject, const Head& head, const HeadScores& scores) {
  std::vector<std::string> cells;
  if (!subject.finding) {
    cells.push_back(scores.top ? std::to_string(*scores.top) : "");
    for (const float value : scores.values) cells.push_back(shortest(value));
    return cells;
  }
  const float value = scores.values.at(*subject.finding);
  if (head.kind == HeadKind::regression) return {shortest(value)};
  const bool is_positive = scores.decisions.at(*subject.finding).value_or(value >= 0.5F);
  return {is_positive ? "1" : "0", shortest(1.0F - value), shortest(value)};
}

std::vector<std::string> header_of(const Subject& subject, const Head& head) {
  std::vector<std::string> header{"participant_id", "session_id", "image_id", "true_label",
                                  "predicted_label"};
  const std::size_t n = !subject.finding ? head.findings.size() : head.kind == HeadKind::regression ? 0 : 2;
  for (std::size_t i = 0; i < n; ++i) header.push_back("proba" + std::to_string(i));
  return header;
}

Json label_code(const Subject& subject, const Head& head) {
  Json code = Json::object();
  if (subject.finding) return {{"absent", 0}, {"present", 1}};
  for (std::size_t f = 0; f < head.findings.size(); ++f) code[head.findings[f].name] = f;
  return code;
}

}  // namespace

void export_clinicadl(const ExportedRun& run, const fs::path& to, const fs::path& labels,
                      ExportLedger& ledger, Reporter& reporter) {
  const std::vector<Subject> subjects = subjects_of(run.bundle);
  const TrueLabels truth(labels, run, subjects, reporter);
  const std::vector<ParticipantName> names = participant_names(run);
  std::vector<std::string> tables;
  for (const Subject& subject : subjects)
    tables.push_back(tsv_line(header_of(subject, run.bundle.heads[subject.head])));
  for (std::size_t i = 0; i < run.cases().size(); ++i) {
    const Case& one = run.cases()[i];
    const CaseOutcome outcome = run.run.outcomes.at(one.id);
    if (outcome.status != Status::done) {
      ledger.skipped(one.id, CLINICADL, outcome.reason.value_or(Reason::interrupted), "the case is not done");
      continue;
    }
    const CaseScores scores = scores_of(run, outcome);
    for (std::size_t s = 0; s < subjects.size(); ++s) {
      const Head& head = run.bundle.heads[subjects[s].head];
      std::vector<std::string> cells{
          names[i].participant, names[i].session.empty() ? "ses-M000" : names[i].session,
          std::to_string(std::max(names[i].run - 1, 0)), truth.at(one.id, subjects[s], head)};
      for (std::string& cell : prediction(subjects[s], head, scores.heads.at(subjects[s].head)))
        cells.push_back(std::move(cell));
      tables[s] += tsv_line(cells);
    }
    ledger.exported(one.id, CLINICADL, CLINICADL);
  }
  make_folder(to / CLINICADL);
  for (std::size_t s = 0; s < subjects.size(); ++s) {
    const fs::path stem = to / CLINICADL / subjects[s].name;
    const Head& head = run.bundle.heads[subjects[s].head];
    write_file_atomically(stem.string() + "_image_level_prediction.tsv", tables[s]);
    if (head.kind != HeadKind::regression)
      write_file_atomically(stem.string() + "_label_code.json", pretty(label_code(subjects[s], head)));
  }
}

}  // namespace radbatch
