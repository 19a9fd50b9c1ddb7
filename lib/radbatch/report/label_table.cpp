#include "radbatch/report/label_table.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <set>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/condition.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/report/label_columns.hpp"
#include "radbatch/report/label_words.hpp"
#include "radbatch/report/text_encoding.hpp"
#include "radbatch/store/csv_stream.hpp"

namespace radbatch {
namespace {

constexpr double NONE = std::numeric_limits<double>::quiet_NaN();

Answer answer_of(LabelWord word, const LabelOptions& options) {
  switch (word) {
    case LabelWord::yes:
      return Answer::yes;
    case LabelWord::no:
      return Answer::no;
    case LabelWord::uncertain:
      if (options.uncertain == UncertainPolicy::positive) return Answer::yes;
      return options.uncertain == UncertainPolicy::negative ? Answer::no : Answer::unknown;
    case LabelWord::blank:
      return options.blank_is_negative ? Answer::no : Answer::unknown;
    case LabelWord::other:
      break;
  }
  return Answer::unknown;
}

/// The second pass: every row into its columns.
class Filler {
 public:
  Filler(CsvStream& stream, const LabelLayout& layout, const std::vector<Finding>& findings,
         const LabelOptions& options, LabelTable& table)
      : stream_(stream),
        layout_(layout),
        findings_(findings),
        options_(options),
        words_(options.positive, options.negative),
        table_(table) {}

  void fill() {
    const std::size_t n_findings = findings_.size();
    if (table_.kind != TruthKind::continuous) table_.truth.resize(n_findings);
    if (table_.kind == TruthKind::continuous) table_.true_value.resize(n_findings);
    table_.is_uncertain.resize(n_findings);
    for (const std::size_t column : layout_.covariates)
      table_.covariates.push_back({stream_.header()[column], {}});
    for (const ReaderLayout& reader : layout_.readers) {
      Rater& rater = table_.readers.emplace_back();
      rater.name = "reader " + reader.name;
      rater.is_reader = true;
      rater.scores.resize(n_findings);
      rater.decisions.resize(n_findings);
    }
    while (stream_.next()) take_row();
    if (!has_uncertain_) table_.is_uncertain.clear();
  }

 private:
  void take_row() {
    table_.line.push_back(static_cast<std::uint32_t>(stream_.line()));
    table_.keys.emplace_back(stream_.field(layout_.key));
    if (layout_.date) table_.dates.emplace_back(stream_.field(*layout_.date));
    if (layout_.cluster) table_.clusters.emplace_back(stream_.field(*layout_.cluster));
    if (layout_.fold) table_.folds.emplace_back(stream_.field(*layout_.fold));
    for (std::size_t i = 0; i < layout_.covariates.size(); ++i)
      table_.covariates[i].values.emplace_back(stream_.field(layout_.covariates[i]));
    for (std::size_t f = 0; f < findings_.size(); ++f) {
      if (table_.kind == TruthKind::continuous) {
        table_.true_value[f].push_back(NONE);
      } else {
        table_.truth[f].push_back(Answer::unknown);
      }
      table_.is_uncertain[f].push_back(0);
    }
    if (layout_.label) {
      take_label(stream_.field(*layout_.label));
    } else {
      for (const auto& [column, finding] : layout_.findings) take_cell(column, finding);
    }
    if (table_.kind == TruthKind::classes || table_.kind == TruthKind::ordinal)
      table_.true_class.push_back(only_finding());
    for (std::size_t i = 0; i < layout_.readers.size(); ++i)
      take_reader(table_.readers[i], layout_.readers[i]);
  }

  void set(std::size_t finding, LabelWord word) {
    table_.truth[finding].back() = answer_of(word, options_);
    if (word != LabelWord::uncertain) return;
    table_.is_uncertain[finding].back() = 1;
    has_uncertain_ = true;
  }

  void take_cell(std::size_t column, std::size_t finding) {
    const std::string_view text = stream_.field(column);
    const LabelWord word = words_.meaning(text);
    if (table_.kind == TruthKind::continuous) {
      table_.true_value[finding].back() = parsed_number(text).value_or(NONE);
      if (word == LabelWord::blank || parsed_number(text)) return;
      stream_.fail(column, "'" + printable(text) + "' is no number", "write a number, or nothing");
    }
    if (word == LabelWord::other) refuse_cell(column, text);
    set(finding, word);
  }

  [[noreturn]] void refuse_cell(std::size_t column, std::string_view text) const {
    const bool are_usual = options_.positive.empty() && options_.negative.empty();
    stream_.fail(
        column,
        "'" + printable(text) + "' " +
            (are_usual ? "is neither 0 nor 1"
                       : "means neither yes (" + words_.positive_text() + ") nor no (" +
                             words_.negative_text() + ")"),
        "write 1 where the case has the finding, 0 where it has not, nothing where it is not known; or "
        "say which words mean what: --positive '" +
            printable(text) + "'");
  }

  void take_label(std::string_view text) {
    const LabelWord word = words_.meaning(text);
    if (layout_.is_flag_label) {
      const std::optional<std::size_t> finding = find_finding(findings_, layout_.mapped(text));
      if (word == LabelWord::other && (finding || means_no_finding(text)))
        return set(0, finding ? LabelWord::yes : LabelWord::no);
      return take_cell(*layout_.label, 0);
    }
    if (word == LabelWord::blank || word == LabelWord::uncertain) {
      for (std::size_t f = 0; f < findings_.size(); ++f) set(f, word);
      return;
    }
    std::vector<std::size_t> present;
    bool is_known = true;
    const std::vector<std::string> parts =
        layout_.is_list ? split(text, '|') : std::vector{std::string(text)};
    for (const std::string& part : parts) is_known &= take_part(part, present);
    if (!is_known) return;
    for (std::size_t f = 0; f < findings_.size(); ++f) {
      const bool is_present = std::ranges::find(present, f) != present.end();
      table_.truth[f].back() = is_present ? Answer::yes : Answer::no;
    }
  }

  /// False when the row's truth is not known: its label is mapped to nothing.
  bool take_part(const std::string& part, std::vector<std::size_t>& present) {
    const std::string wanted = layout_.mapped(part);
    if (const auto finding = layout_.find_class(findings_, wanted)) {
      present.push_back(*finding);
      return true;
    }
    if (wanted.empty()) return false;
    if (layout_.is_list || table_.kind == TruthKind::findings) {
      if (means_no_finding(wanted)) return true;
      const bool is_slip = !nearest(to_lower_ascii(wanted), layout_.lower_names).empty();
      if (layout_.is_list && !is_slip) {
        ++table_.other_findings[wanted];
        return true;
      }
    }
    stream_.fail(*layout_.label, "'" + printable(part) + "' is no finding of the model",
                 findings_hint(findings_, part) + "; --map '" + printable(part) +
                     "=FINDING' says which one it is, --map '" + printable(part) + "=' leaves it out");
  }

  std::int32_t only_finding() const {
    std::int32_t only = -1;
    for (std::size_t f = 0; f < findings_.size(); ++f) {
      if (table_.truth[f].back() == Answer::unknown) return -1;
      if (table_.truth[f].back() == Answer::yes) {
        if (only >= 0) return -1;
        only = static_cast<std::int32_t>(f);
      }
    }
    return only;
  }

  void take_reader(Rater& rater, const ReaderLayout& layout) {
    for (std::size_t f = 0; f < findings_.size(); ++f) {
      rater.scores[f].push_back(NONE);
      rater.decisions[f].push_back(Answer::unknown);
    }
    if (layout.named) return take_named_reading(rater, *layout.named);
    for (const auto& [column, finding] : layout.findings) {
      const std::string_view text = stream_.field(column);
      const LabelWord word = words_.meaning(text);
      const std::optional<double> grade = parsed_number(text);
      const bool is_answer = word == LabelWord::yes || word == LabelWord::no;
      if (table_.kind != TruthKind::continuous && is_answer) {
        rater.decisions[finding].back() = word == LabelWord::yes ? Answer::yes : Answer::no;
        rater.scores[finding].back() = word == LabelWord::yes ? 1 : 0;
      } else if (grade && (table_.kind == TruthKind::continuous || word == LabelWord::other)) {
        rater.scores[finding].back() = *grade;
      } else if (word == LabelWord::other) {
        stream_.fail(column, "'" + printable(text) + "' is neither yes, no nor a grade",
                     "write 0 or 1, a number, or nothing");
      }
    }
  }

  void take_named_reading(Rater& rater, std::size_t column) {
    const std::string_view text = stream_.field(column);
    rater.top.push_back(-1);
    const LabelWord word = words_.meaning(text);
    if (word == LabelWord::blank || word == LabelWord::uncertain) return;
    const std::optional<std::size_t> called = layout_.find_class(findings_, layout_.mapped(text));
    if (!called) {
      stream_.fail(column, "'" + printable(text) + "' is no finding of the model",
                   findings_hint(findings_, text));
    }
    rater.top.back() = static_cast<std::int32_t>(*called);
    for (std::size_t f = 0; f < findings_.size(); ++f) {
      rater.scores[f].back() = f == *called ? 1 : 0;
      rater.decisions[f].back() = f == *called ? Answer::yes : Answer::no;
    }
  }

  CsvStream& stream_;
  const LabelLayout& layout_;
  const std::vector<Finding>& findings_;
  const LabelOptions& options_;
  LabelWords words_;
  LabelTable& table_;
  bool has_uncertain_ = false;
};

}  // namespace

std::string label_text(const std::filesystem::path& file, const std::string& encoding) {
  const std::string what = file.filename().string();
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error))
    throw Error(ExitCode::usage, "the label file " + printable(file.string()) + " is not there");
  std::string bytes = read_file(file);
  if (!encoding.empty()) return to_utf8(bytes, encoding, what);
  if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF")) return to_utf8(bytes, "UTF-16", what);
  if (is_utf8(bytes)) return bytes;
  throw Error(ExitCode::usage, what + ": the text is not UTF-8",
              "give its encoding, for example --labels-encoding gb18030");
}

bool LabelTable::say_the_same(std::uint32_t a, std::uint32_t b) const {
  const auto same_number = [&](const std::vector<double>& values) {
    return values[a] == values[b] || (values[a] != values[a] && values[b] != values[b]);
  };
  return std::ranges::all_of(truth, [&](const auto& answers) { return answers[a] == answers[b]; }) &&
         std::ranges::all_of(is_uncertain, [&](const auto& marks) { return marks[a] == marks[b]; }) &&
         std::ranges::all_of(true_value, same_number) &&
         (true_class.empty() || true_class[a] == true_class[b]);
}

LabelTable read_label_table(std::string_view text, const std::string& what,
                            const std::vector<Finding>& findings, const LabelColumns& columns,
                            const LabelOptions& options) {
  if (findings.empty())
    throw Error(ExitCode::usage, "the run has no scores to compare labels with", "leave --labels out");
  CsvStream first_pass(text, what);
  const LabelLayout layout = find_layout(first_pass, findings, columns, options);
  LabelTable table;
  table.what = what;
  table.key_column = layout.key_column;
  table.cluster_column = layout.cluster ? first_pass.header()[*layout.cluster] : "";
  table.kind = layout.kind;
  table.kind_text = layout.kind_text;
  table.identifying = layout.identifying;
  CsvStream second_pass(text, what);
  Filler(second_pass, layout, findings, options, table).fill();
  return table;
}

}  // namespace radbatch
