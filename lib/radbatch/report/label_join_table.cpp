// What the join of labels and cases looks like on disk.
#include <algorithm>
#include <array>

#include "radbatch/base/text.hpp"
#include "radbatch/report/label_matching.hpp"
#include "radbatch/store/table.hpp"

namespace radbatch {
namespace {

constexpr std::array<std::string_view, N_JOIN_OUTCOMES> OUTCOMES{"matched",   "no_score",  "duplicate",
                                                                 "ambiguous", "unmatched", "unlabelled"};
constexpr std::size_t ROWS_AT_ONCE = 10'000;

std::string quoted_list(KeyRepairs repairs) {
  return join(names_of(repairs), ", ");
}

/// CSV of rows first .. n, made in parts, as cells take more memory than their text.
template <class MakeRow>
std::string csv_of(const std::vector<Column>& columns, std::size_t n, MakeRow make_row) {
  std::string text = to_csv(Table(columns));
  const std::size_t header_bytes = text.size();
  for (std::size_t first = 0; first < n; first += ROWS_AT_ONCE) {
    Table part(columns);
    for (std::size_t i = first; i < std::min(n, first + ROWS_AT_ONCE); ++i) make_row(part, i);
    text += to_csv(part).substr(header_bytes);
  }
  return text;
}

Cell case_cell(const JoinRow& row, const RunData& run) {
  return row.case_index == NO_CASE ? Cell{} : text_cell(run.cases[row.case_index].id);
}

Cell line_cell(const JoinRow& row) {
  return row.line == 0 ? Cell{} : Cell{static_cast<std::int64_t>(row.line)};
}

}  // namespace

std::string_view name(JoinOutcome outcome) {
  return OUTCOMES[static_cast<std::size_t>(outcome)];
}

std::string why_text(const JoinRow& row) {
  const std::string number = std::to_string(row.number);
  switch (row.why) {
    case JoinWhy::none:
      return row.repairs == 0 ? "" : "matched after a repair: " + quoted_list(row.repairs);
    case JoinWhy::several_labelled:
      return "a patient's row: it labels " + counted(row.number, "case");
    case JoinWhy::not_done:
      return "the case has no score";
    case JoinWhy::empty_key:
      return "the key is empty";
    case JoinWhy::no_such_key:
      return "no case has this key";
    case JoinWhy::needs_repair:
      return "no case has this key as it stands; it differs in: " + quoted_list(row.repairs);
    case JoinWhy::rounded_key:
      return "a spreadsheet has rounded the key (1.2E+11): its last digits are lost";
    case JoinWhy::broken_key:
      return "the key holds characters that an earlier conversion could not read";
    case JoinWhy::several_cases:
      return counted(row.number, "case") + " have this key";
    case JoinWhy::several_in_time:
      return counted(row.number, "case") + " have this key and a date that is near enough";
    case JoinWhy::equally_near:
      return counted(row.number, "case") + " are equally near in time";
    case JoinWhy::no_date:
      return "the row has no date that can be read";
    case JoinWhy::cases_without_date:
      return "the cases with this key have no date";
    case JoinWhy::too_far:
      return "the nearest case with this key is " + counted(row.number, "day") + " away";
    case JoinWhy::same_as:
      return "line " + number + " says the same of this case";
    case JoinWhy::contradicts:
      return "line " + number + " says something else of this case, which is left out";
    case JoinWhy::farther_than:
      return "line " + number + " is nearer to this case in time";
    case JoinWhy::not_named:
      return "no row names the case";
  }
  return {};
}

std::string hint_text(const JoinRow& row) {
  switch (row.why) {
    case JoinWhy::needs_repair:
      return row.outcome == JoinOutcome::unmatched ? "--repair-keys accepts it" : "";
    case JoinWhy::rounded_key:
      return "export the column as text";
    case JoinWhy::broken_key:
      return "read the original file with --labels-encoding";
    case JoinWhy::several_cases:
      return "tell the cases apart with --date, or count patients with --per patient";
    case JoinWhy::several_in_time:
      return "take the nearest with --nearest, or a shorter --within";
    case JoinWhy::no_date:
      return "write dates as 2019-03-04";
    case JoinWhy::too_far:
      return "allow more time with --within";
    case JoinWhy::contradicts:
      return "leave one row per case";
    case JoinWhy::not_done:
      return "`radbatch why OUT CASE` tells what happened";
    default:
      return {};
  }
}

std::string label_join_csv(const LabelMatching& matching, const RunData& run) {
  const std::vector<Column> columns{{"line", ColumnType::integer, "of the label file"},
                                    {"case_id", ColumnType::text, "the case"},
                                    {"outcome", ColumnType::category, "how the two met", {}, true},
                                    {"why", ColumnType::text, ""},
                                    {"hint", ColumnType::text, "what to do"}};
  return csv_of(columns, matching.rows.size(), [&](Table& table, std::size_t i) {
    const JoinRow& row = matching.rows[i];
    table.add_row({line_cell(row), case_cell(row, run), std::string(name(row.outcome)),
                   text_cell(why_text(row)), text_cell(hint_text(row))});
  });
}

std::string label_join_keys_csv(const LabelMatching& matching, const std::vector<std::string>& keys,
                                const RunData& run) {
  const std::vector<Column> columns{{"line", ColumnType::integer, "of the label file"},
                                    {"key", ColumnType::text, "as the label file has it"},
                                    {"case_id", ColumnType::text, "the case"}};
  return csv_of(columns, keys.size(), [&](Table& table, std::size_t i) {
    const JoinRow& row = matching.rows[i];
    const Cell is_case = case_cell(row, run);
    table.add_row({line_cell(row), keys[i].empty() ? is_case : text_cell(keys[i]), is_case});
  });
}

}  // namespace radbatch
