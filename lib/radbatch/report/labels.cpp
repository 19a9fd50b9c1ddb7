#include "radbatch/report/labels.hpp"

#include <algorithm>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/store/table.hpp"

namespace radbatch {
namespace {

std::vector<std::string> names_of(const std::vector<Finding>& findings) {
  std::vector<std::string> names;
  for (const Finding& finding : findings) names.push_back(finding.name);
  return names;
}

std::optional<std::size_t> match(const std::vector<Finding>& findings, const std::string& word) {
  for (std::size_t i = 0; i < findings.size(); ++i) {
    if (findings[i].name == word || findings[i].slug == word || findings[i].column == word) return i;
  }
  for (std::size_t i = 0; i < findings.size(); ++i) {
    if (to_lower_ascii(findings[i].name) == to_lower_ascii(word)) return i;
  }
  return std::nullopt;
}

std::string findings_hint(const std::vector<Finding>& findings, const std::string& word) {
  const std::vector<std::string> names = names_of(findings);
  const std::string near = nearest(word, names);
  const std::string all = "the model's findings are: " + join(names, ", ");
  return near.empty() ? all : "did you mean '" + near + "'? " + all;
}

class LabelReader {
 public:
  LabelReader(const Table& table, const std::string& what, const std::vector<Finding>& findings)
      : table_(table), what_(what), findings_(findings) {}

  Labels read() {
    id_column_ = require_id();
    label_column_ = table_.find("label");
    if (label_column_ && match(findings_, "label")) label_column_.reset();
    locate_findings();
    labels_.one_per_case = label_column_.has_value();
    for (std::size_t row = 0; row < table_.rows().size(); ++row) take(row);
    return std::move(labels_);
  }

 private:
  [[noreturn]] void fail(std::size_t row, const std::string& column, const std::string& why,
                         std::string hint) const {
    throw Error(ExitCode::usage,
                what_ + ": line " + std::to_string(table_.line_of(row)) + ", column " + printable(column) +
                    ": " + why,
                std::move(hint));
  }

  std::size_t require_id() const {
    if (const auto column = table_.find("case_id")) return *column;
    std::vector<std::string> names;
    for (const Column& column : table_.columns()) names.push_back(printable(column.name));
    throw Error(ExitCode::usage, what_ + ": there is no column case_id; there are: " + join(names, ", "),
                "name the column that holds the ids of predictions.csv case_id");
  }

  void locate_findings() {
    for (std::size_t column = 0; column < table_.columns().size(); ++column) {
      const std::string& name = table_.columns()[column].name;
      if (column == id_column_ || column == label_column_) continue;
      const std::optional<std::size_t> finding = label_column_ ? std::nullopt : match(findings_, name);
      if (finding) {
        finding_columns_.emplace_back(column, *finding);
      } else {
        labels_.ignored_columns.push_back(name);
      }
    }
    if (label_column_ || !finding_columns_.empty()) return;
    throw Error(
        ExitCode::usage, what_ + ": there is neither a column label nor one named like a finding",
        "write case_id,label or case_id and a 0/1 column per finding; " + findings_hint(findings_, ""));
  }

  void take(std::size_t row) {
    const std::string id = table_.text(row, id_column_);
    if (id.empty())
      fail(row, "case_id", "the id is missing", "give every row the id of a case in predictions.csv");
    const auto [first, is_new] = lines_.emplace(id, table_.line_of(row));
    if (!is_new) {
      fail(row, "case_id",
           "case " + printable(id) + " was on line " + std::to_string(first->second) + " already",
           "leave one row per case");
    }
    std::vector<std::optional<bool>> truth = label_column_ ? one_label(row) : flags(row);
    const bool says_something =
        std::ranges::any_of(truth, [](const auto& value) { return value.has_value(); });
    if (says_something) labels_.truth.emplace(id, std::move(truth));
  }

  std::vector<std::optional<bool>> one_label(std::size_t row) const {
    const std::string label = table_.text(row, *label_column_);
    std::vector<std::optional<bool>> truth(findings_.size());
    if (label.empty()) return truth;
    const bool is_flag = findings_.size() == 1 && (label == "0" || label == "1");
    const std::optional<std::size_t> finding = is_flag ? std::nullopt : match(findings_, label);
    if (!is_flag && !finding) {
      fail(row, "label", "'" + printable(label) + "' is no finding of the model",
           findings_hint(findings_, label));
    }
    for (std::size_t f = 0; f < truth.size(); ++f) truth[f] = is_flag ? label == "1" : f == *finding;
    return truth;
  }

  std::vector<std::optional<bool>> flags(std::size_t row) const {
    std::vector<std::optional<bool>> truth(findings_.size());
    for (const auto& [column, finding] : finding_columns_) {
      const std::string text = table_.text(row, column);
      if (text.empty()) continue;
      if (text != "0" && text != "1") {
        fail(row, table_.columns()[column].name, "'" + printable(text) + "' is neither 0 nor 1",
             "write 1 where the case has the finding, 0 where it has not, nothing where it is not known");
      }
      truth[finding] = text == "1";
    }
    return truth;
  }

  const Table& table_;
  const std::string& what_;
  const std::vector<Finding>& findings_;
  Labels labels_;
  std::size_t id_column_ = 0;
  std::optional<std::size_t> label_column_;
  std::vector<std::pair<std::size_t, std::size_t>> finding_columns_;
  std::map<std::string, std::size_t> lines_;
};

}  // namespace

Labels read_labels(std::string_view text, const std::string& what, const std::vector<Finding>& findings) {
  if (findings.empty()) {
    throw Error(ExitCode::usage, "the run has no scores to compare labels with", "leave --labels out");
  }
  return LabelReader(read_csv(text, what), what, findings).read();
}

LabelJoin join_labels(const RunData& run, const Labels& labels, const std::string& what) {
  LabelJoin joined;
  joined.n_labelled = labels.truth.size();
  std::size_t n_known = 0;
  for (const CaseRow& row : run.cases) {
    const bool is_labelled = labels.truth.contains(row.id);
    const bool is_done = row.status == Status::done;
    n_known += is_labelled ? 1U : 0U;
    joined.n_matched += is_labelled && is_done ? 1U : 0U;
    if (is_labelled && !is_done) joined.without_score.push_back(row.id);
    if (!is_labelled && is_done) joined.unlabelled.push_back(row.id);
  }
  for (const auto& [id, truth] : labels.truth) {
    const auto row = std::ranges::lower_bound(run.cases, id, {}, &CaseRow::id);
    if (row == run.cases.end() || row->id != id) joined.unknown.push_back(id);
  }
  if (n_known == 0) {
    const std::string theirs =
        labels.truth.empty() ? "none" : "'" + printable(labels.truth.begin()->first) + "'";
    const std::string ours = run.cases.empty() ? "none" : "'" + printable(run.cases.front().id) + "'";
    throw Error(ExitCode::usage, what + ": no labelled case is in the run",
                "the first id there is " + theirs + ", in the run " + ours +
                    "; the ids and the original paths are in private/linkage.csv");
  }
  return joined;
}

}  // namespace radbatch
