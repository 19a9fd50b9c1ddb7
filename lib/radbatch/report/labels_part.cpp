#include <algorithm>
#include <map>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/report/html.hpp"
#include "radbatch/report/inputs.hpp"
#include "radbatch/report/review_page.hpp"

namespace radbatch {
namespace {

using namespace html;

constexpr std::array<std::pair<JoinOutcome, std::string_view>, N_JOIN_OUTCOMES> MEANINGS{
    {{JoinOutcome::matched, "label rows of one case with a score"},
     {JoinOutcome::no_score, "label rows of a case that has no score"},
     {JoinOutcome::duplicate, "label rows left out: another says the same of the case, or is nearer in time"},
     {JoinOutcome::ambiguous, "label rows left out: several cases fit, or rows contradict each other"},
     {JoinOutcome::unmatched, "label rows without a case"},
     {JoinOutcome::unlabelled, "cases with a score that no label row names"}}};

/// Reasons alike but for a number are one.
struct Obstacle {
  std::string why, hint;
  std::size_t n = 0;
};

std::vector<Obstacle> obstacles(const LabelMatching& matching) {
  std::map<std::pair<JoinWhy, KeyRepairs>, Obstacle> found;
  for (const JoinRow& row : matching.rows) {
    if (row.why == JoinWhy::none || row.why == JoinWhy::not_named || row.why == JoinWhy::several_labelled)
      continue;
    Obstacle& one = found[{row.why, row.repairs}];
    if (one.n++ > 0) continue;
    one.why = why_text(row);
    one.hint = hint_text(row);
  }
  std::vector<Obstacle> sorted;
  for (auto& [key, one] : found) sorted.push_back(std::move(one));
  std::ranges::stable_sort(sorted, std::greater<>(), &Obstacle::n);
  return sorted;
}

ReportTable outcome_table(const PartContext& context, const LabelMatching& matching) {
  ReportTable table{"label-join",
                    context.lang("How labels met cases"),
                    {"outcome", "rows", "meaning"},
                    {},
                    {false, true, false},
                    {}};
  for (const auto& [outcome, meaning] : MEANINGS) {
    table.rows.push_back(
        {std::string(name(outcome)), grouped(matching.count(outcome)), std::string(meaning)});
  }
  table.note = "Row by row in label_join.csv; the keys are in private/label_join_keys.csv only.";
  return table;
}

ReportTable obstacle_table(const std::vector<Obstacle>& found) {
  ReportTable table{"label-obstacles",
                    "Why label rows were left out",
                    {"why, with the first row's numbers", "rows", "what to do"},
                    {},
                    {false, true, false},
                    {}};
  for (const Obstacle& one : found) table.rows.push_back({one.why, grouped(one.n), one.hint});
  return table;
}

std::string truth_words(TruthKind kind) {
  switch (kind) {
    case TruthKind::findings:
      return "0/1 per finding";
    case TruthKind::classes:
      return "classes";
    case TruthKind::ordinal:
      return "grades";
    case TruthKind::continuous:
      return "numbers";
    case TruthKind::none:
      break;
  }
  return "none";
}

std::string uncertain_words(UncertainPolicy policy) {
  switch (policy) {
    case UncertainPolicy::positive:
      return "counted as positive";
    case UncertainPolicy::negative:
      return "counted as negative";
    case UncertainPolicy::all:
      return "left out of the main numbers, with the other readings beside them";
    case UncertainPolicy::exclude:
      break;
  }
  return "left out";
}

std::size_t n_uncertain(const AnalysisData& data) {
  std::size_t n = 0;
  for (const auto& column : data.is_uncertain) n += static_cast<std::size_t>(std::ranges::count(column, 1));
  return n;
}

std::size_t n_several(const AnalysisData& data) {
  std::vector<std::uint32_t> sizes(data.n_clusters);
  for (const std::uint32_t cluster : data.cluster) ++sizes[cluster];
  return static_cast<std::size_t>(std::ranges::count_if(sizes, [](std::uint32_t n) { return n > 1; }));
}

std::string item(const std::string& term, const std::string& text) {
  return element("dt", "", escape(term)) + element("dd", "", text);
}

/// The first columns that cases can be grouped by.
std::string covariate_names(const AnalysisData& data) {
  constexpr std::size_t most = 12;
  std::vector<std::string> names;
  for (const Covariate& covariate : data.covariates)
    if (names.size() < most) names.push_back(covariate.name);
  return join(names, ", ") + (data.covariates.size() > most ? ", ..." : "");
}

std::string facts(const LoadedInputs& inputs) {
  const AnalysisData& data = inputs.data;
  const auto n_test = static_cast<std::size_t>(std::ranges::count(data.is_test, 1));
  std::string list = item("Labels", escape(inputs.label_file) + ": " + escape(inputs.truth_text));
  list += item("Matched by", element("code", "", escape(inputs.matching.label_column)) + " = " +
                                 element("code", "", escape(inputs.matching.attribute)));
  list +=
      item("Judged on", grouped(n_test) + " of " + counted(data.size(), data.unit_noun) +
                            (data.where.empty() ? "" : ", where " + element("code", "", escape(data.where))));
  list += item("Patients",
               data.has_patients
                   ? grouped(data.n_clusters) + ", by " + escape(inputs.patient_text) + "; " +
                         grouped(n_several(data)) + " with several " + data.unit_noun + "s"
                   : "not known: every case counts as a patient of its own, and intervals are too narrow "
                     "where one has several");
  if (const std::size_t n = n_uncertain(data); n > 0)
    list += item("Uncertain labels", grouped(n) + ", " + uncertain_words(data.uncertain));
  if (const std::string names = covariate_names(data); !names.empty())
    list += item("Covariates", escape(names) + " (for <code>--subgroup</code> and <code>--by</code>)");
  if (!inputs.identifying.empty()) {
    list += item("No covariates",
                 escape(join(inputs.identifying, ", ")) + " (columns that may tell who a patient is)");
  }
  if (data.allows_leak)
    list += item("Leak allowed",
                 "<code>--allow-leak</code>: patients may be in the test cases and in other splits");
  return element("dl", "", list);
}

Json numbers_of(const LoadedInputs& inputs, const std::vector<Obstacle>& found) {
  const AnalysisData& data = inputs.data;
  Json numbers = {{"label_file", inputs.label_file},
                  {"truth", truth_words(data.kind)},
                  {"truth_found", inputs.truth_text},
                  {"label_column", inputs.matching.label_column},
                  {"attribute", inputs.matching.attribute},
                  {"label_rows", inputs.matching.n_label_rows()},
                  {"units", data.size()},
                  {"unit", data.unit_noun},
                  {"test_units", std::ranges::count(data.is_test, 1)},
                  {"where", data.where},
                  {"patients", data.has_patients ? Json(data.n_clusters) : Json(nullptr)},
                  {"patients_by", inputs.patient_text},
                  {"patients_with_several", n_several(data)},
                  {"uncertain_labels", n_uncertain(data)},
                  {"uncertain_policy", uncertain_words(data.uncertain)},
                  {"allow_leak", data.allows_leak},
                  {"covariates", covariate_names(data)},
                  {"no_covariates", inputs.identifying},
                  {"key_repairs", inputs.matching.repairs()}};
  for (const auto& [outcome, meaning] : MEANINGS)
    numbers["outcomes"][std::string(name(outcome))] = inputs.matching.count(outcome);
  numbers["obstacles"] = Json::array();
  for (const Obstacle& one : found)
    numbers["obstacles"].push_back({{"why", one.why}, {"rows", one.n}, {"hint", one.hint}});
  return numbers;
}

}  // namespace

ReportPart labels_part(const PartContext& context, const LoadedInputs& inputs) {
  ReportPart part;
  part.id = "label-join";
  part.heading = context.lang("Labels");
  if (!inputs.has_labels) return part;
  const std::vector<Obstacle> found = obstacles(inputs.matching);
  part.numbers = numbers_of(inputs, found);
  part.tables.push_back(outcome_table(context, inputs.matching));
  part.html = facts(inputs) + html_table(part.tables.front());
  if (!found.empty()) {
    part.tables.push_back(obstacle_table(found));
    part.html += html_table(part.tables.back());
  }
  CaseList without{"labelled-without-score", "Labelled cases without a score", {}};
  for (std::uint32_t i = 0; i < inputs.data.size(); ++i) {
    if (!inputs.data.is_done[i]) without.units.push_back(i);
  }
  if (!without.units.empty()) {
    const std::string text =
        counted(without.units.size(), "labelled " + inputs.data.unit_noun) + " without a score";
    part.html += element("p", "class=\"note\"", list_link(without.id, escape(text)));
    part.lists.push_back(std::move(without));
  }
  return part;
}

std::vector<std::string> write_label_join(const LoadedInputs& inputs, const std::filesystem::path& report) {
  if (!inputs.has_labels) return {};
  const RunData& run = inputs.runs[0];
  write_file_atomically(report.parent_path() / "label_join.csv", label_join_csv(inputs.matching, run));
  const std::filesystem::path hidden = (run.folder.empty() ? report.parent_path() : run.folder) / "private";
  try {
    make_folder(hidden, true);
    write_private_file(hidden / "label_join_keys.csv",
                       label_join_keys_csv(inputs.matching, inputs.label_keys, run));
  } catch (const Error& error) {
    if (error.exit_code() != ExitCode::output) throw;
    return {"private/label_join_keys.csv was not written: " + error.message()};
  }
  return {};
}

}  // namespace radbatch
