#include "radbatch/cli/report_input_options.hpp"

#include <algorithm>
#include <span>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/cli/values.hpp"

namespace radbatch {
namespace {

template <class Value>
using Choice = std::pair<std::string_view, Value>;

template <class Value>
Value parse_choice(const std::string& word, std::initializer_list<Choice<Value>> choices) {
  std::vector<std::string> names;
  for (const auto& [name, value] : choices) {
    if (word == name) return value;
    names.emplace_back(name);
  }
  throw Error(ExitCode::usage, "expected one of " + join(names, ", ") + ", not '" + printable(word) + "'");
}

UncertainPolicy parse_uncertain(const std::string& word) {
  return parse_choice<UncertainPolicy>(word, {{"exclude", UncertainPolicy::exclude},
                                              {"positive", UncertainPolicy::positive},
                                              {"negative", UncertainPolicy::negative},
                                              {"all", UncertainPolicy::all}});
}

NotDonePolicy parse_not_done(const std::string& word) {
  return parse_choice<NotDonePolicy>(word, {{"exclude", NotDonePolicy::exclude},
                                            {"negative", NotDonePolicy::negative},
                                            {"positive", NotDonePolicy::positive}});
}

PatientPooling parse_pool(const std::string& word) {
  return parse_choice<PatientPooling>(word, {{"max", PatientPooling::max},
                                             {"first", PatientPooling::first},
                                             {"last", PatientPooling::last},
                                             {"mean", PatientPooling::mean}});
}

std::string parse_kind(const std::string& word) {
  return std::string(parse_choice<std::string_view>(word, {{"binary", "binary"},
                                                           {"multilabel", "multilabel"},
                                                           {"classes", "classes"},
                                                           {"ordinal", "ordinal"},
                                                           {"continuous", "continuous"}}));
}

/// "90d" or "90": days.
std::size_t parse_days(std::string word) {
  if (word.ends_with('d')) word.pop_back();
  return parse_count(word);
}

std::vector<std::string> parse_list(const std::string& word) {
  std::vector<std::string> parts;
  for (const std::string& part : split(word, ',')) {
    if (!part.empty()) parts.push_back(part);
  }
  if (parts.empty()) throw Error(ExitCode::usage, "expected words separated by commas");
  return parts;
}

OptionInfo with(std::string names, std::string metavar, std::string help, std::string standard, Shown shown,
                std::function<void(const std::string&)> set) {
  return {.names = std::move(names),
          .metavar = std::move(metavar),
          .help = std::move(help),
          .standard = std::move(standard),
          .shown = shown,
          .set = std::move(set)};
}

void declare_label_options(CommandLine& line, InputOptions& options) {
  LabelOptions& label = options.label;
  line.option(with("--labels", "FILE", "CSV or TSV of what is true: case_id,label or a column per finding",
                   "", Shown::common, [&](const std::string& word) { options.labels = word; }));
  line.text("--labels-encoding", "NAME", label.encoding, "Encoding of the labels if not UTF-8, e.g. gb18030",
            Shown::all);
  line.option(with("--label-kind", "KIND", "binary, multilabel, classes, ordinal or continuous", "found",
                   Shown::all, [&](const std::string& word) { label.kind = parse_kind(word); }));
  OptionInfo map = with("--map", "THERE=HERE", "A name of the label table and the finding that it means", "",
                        Shown::all, [&](const std::string& word) { label.map.push_back(word); });
  map.repeatable = true;
  line.option(std::move(map));
  line.option(with("--positive", "WORDS", "Words for yes, e.g. '1,yes,阳性'", "1, yes, true, positive, ...",
                   Shown::all, [&](const std::string& word) { label.positive = parse_list(word); }));
  line.option(with("--negative", "WORDS", "Words for no", "0, no, false, negative, ...", Shown::all,
                   [&](const std::string& word) { label.negative = parse_list(word); }));
  line.option(with("--uncertain", "HOW", "What -1, ? and the like count as: exclude, positive, negative, all",
                   "exclude", Shown::all,
                   [&](const std::string& word) { label.uncertain = parse_uncertain(word); }));
  line.option(
      with("--blank", "HOW", "What an empty label counts as: missing, negative", "missing", Shown::all,
           [&](const std::string& word) {
             label.blank_is_negative = parse_choice<bool>(word, {{"missing", false}, {"negative", true}});
           }));
}

void declare_key_options(CommandLine& line, InputOptions& options) {
  KeyOptions& key = options.key;
  line.option(with("--key", "COLUMN=ATTRIBUTE",
                   "Match labels by accession=AccessionNumber, mrn=PatientID, ...", "case_id", Shown::common,
                   [&](const std::string& word) { key.key = word; }));
  line.option(with("--date", "COLUMN=ATTRIBUTE", "Match by date too, e.g. biopsy_date=StudyDate", "",
                   Shown::all, [&](const std::string& word) { key.date = word; }));
  line.option(with("--within", "DAYS", "Days that may lie between the two dates, e.g. 90d", "0d", Shown::all,
                   [&](const std::string& word) { key.within_days = parse_days(word); }));
  line.flag("--nearest", key.nearest, "Of several studies within that time take the nearest", Shown::all);
  line.flag("--repair-keys", key.repair, "Accept keys that match but for leading zeros, a trailing .0, ...",
            Shown::all);
}

void declare_unit_options(CommandLine& line, InputOptions& options) {
  line.option(with("--where", "CONDITION", "Judge on these cases only, e.g. 'split==\"test\"'", "",
                   Shown::common, [&](const std::string& word) { options.where = word; }));
  line.option(with("--cluster", "COLUMN", "What tells the patients apart", "patient_key", Shown::all,
                   [&](const std::string& word) { options.cluster = word; }));
  line.option(with("--per", "UNIT", "Count patients instead of cases: patient, case", "case", Shown::all,
                   [&](const std::string& word) {
                     const bool is_patient = parse_choice<bool>(word, {{"patient", true}, {"case", false}});
                     options.per_patient = is_patient ? PatientPooling::max : PatientPooling::none;
                   }));
  line.option(with("--pool", "HOW", "With --per patient: max, first, last or mean of a patient's scores",
                   "max", Shown::all, [&](const std::string& word) { options.pool = parse_pool(word); }));
  line.option(with("--fold-column", "COLUMN", "Column with the fold of cross-validation", "", Shown::all,
                   [&](const std::string& word) { options.fold_column = word; }));
  line.option(with("--reader", "COLUMNS", "Columns with human readers' answers, e.g. r1,r2", "", Shown::all,
                   [&](const std::string& word) { options.readers = parse_list(word); }));
  line.option(with("--not-done", "HOW",
                   "What a labelled case without a result counts as: exclude, negative, positive", "exclude",
                   Shown::all, [&](const std::string& word) { options.not_done = parse_not_done(word); }));
  line.flag("--allow-leak", options.allow_leak, "Accept patients in the test cases and in another split",
            Shown::all);
}

}  // namespace

void declare_report_input_options(CommandLine& line, InputOptions& options) {
  OptionInfo predictions =
      with("--predictions", "TABLE", "Scores that were made elsewhere, a column per finding", "",
           Shown::common, [&](const std::string& word) { options.predictions.emplace_back(word); });
  predictions.repeatable = true;
  line.option(std::move(predictions));
  line.option(with("--id-column", "COLUMN", "Column of the predictions that holds the ids",
                   "found by its name", Shown::all,
                   [&](const std::string& word) { options.id_column = word; }));
  declare_label_options(line, options);
  declare_key_options(line, options);
  declare_unit_options(line, options);
}

}  // namespace radbatch
