#include "radbatch/report/label_columns.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "radbatch/base/condition.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/report/label_words.hpp"

namespace radbatch {
namespace {

constexpr std::array KEY_NAMES{"case_id",     "case",        "id",   "image",    "image_id",
                               "image_index", "image index", "file", "filename", "study",
                               "study_id",    "name",        "病例", "编号"};
constexpr std::array PATIENT_NAMES{"patient_key", "patient_id", "patientid",      "patient id", "patient",
                                   "subject_id",  "subject",    "participant_id", "mrn"};
constexpr std::size_t MOST_DISTINCT = 10'000;

struct ColumnFacts {
  std::size_t n_yes = 0, n_no = 0, n_number = 0, n_text = 0;
  bool is_answers() const { return n_number == 0 && n_text == 0 && n_yes > 0 && n_no > 0; }
};

std::optional<std::size_t> column_named(const std::vector<std::string>& header, std::string_view name) {
  for (std::size_t at = 0; at < header.size(); ++at) {
    if (header[at] == name) return at;
  }
  for (std::size_t at = 0; at < header.size(); ++at) {
    if (to_lower_ascii(header[at]) == to_lower_ascii(name)) return at;
  }
  return std::nullopt;
}

std::string shown(const std::vector<std::string>& names) {
  return printable(join(names, ", "));
}

/// "Grade 3" -> 3.
std::optional<double> grade_of(const std::string& name) {
  const std::size_t start = name.find_last_not_of("0123456789");
  return parsed_number(start == std::string::npos ? std::string_view(name)
                                                  : std::string_view(name).substr(start + 1));
}

/// The findings are called 0, 1, 2 or BI-RADS 1, BI-RADS 2: their order means something.
bool are_grades(const std::vector<Finding>& findings) {
  for (std::size_t f = 0; f < findings.size(); ++f) {
    const auto grade = grade_of(findings[f].name);
    if (!grade || *grade != *grade_of(findings[0].name) + static_cast<double>(f)) return false;
  }
  return findings.size() > 2;
}

bool is_regression(const Finding& finding) {
  return !finding.column.starts_with("p_") && finding.column.find("_p_") == std::string::npos;
}

class Finder {
 public:
  Finder(CsvStream& stream, const std::vector<Finding>& findings, const LabelColumns& columns,
         const LabelOptions& options)
      : stream_(stream),
        header_(stream.header()),
        findings_(findings),
        columns_(columns),
        options_(options),
        words_(options.positive, options.negative) {}

  LabelLayout find() {
    check_header();
    read_map();
    layout_.key = key_column();
    layout_.key_column = header_[layout_.key];
    layout_.date = asked_for(columns_.date, "--date");
    layout_.cluster = columns_.cluster.empty() ? patient_column() : asked_for(columns_.cluster, "--cluster");
    layout_.fold = asked_for(columns_.fold, "--fold-column");
    for (const std::string& name : columns_.readers) layout_.readers.push_back(reader(name));
    for (const Finding& finding : findings_) layout_.lower_names.push_back(to_lower_ascii(finding.name));
    find_label_column();
    find_finding_columns();
    look_at_values();
    if (!layout_.label && layout_.findings.empty()) take_only_answers();
    decide_kind();
    for (ReaderLayout& one : layout_.readers) finish(one);
    find_covariates();
    return std::move(layout_);
  }

 private:
  void check_header() const {
    std::set<std::string> seen;
    for (const std::string& name : header_) {
      if (!name.empty() && !seen.insert(name).second)
        stream_.fail("the column name '" + printable(name) + "' comes twice");
    }
  }

  void read_map() {
    for (const std::string& entry : options_.map) {
      const std::size_t sign = entry.find('=');
      if (sign == std::string::npos || sign == 0) {
        throw Error(
            ExitCode::usage, "--map: '" + printable(entry) + "' has no '='",
            "write the name of the label table, =, and the model's: --map 'Pleural Effusion=Effusion'");
      }
      const std::string here = entry.substr(sign + 1);
      if (!here.empty() && to_lower_ascii(here) != "label" && !find_finding(findings_, here)) {
        throw Error(ExitCode::usage, "--map: '" + printable(here) + "' is no finding of the model",
                    findings_hint(findings_, here));
      }
      layout_.map[to_lower_ascii(entry.substr(0, sign))] = here;
    }
  }

  std::size_t key_column() const {
    if (!columns_.key.empty()) return *asked_for(columns_.key, "--key");
    for (const char* name : KEY_NAMES) {
      const auto column = column_named(header_, name);
      if (column && !find_finding(findings_, header_[*column])) return *column;
    }
    throw Error(
        ExitCode::usage, what() + "there is no column case_id; there are: " + shown(header_),
        "name the column that holds the ids of predictions.csv case_id, or say which column holds which "
        "attribute: --key accession=AccessionNumber");
  }

  std::string what() const { return what_ + ": "; }

  std::optional<std::size_t> asked_for(const std::string& name, const std::string& option) const {
    if (name.empty()) return std::nullopt;
    if (const auto column = column_named(header_, name)) return column;
    const std::string near = nearest(name, header_);
    throw Error(
        ExitCode::usage, what() + "there is no column '" + printable(name) + "' for " + option,
        (near.empty() ? "" : "did you mean '" + printable(near) + "'? ") + "there are: " + shown(header_));
  }

  std::optional<std::size_t> patient_column() const {
    for (const char* name : PATIENT_NAMES) {
      const auto column = column_named(header_, name);
      if (column && *column != layout_.key) return column;
    }
    return std::nullopt;
  }

  ReaderLayout reader(const std::string& name) const {
    ReaderLayout found{name, column_named(header_, name), {}};
    for (std::size_t at = 0; at < header_.size(); ++at) {
      const std::string& column = header_[at];
      if (column.size() <= name.size() + 1 || !to_lower_ascii(column).starts_with(to_lower_ascii(name)))
        continue;
      if (std::string_view(" _:.-").find(column[name.size()]) == std::string_view::npos) continue;
      if (const auto finding = find_finding(findings_, layout_.mapped(column.substr(name.size() + 1))))
        found.findings.emplace_back(at, *finding);
    }
    if (found.named || !found.findings.empty()) return found;
    throw Error(ExitCode::usage, what() + "there is no column of reader '" + printable(name) + "'",
                "name the reader's column, or give one per finding: '" + printable(name) + " " +
                    printable(findings_[0].name) + "'; there are: " + shown(header_));
  }

  /// A column `r1` holds findings' names, or the answers about the only finding.
  void finish(ReaderLayout& one) const {
    const bool is_named = layout_.kind == TruthKind::classes || layout_.kind == TruthKind::ordinal;
    if (!one.named || is_named) return;
    if (findings_.size() != 1) {
      throw Error(
          ExitCode::usage, what() + "the column of reader '" + printable(one.name) + "' names no finding",
          "give one column per finding: '" + printable(one.name) + " " + printable(findings_[0].name) + "'");
    }
    one.findings = {{*one.named, 0}};
    one.named.reset();
  }

  bool has_role(std::size_t column) const {
    const auto has = [&](const auto& role) { return role && *role == column; };
    if (column == layout_.key || has(layout_.date) || has(layout_.label)) return true;
    return std::ranges::any_of(layout_.readers, [&](const ReaderLayout& one) {
      return has(one.named) ||
             std::ranges::find(one.findings, column, &std::pair<std::size_t, std::size_t>::first) !=
                 one.findings.end();
    });
  }

  void find_label_column() {
    if (find_finding(findings_, "label")) return;
    for (std::size_t at = 0; at < header_.size(); ++at) {
      if (to_lower_ascii(layout_.mapped(header_[at])) == "label" && at != layout_.key) layout_.label = at;
    }
  }

  void find_finding_columns() {
    if (layout_.label) return;
    std::vector<bool> is_taken(findings_.size());
    for (std::size_t at = 0; at < header_.size(); ++at) {
      if (has_role(at) || header_[at].empty()) continue;
      const auto finding = find_finding(findings_, layout_.mapped(header_[at]));
      if (!finding) continue;
      if (is_taken[*finding]) {
        throw Error(ExitCode::usage,
                    what() + "two columns are about " + printable(findings_[*finding].name) +
                        ", the second is " + printable(header_[at]),
                    "leave one, or map the other away: --map '" + printable(header_[at]) + "='");
      }
      is_taken[*finding] = true;
      layout_.findings.emplace_back(at, *finding);
    }
  }

  /// The first pass.
  void look_at_values() {
    facts_.resize(header_.size());
    while (stream_.next()) {
      for (std::size_t at = 0; at < header_.size(); ++at) look_at(facts_[at], stream_.field(at));
      if (layout_.label && distinct_.size() < MOST_DISTINCT) distinct_.emplace(stream_.field(*layout_.label));
    }
  }

  void look_at(ColumnFacts& facts, std::string_view text) const {
    switch (words_.meaning(text)) {
      case LabelWord::yes:
        ++facts.n_yes;
        break;
      case LabelWord::no:
        ++facts.n_no;
        break;
      case LabelWord::other:
        ++(parsed_number(text) ? facts.n_number : facts.n_text);
        break;
      default:
        break;
    }
  }

  /// A model with one finding needs no name over its column.
  void take_only_answers() {
    std::vector<std::size_t> candidates;
    std::vector<std::string> names;
    for (std::size_t at = 0; at < header_.size() && findings_.size() == 1; ++at) {
      if (has_role(at) || !facts_[at].is_answers() || layout_.cluster == at || layout_.fold == at) continue;
      candidates.push_back(at);
      names.push_back(header_[at]);
    }
    if (candidates.size() == 1) {
      layout_.label = candidates[0];
      return;
    }
    const std::string several =
        names.empty() ? "" : "; several columns hold yes and no (" + shown(names) + "): --map 'COLUMN=label'";
    throw Error(ExitCode::usage, what() + "there is neither a column label nor one named like a finding",
                "write case_id,label or case_id and a 0/1 column per finding; " +
                    findings_hint(findings_, "") + several);
  }

  void decide_kind() {
    if (layout_.label) {
      decide_label_kind();
    } else {
      decide_column_kind();
    }
    const std::string& asked = options_.kind;
    if (asked == "continuous") layout_.kind = TruthKind::continuous;
    if (asked == "binary" || asked == "multilabel") layout_.kind = TruthKind::findings;
    if (asked == "classes") layout_.kind = TruthKind::classes;
    if (asked == "ordinal") layout_.kind = TruthKind::ordinal;
    const bool is_one_of_many = layout_.kind == TruthKind::classes || layout_.kind == TruthKind::ordinal;
    if (is_one_of_many && findings_.size() == 1) {
      throw Error(ExitCode::usage, "--label-kind " + asked + " needs a model with several findings",
                  "this one has " + printable(findings_[0].name) + " only");
    }
    if (layout_.kind == TruthKind::continuous && layout_.label && !layout_.is_flag_label) {
      throw Error(ExitCode::usage, what() + "a column label holds names, not numbers",
                  "give a column per finding of the model for --label-kind continuous");
    }
    layout_.kind_text = kind_text();
  }

  void decide_label_kind() {
    const ColumnFacts& facts = facts_[*layout_.label];
    if (findings_.size() == 1) {
      layout_.is_flag_label = true;
      const bool is_numbers = facts.n_number > 0 && facts.n_text == 0 && is_regression(findings_[0]);
      layout_.kind = is_numbers ? TruthKind::continuous : TruthKind::findings;
      return;
    }
    const auto is_several = [&](const std::string& value) {
      return value.find('|') != std::string::npos && !find_finding(findings_, value);
    };
    const auto is_none = [&](const std::string& value) {
      return means_no_finding(value) && !find_finding(findings_, layout_.mapped(value));
    };
    layout_.is_list = options_.kind == "multilabel" || std::ranges::any_of(distinct_, is_several);
    layout_.kind = are_grades(findings_) ? TruthKind::ordinal : TruthKind::classes;
    if (layout_.is_list || std::ranges::any_of(distinct_, is_none)) layout_.kind = TruthKind::findings;
  }

  void decide_column_kind() {
    layout_.kind = TruthKind::findings;
    std::size_t n_number = 0, n_text = 0;
    for (const auto& [column, finding] : layout_.findings) {
      if (!is_regression(findings_[finding])) continue;
      n_number += facts_[column].n_number;
      n_text += facts_[column].n_text;
    }
    const bool are_all = std::ranges::all_of(
        layout_.findings, [&](const auto& entry) { return is_regression(findings_[entry.second]); });
    if (are_all && n_number > 0 && n_text == 0) layout_.kind = TruthKind::continuous;
  }

  std::string kind_text() const {
    const std::string where = layout_.label ? "column " + printable(header_[*layout_.label])
                                            : counted(layout_.findings.size(), "column") + " of " +
                                                  std::to_string(findings_.size()) +
                                                  (findings_.size() == 1 ? " finding" : " findings");
    switch (layout_.kind) {
      case TruthKind::classes:
        return "one finding per row, " + where;
      case TruthKind::ordinal:
        return "one grade per row, " + where;
      case TruthKind::continuous:
        return "a number, " + where;
      default:
        return (layout_.is_list ? "several findings per row, " : "yes or no per finding, ") + where;
    }
  }

  void find_covariates() {
    for (std::size_t at = 0; at < header_.size(); ++at) {
      if (has_role(at) || header_[at].empty()) continue;
      if (std::ranges::find(layout_.findings, at, &std::pair<std::size_t, std::size_t>::first) !=
          layout_.findings.end())
        continue;
      if (names_a_person(header_[at])) {
        layout_.identifying.push_back(header_[at]);
      } else {
        layout_.covariates.push_back(at);
      }
    }
  }

  CsvStream& stream_;
  const std::vector<std::string>& header_;
  const std::vector<Finding>& findings_;
  const LabelColumns& columns_;
  const LabelOptions& options_;
  LabelWords words_;
  std::string what_ = stream_.what();
  std::vector<ColumnFacts> facts_;
  std::set<std::string> distinct_;
  LabelLayout layout_;
};

}  // namespace

LabelLayout find_layout(CsvStream& stream, const std::vector<Finding>& findings, const LabelColumns& columns,
                        const LabelOptions& options) {
  return Finder(stream, findings, columns, options).find();
}

std::string LabelLayout::mapped(std::string_view name) const {
  const auto found = map.find(to_lower_ascii(name));
  return found == map.end() ? std::string(name) : found->second;
}

std::optional<std::size_t> LabelLayout::find_class(const std::vector<Finding>& known,
                                                   std::string_view name) const {
  if (const auto finding = find_finding(known, name)) return finding;
  const std::optional<double> number = kind == TruthKind::ordinal ? parsed_number(name) : std::nullopt;
  if (!number) return std::nullopt;
  for (std::size_t f = 0; f < known.size(); ++f) {
    if ((are_grades(known) ? *grade_of(known[f].name) : static_cast<double>(f)) == *number) return f;
  }
  return std::nullopt;
}

std::optional<std::size_t> find_finding(const std::vector<Finding>& findings, std::string_view name) {
  if (name.empty()) return std::nullopt;
  for (std::size_t i = 0; i < findings.size(); ++i) {
    if (findings[i].name == name || findings[i].slug == name || findings[i].column == name) return i;
  }
  const std::string lower = to_lower_ascii(name);
  const std::string as_slug = slug(name);
  for (std::size_t i = 0; i < findings.size(); ++i) {
    if (to_lower_ascii(findings[i].name) == lower || to_lower_ascii(findings[i].column) == lower) return i;
    if (!as_slug.empty() && as_slug == findings[i].slug) return i;
  }
  return std::nullopt;
}

std::string findings_hint(const std::vector<Finding>& findings, std::string_view name) {
  std::vector<std::string> names;
  for (const Finding& finding : findings) names.push_back(finding.name);
  const std::string near = nearest(name, names);
  const std::string all = "the model's findings are: " + shown(names);
  return near.empty() ? all : "did you mean '" + printable(near) + "'? " + all;
}

bool names_a_person(std::string_view column) {
  const std::string name = slug(column);
  constexpr std::array whole{"mrn",       "dob",     "ssn",        "name",           "patient", "patient_id",
                             "patientid", "subject", "subject_id", "participant_id", "id"};
  constexpr std::array parts{"accession", "patientname", "patient_name", "first_name",   "last_name",
                             "firstname", "lastname",    "surname",      "birth",        "address",
                             "phone",     "email",       "instanceuid",  "instance_uid", "otherpatient"};
  constexpr std::array chinese{"姓名",   "身份证", "病历号", "住院号", "门诊号",
                               "检查号", "出生",   "电话",   "地址"};
  const auto contains = [](std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
  };
  return std::ranges::find(whole, name) != whole.end() ||
         std::ranges::any_of(parts, [&](const char* part) { return contains(name, part); }) ||
         std::ranges::any_of(chinese, [&](const char* part) { return contains(column, part); });
}

}  // namespace radbatch
