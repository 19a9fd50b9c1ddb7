#include "radbatch/report/inputs.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/report/case_columns.hpp"
#include "radbatch/report/condition.hpp"
#include "radbatch/report/input_runs.hpp"
#include "radbatch/report/leaks.hpp"
#include "radbatch/store/csv_stream.hpp"

namespace radbatch {
namespace {

namespace fs = std::filesystem;

/// "a=b"; the part behind the sign may be left out.
std::pair<std::string, std::string> two_sides(const std::string& text, const std::string& option,
                                              const std::string& example) {
  const std::size_t sign = text.find('=');
  if (text.empty()) return {};
  if (sign == std::string::npos || sign == 0 || sign + 1 == text.size()) {
    throw Error(
        ExitCode::usage, option + ": '" + printable(text) + "' is not COLUMN=ATTRIBUTE",
        "name the column of the label table, =, and the attribute of the run: " + option + " " + example);
  }
  return {text.substr(0, sign), text.substr(sign + 1)};
}

template <class Value>
std::vector<Value> taken(std::vector<Value>&& values, const Places& places) {
  std::vector<Value> mine = std::move(values);
  bool is_all = places.size() == mine.size();
  for (std::size_t i = 0; is_all && i < places.size(); ++i) is_all = places[i] == i;
  if (is_all) return mine;  // a million texts need not be there twice
  std::vector<Value> result;
  result.reserve(places.size());
  for (const std::uint32_t at : places) result.push_back(mine[at]);
  return result;
}

class Loader {
 public:
  explicit Loader(const InputOptions& options) : options_(options) {
    if (options_.pool && options_.per_patient == PatientPooling::none)
      throw Error(ExitCode::usage, "--pool is about patients with several cases", "add --per patient");
    if (options_.pool) options_.per_patient = *options_.pool;
  }

  LoadedInputs load() {
    check_options();
    if (options_.labels) label_text_ = label_text(*options_.labels, options_.label.encoding);
    const std::string file = options_.labels ? options_.labels->filename().string() : "";
    in_.runs = load_runs({options_.run_folders, options_.predictions, options_.id_column},
                         names_in_labels(label_text_, file));
    in_.data.findings = in_.runs[0].findings;
    if (options_.labels) {
      take_labels(file);
    } else {
      for (std::uint32_t at = 0; at < in_.runs[0].cases.size(); ++at) cases_.push_back(at);
      in_.data.truth.assign(in_.data.findings.size(), std::vector<Answer>(cases_.size(), Answer::unknown));
    }
    add_units();
    add_raters();
    add_covariates();
    add_patients();
    choose_test_units();
    check_splits();
    if (options_.per_patient != PatientPooling::none) pool();
    add_warnings();
    return std::move(in_);
  }

 private:
  void check_options() const {
    const bool needs_labels = !options_.key.key.empty() || !options_.key.date.empty() ||
                              !options_.readers.empty() || !options_.label.kind.empty() ||
                              !options_.label.map.empty() || options_.key.repair;
    if (needs_labels && !options_.labels) {
      throw Error(ExitCode::usage, "options about labels are given, but no labels", "add --labels FILE");
    }
    if (options_.key.nearest && options_.key.date.empty()) {
      throw Error(ExitCode::usage, "--nearest needs a date",
                  "for example --date biopsy_date=StudyDate --within 90d");
    }
    if (options_.key.within_days && options_.key.date.empty()) {
      throw Error(ExitCode::usage, "--within needs a date",
                  "for example --date biopsy_date=StudyDate --within 90d");
    }
  }

  bool is_label_column(const std::string& name) const {
    if (label_text_.empty()) return false;
    const CsvStream stream{std::string_view(label_text_), "labels"};
    return std::ranges::any_of(stream.header(), [&](const std::string& column) {
      return to_lower_ascii(column) == to_lower_ascii(name);
    });
  }

  void take_labels(const std::string& file) {
    const auto [key_column, attribute] = two_sides(options_.key.key, "--key", "accession=AccessionNumber");
    const auto [date_column, date_attribute] =
        two_sides(options_.key.date, "--date", "biopsy_date=StudyDate");
    LabelColumns columns{key_column, date_column, {}, options_.fold_column, options_.readers};
    if (!options_.cluster.empty() && is_label_column(options_.cluster)) columns.cluster = options_.cluster;
    if (!options_.fold_column.empty() && !is_label_column(options_.fold_column)) columns.fold.clear();
    labels_ = read_label_table(label_text_, file, in_.data.findings, columns, options_.label);
    const std::string wanted = attribute.empty() ? "case_id" : attribute;
    const KeySides sides{
        in_.runs[0],
        file,
        labels_.key_column,
        wanted,
        labels_.line,
        labels_.keys,
        labels_.dates,
        case_attribute(in_.runs[0], wanted),
        date_attribute.empty() ? std::vector<std::string>() : case_attribute(in_.runs[0], date_attribute),
        options_.per_patient != PatientPooling::none && (wanted == "PatientID" || wanted == "patient_key"),
        [this](std::uint32_t a, std::uint32_t b) { return labels_.say_the_same(a, b); }};
    in_.matching = match_labels(sides, options_.key);
    in_.has_labels = true;
    secret_ = sha256_hex(label_text_ + in_.runs[0].folder.string());
    std::string().swap(label_text_);
    in_.label_keys = std::move(labels_.keys);
    for (std::size_t row = 0; wanted == "case_id" && row < in_.label_keys.size(); ++row) {
      if (in_.matching.rows[row].case_index != NO_CASE && in_.matching.rows[row].repairs == 0)
        std::string().swap(in_.label_keys[row]);
    }
    in_.label_file = file;
    in_.truth_text = labels_.kind_text;
    in_.identifying = labels_.identifying;
    for (const LabelledCase& one : in_.matching.labelled) {
      cases_.push_back(one.case_index);
      rows_.push_back(one.row);
    }
    move_truth();
  }

  void move_truth() {
    AnalysisData& data = in_.data;
    data.kind = labels_.kind;
    data.uncertain = options_.label.uncertain;
    for (auto& column : labels_.truth) data.truth.push_back(taken(std::move(column), rows_));
    for (auto& column : labels_.is_uncertain) data.is_uncertain.push_back(taken(std::move(column), rows_));
    for (auto& column : labels_.true_value) data.true_value.push_back(taken(std::move(column), rows_));
    if (!labels_.true_class.empty()) data.true_class = taken(std::move(labels_.true_class), rows_);
    if (data.truth.empty())
      data.truth.assign(data.findings.size(), std::vector<Answer>(rows_.size(), Answer::unknown));
    promote_to_classes();
  }

  /// 0/1 columns that say one finding of every unit, of a model that calls one.
  void promote_to_classes() {
    AnalysisData& data = in_.data;
    if (data.kind != TruthKind::findings || !options_.label.kind.empty() || !in_.runs[0].has_top ||
        data.findings.size() < 2)
      return;
    std::vector<std::int32_t> classes;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      std::int32_t only = -1;
      for (std::size_t f = 0; f < data.truth.size(); ++f) {
        if (data.truth[f][i] == Answer::unknown || (data.truth[f][i] == Answer::yes && only >= 0)) return;
        if (data.truth[f][i] == Answer::yes) only = static_cast<std::int32_t>(f);
      }
      if (only < 0) return;
      classes.push_back(only);
    }
    if (classes.empty()) return;
    data.kind = TruthKind::classes;
    data.true_class = std::move(classes);
    in_.truth_text += ", exactly one of each case: read as classes";
  }

  void add_units() {
    AnalysisData& data = in_.data;
    data.not_done = options_.not_done;
    data.allows_leak = options_.allow_leak;
    const std::vector<CaseRow>& cases = in_.runs[0].cases;
    data.unit_ids.reserve(cases_.size());
    data.is_done.reserve(cases_.size());
    for (const std::uint32_t at : cases_) {
      data.unit_ids.push_back(cases[at].id);
      data.is_done.push_back(cases[at].status == Status::done ? 1 : 0);
    }
    data.is_test.assign(cases_.size(), 1);
  }

  void add_raters() {
    const std::vector<std::string> names = rater_names(in_.runs);
    for (std::size_t i = 0; i < in_.runs.size(); ++i) {
      Places places = i == 0 ? cases_ : Places();
      for (std::size_t u = 0; i > 0 && u < cases_.size(); ++u)
        places.push_back(in_.runs[i].find(in_.data.unit_ids[u]).value_or(NO_CASE));
      in_.data.raters.push_back(rater_of(in_.runs[i], names[i], in_.data.findings, places));
    }
    for (Rater& reader : labels_.readers) {
      for (auto& scores : reader.scores) scores = taken(std::move(scores), rows_);
      for (auto& decisions : reader.decisions) decisions = taken(std::move(decisions), rows_);
      if (!reader.top.empty()) reader.top = taken(std::move(reader.top), rows_);
      in_.data.raters.push_back(std::move(reader));
    }
  }

  /// The label table's columns go before those of the run that have the same name.
  void add_covariates() {
    for (Covariate& column : labels_.covariates)
      in_.data.covariates.push_back({column.name, taken(std::move(column.values), rows_)});
    for (Covariate& column : case_covariates(in_.runs[0])) {
      if (in_.data.find_covariate(column.name)) continue;
      in_.data.covariates.push_back({column.name, taken(std::move(column.values), cases_)});
    }
    if (!labels_.folds.empty()) in_.data.fold = taken(std::move(labels_.folds), rows_);
    if (options_.fold_column.empty() || !in_.data.fold.empty()) return;
    const Covariate* fold = in_.data.find_covariate(options_.fold_column);
    if (!fold) {
      throw Error(ExitCode::usage,
                  "there is no column '" + printable(options_.fold_column) + "' for --fold-column",
                  "name a column of the labels or of the run");
    }
    in_.data.fold = fold->values;
  }

  /// [unit] what tells the patients apart, and in words where it stands.
  std::vector<std::string> patients() {
    if (!labels_.clusters.empty()) {
      in_.patient_text = "column " + printable(labels_.cluster_column) + " of " + printable(in_.label_file);
      return taken(std::move(labels_.clusters), rows_);
    }
    const RunData& run = in_.runs[0];
    const bool is_asked = !options_.cluster.empty();
    const std::string wanted = is_asked ? options_.cluster : "patient_key";
    if (const Covariate* column = is_asked ? in_.data.find_covariate(wanted) : nullptr) {
      in_.patient_text = "column " + printable(wanted);
      return column->values;
    }
    if (is_asked) {
      in_.patient_text = "attribute " + printable(wanted) + " of the run";
      std::vector<std::string> values = case_attribute(run, wanted);
      if (values.empty()) return in_.data.unit_ids;
      return taken(std::move(values), cases_);
    }
    for (const char* name : {"patient_key", "patient_id", "PatientID"}) {
      const auto carried = std::ranges::find(run.carried, name, &Covariate::name);
      if (carried == run.carried.end()) continue;
      in_.patient_text = "column " + std::string(name) + " of the predictions";
      std::vector<std::string> values = carried->values;
      return taken(std::move(values), cases_);
    }
    if (auto values = case_column(run, "private/linkage.csv", "patient_key")) {
      in_.patient_text = "patient_key of private/linkage.csv";
      return taken(std::move(*values), cases_);
    }
    return {};
  }

  /// A patient's name in messages: a keyed hash already, or made one with what only the owner of the labels
  /// has.
  std::string hashed(const std::string& patient) {
    if (in_.patient_text.find("patient_key") != std::string::npos) return patient;
    if (secret_.empty()) secret_ = sha256_hex(label_text_ + in_.runs[0].folder.string());
    return hmac_sha256_hex(secret_, patient).substr(0, 16);
  }

  void add_patients() {
    AnalysisData& data = in_.data;
    const std::vector<std::string> values = patients();
    std::unordered_map<std::string_view, std::uint32_t> known;
    std::uint32_t n = 0;
    data.has_patients = std::ranges::any_of(values, [](const std::string& value) { return !value.empty(); });
    if (!data.has_patients) in_.patient_text.clear();
    for (std::size_t i = 0; i < data.size(); ++i) {
      if (!data.has_patients || values[i].empty()) {
        data.cluster.push_back(n++);
        if (data.has_patients) data.cluster_ids.push_back("unnamed-" + std::to_string(n));
        continue;
      }
      const auto [at, is_new] = known.try_emplace(values[i], n);
      data.cluster.push_back(at->second);
      if (!is_new) continue;
      ++n;
      data.cluster_ids.push_back(hashed(values[i]));
    }
    data.n_clusters = n;
  }

  void choose_test_units() {
    AnalysisData& data = in_.data;
    if (options_.where.empty()) return;
    data.where = options_.where;
    try {
      data.is_test = units_where(data, options_.where);
    } catch (Error& error) {
      throw error.within("--where");
    }
    if (std::ranges::count(data.is_test, 1) > 0) return;
    std::string known;
    for (const std::string& name : columns_of_condition(data, options_.where)) {
      const Covariate* column = data.find_covariate(name);
      std::set<std::string> values(column->values.begin(), column->values.end());
      if (values.size() > 12) continue;
      known += (known.empty() ? "" : "; ") + printable(name) +
               " is one of: " + printable(join(std::vector<std::string>(values.begin(), values.end()), ", "));
    }
    throw Error(ExitCode::usage, "--where \"" + printable(options_.where) + "\" holds for no case", known);
  }

  static bool is_split_name(const std::string& column) {
    const std::string name = slug(column);
    for (const char* word : {"split", "fold", "subset", "partition"}) {
      if (name.find(word) != std::string::npos) return true;
    }
    return name == "set" || name == "dataset" || name == "part" || name == "usage";
  }

  void check_splits() const {
    const AnalysisData& data = in_.data;
    refuse_leaking_folds(data, options_.fold_column);
    if (data.where.empty()) return;
    const std::vector<std::string> columns = columns_of_condition(data, data.where);
    const auto split = std::ranges::find_if(columns, is_split_name);
    if (split == columns.end()) return;
    const Covariate* column = data.find_covariate(*split);
    std::vector<std::uint8_t> is_other(data.size());
    for (std::size_t i = 0; i < data.size(); ++i)
      is_other[i] = !data.is_test[i] && !column->values[i].empty();
    refuse_leak(data, is_other, "the other values of " + printable(*split));
  }

  void pool() {
    AnalysisData& data = in_.data;
    if (!data.has_patients) {
      throw Error(ExitCode::usage, "--per patient: nothing tells the patients apart",
                  "name a column of the labels or an attribute of the run with --cluster");
    }
    std::vector<std::optional<int>> days(data.size());
    const bool needs_days =
        options_.per_patient == PatientPooling::first || options_.per_patient == PatientPooling::last;
    if (const auto dates =
            needs_days ? case_column(in_.runs[0], "private/linkage.csv", "StudyDate") : std::nullopt) {
      for (std::size_t i = 0; i < cases_.size(); ++i) days[i] = day_of((*dates)[cases_[i]]);
    }
    const auto n_undated = std::ranges::count(days, std::optional<int>());
    if (needs_days && n_undated > 0) {
      in_.warnings.push_back(counted(static_cast<std::size_t>(n_undated), "case") +
                             " without a StudyDate: their order within a patient is that of their ids");
    }
    data = pool_patients(data, options_.per_patient, days);
  }

  void add_warnings() {
    std::vector<std::string>& out = in_.warnings;
    const auto warn = [&](JoinOutcome outcome, const std::string& one, const std::string& end) {
      const std::size_t n = in_.matching.count(outcome);
      if (n > 0) out.push_back(counted(n, one) + end + "; see label_join.csv");
    };
    warn(JoinOutcome::unmatched, "label row", " without a case in the run");
    warn(JoinOutcome::ambiguous, "label row", " left out: several cases fit, or rows contradict each other");
    warn(JoinOutcome::duplicate, "label row", " left out: another row says the same");
    warn(JoinOutcome::no_score, "labelled case", " without a score");
    for (const auto& [repair, n] : in_.matching.repairs()) {
      out.push_back(counted(n, "key") + (options_.key.repair ? " matched" : " would match") + " but for " +
                    repair + (options_.key.repair ? " (--repair-keys)" : "; --repair-keys accepts that"));
    }
    if (!labels_.other_findings.empty()) {
      std::vector<std::string> names;
      for (const auto& [name, n] : labels_.other_findings) names.push_back(printable(name));
      out.push_back("the labels name findings that the model has not: " + join(names, ", "));
    }
    if (in_.data.allows_leak)
      out.push_back("--allow-leak: patients may be in the test cases and in other splits");
  }

  InputOptions options_;
  LoadedInputs in_;
  std::string label_text_, secret_;
  LabelTable labels_;
  Places cases_, rows_;  ///< [unit] in the judged run, in the label table
};

}  // namespace

LoadedInputs load_inputs(const InputOptions& options) {
  return Loader(options).load();
}

}  // namespace radbatch
