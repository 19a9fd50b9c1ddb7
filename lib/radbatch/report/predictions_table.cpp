#include "radbatch/report/predictions_table.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "radbatch/base/condition.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/report/key_repair.hpp"
#include "radbatch/report/label_table.hpp"
#include "radbatch/store/csv_stream.hpp"

namespace radbatch {
namespace {

constexpr std::array ID_NAMES{"case_id",     "case",     "id",   "image", "image_id", "image index",
                              "image_index", "filename", "file", "study", "study_id", "name"};
constexpr std::array<std::string_view, 4> PREFIXES{"p_", "prob_", "score_", "pred_"};

struct Layout {
  std::size_t id = 0;
  std::optional<std::size_t> model, top;
  std::vector<std::size_t> scores;
  std::vector<std::optional<std::size_t>> decisions;
  std::vector<std::size_t> carried;
  std::vector<Finding> findings;
};

std::optional<std::size_t> find_any_case(const CsvStream& table, std::string_view name) {
  if (const auto column = table.find(name)) return column;
  const auto same = [&](const std::string& column) { return to_lower_ascii(column) == to_lower_ascii(name); };
  const auto found = std::ranges::find_if(table.header(), same);
  if (found == table.header().end()) return std::nullopt;
  return static_cast<std::size_t>(found - table.header().begin());
}

std::size_t id_column(const CsvStream& table, const PredictionNames& names) {
  const std::string there_are = "there are: " + printable(join(table.header(), ", "));
  if (!names.id_column.empty()) {
    if (const auto column = find_any_case(table, names.id_column)) return *column;
    throw Error(ExitCode::usage, table.what() + ": there is no column '" + printable(names.id_column) + "'",
                there_are);
  }
  for (const char* name : ID_NAMES) {
    if (const auto column = find_any_case(table, name)) return *column;
  }
  throw Error(ExitCode::usage, table.what() + ": no column looks like an id of the cases",
              "name it with --id-column; " + there_are);
}

std::string_view without_prefix(std::string_view column) {
  for (const std::string_view prefix : PREFIXES) {
    if (column.size() > prefix.size() && to_lower_ascii(column).starts_with(prefix))
      return column.substr(prefix.size());
  }
  return {};
}

bool is_among(std::span<const std::string> names, std::string_view name) {
  return std::ranges::any_of(names, [&](const std::string& one) {
    return to_lower_ascii(one) == to_lower_ascii(name) || (slug(one) == slug(name) && slug(one) != "x");
  });
}

Finding finding_of(const std::string& column, std::string_view name, const PredictionNames& names) {
  // The name that a reader of the report knows: the run's, else the label table's, else the column's.
  const std::vector<Finding> known(names.findings.begin(), names.findings.end());
  if (const auto found = find_finding(known, name))
    return {known[*found].name, known[*found].slug, column, std::nullopt, {}};
  for (const std::string& label : names.labels) {
    if (is_among({&label, 1}, name)) return {label, slug(label), column, std::nullopt, {}};
  }
  return {std::string(name), slug(name), column, std::nullopt, {}};
}

void find_scores(const CsvStream& table, const PredictionNames& names, Layout& layout) {
  const std::vector<std::string>& header = table.header();
  const bool has_prefix =
      std::ranges::any_of(header, [](const std::string& one) { return !without_prefix(one).empty(); });
  const std::vector<Finding> known(names.findings.begin(), names.findings.end());
  for (std::size_t at = 0; at < header.size(); ++at) {
    if (at == layout.id || layout.model == at || layout.top == at || header[at].empty()) continue;
    const std::string_view name = has_prefix ? without_prefix(header[at]) : std::string_view(header[at]);
    const bool is_score =
        has_prefix ? !name.empty() : find_finding(known, name).has_value() || is_among(names.labels, name);
    if (!is_score || names_a_person(header[at])) continue;
    layout.findings.push_back(finding_of(header[at], name, names));
    layout.scores.push_back(at);
    layout.decisions.push_back(find_any_case(table, "d_" + std::string(name)));
    if (!layout.decisions.back())
      layout.decisions.back() = find_any_case(table, "d_" + layout.findings.back().slug);
  }
  if (!layout.scores.empty()) return;
  throw Error(ExitCode::usage, table.what() + ": no column holds scores",
              "call them p_<finding> or prob_<finding>, or like the columns of the label table; there are: " +
                  printable(join(header, ", ")));
}

Layout find_layout(const CsvStream& table, const PredictionNames& names) {
  Layout layout;
  layout.id = id_column(table, names);
  layout.model = table.find("model");
  layout.top = table.find("top");
  find_scores(table, names, layout);
  for (std::size_t at = 0; at < table.header().size(); ++at) {
    const bool is_used = at == layout.id || layout.model == at || layout.top == at ||
                         std::ranges::find(layout.scores, at) != layout.scores.end() ||
                         std::ranges::find(layout.decisions, std::optional(at)) != layout.decisions.end();
    if (!is_used && !table.header()[at].empty()) layout.carried.push_back(at);
  }
  return layout;
}

double score_of(const CsvStream& table, std::size_t column) {
  const std::string_view text = table.field(column);
  if (const std::optional<double> score = parsed_number(text)) return *score;
  const std::string word = to_lower_ascii(text);
  if (word.empty() || word == "nan" || word == "na" || word == "null")
    return std::numeric_limits<double>::quiet_NaN();
  table.fail(column, "'" + printable(text) + "' is no number", "write a number, or nothing");
}

Answer decision_of(std::string_view text) {
  if (text.empty()) return Answer::unknown;
  return text == "1" || to_lower_ascii(text) == "true" ? Answer::yes : Answer::no;
}

RunData& run_of(std::vector<RunData>& runs, const std::string& model, const Layout& layout,
                const CsvStream& table) {
  for (RunData& run : runs) {
    if (run.name() == model) return run;
  }
  RunData& run = runs.emplace_back();
  run.run = {{"model", {{"name", model}}}};
  run.findings = layout.findings;
  run.has_top = layout.top.has_value();
  run.has_decisions = std::ranges::any_of(layout.decisions, [](const auto& one) { return one.has_value(); });
  run.scores.resize(run.findings.size());
  run.decisions.resize(run.findings.size());
  for (const std::size_t at : layout.carried) run.carried.push_back({table.header()[at], {}});
  return run;
}

void take_row(RunData& run, const CsvStream& table, const Layout& layout) {
  const std::string_view id = table.field(layout.id);
  if (id.empty()) table.fail(layout.id, "the id is missing", "give every row the id of its case");
  run.cases.push_back({std::string(id), Status::done, {}, {}, std::nullopt, {}});
  for (std::size_t f = 0; f < layout.scores.size(); ++f) {
    run.scores[f].push_back(score_of(table, layout.scores[f]));
    const auto decision = layout.decisions[f];
    run.decisions[f].push_back(decision ? decision_of(table.field(*decision)) : Answer::unknown);
  }
  const std::string_view top = layout.top ? table.field(*layout.top) : std::string_view();
  const auto called = find_finding(layout.findings, top);
  run.cases.back().top = called ? static_cast<std::uint32_t>(*called) : run.highest(run.cases.size() - 1);
  for (std::size_t i = 0; i < layout.carried.size(); ++i)
    run.carried[i].values.emplace_back(table.field(layout.carried[i]));
}

template <class Value>
void reorder(std::vector<Value>& values, const std::vector<std::uint32_t>& order) {
  std::vector<Value> sorted;
  sorted.reserve(values.size());
  for (const std::uint32_t at : order) sorted.push_back(std::move(values[at]));
  values = std::move(sorted);
}

void sort_cases(RunData& run, const std::string& what) {
  if (!std::ranges::is_sorted(run.cases, {}, &CaseRow::id)) {
    std::vector<std::uint32_t> order(run.cases.size());
    std::iota(order.begin(), order.end(), 0U);
    std::ranges::stable_sort(order, {},
                             [&](std::uint32_t at) -> const std::string& { return run.cases[at].id; });
    reorder(run.cases, order);
    for (auto& scores : run.scores) reorder(scores, order);
    for (auto& decisions : run.decisions) reorder(decisions, order);
    for (Covariate& column : run.carried) reorder(column.values, order);
  }
  const auto twice = std::ranges::adjacent_find(run.cases, {}, &CaseRow::id);
  if (twice == run.cases.end()) return;
  throw Error(ExitCode::usage, what + ": a case comes twice: its id has " + key_form(twice->id),
              "leave one row per case, or tell the models apart in a column `model`");
}

}  // namespace

std::vector<RunData> read_predictions_table(const std::filesystem::path& file, const PredictionNames& names) {
  const std::string what = file.filename().string();
  std::error_code missing;
  if (!std::filesystem::is_regular_file(file, missing))
    throw Error(ExitCode::usage, "the table of predictions " + printable(file.string()) + " is not there");
  CsvStream table(file, what);
  const Layout layout = find_layout(table, names);
  std::vector<RunData> runs;
  while (table.next()) {
    const std::string model = layout.model ? std::string(table.field(*layout.model)) : file.stem().string();
    take_row(run_of(runs, model, layout, table), table, layout);
  }
  if (runs.empty()) throw Error(ExitCode::no_input, what + " holds no case");
  for (RunData& run : runs) sort_cases(run, what);
  return runs;
}

}  // namespace radbatch
