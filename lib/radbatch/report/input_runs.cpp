#include "radbatch/report/input_runs.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/report/label_matching.hpp"
#include "radbatch/report/label_table.hpp"
#include "radbatch/report/predictions_table.hpp"
#include "radbatch/store/csv_stream.hpp"

namespace radbatch {
namespace {

namespace fs = std::filesystem;

constexpr double NONE = std::numeric_limits<double>::quiet_NaN();

/// What stands in a message for a run: the folder as it was typed, or the table's name.
std::string shown_name(const RunData& run) {
  return printable(run.folder.empty() ? run.name() : run.folder.string());
}

/// Runs beside the first one are other answers about the same cases.
void check_run(const RunData& first, const RunData& other) {
  const auto is_shared = [&](const Finding& finding) {
    return find_finding(first.findings, finding.name).has_value();
  };
  if (std::ranges::none_of(other.findings, is_shared)) {
    throw Error(ExitCode::usage, shown_name(other) + " has none of the findings of " + shown_name(first),
                "runs are compared when they answer the same question");
  }
  if (std::ranges::any_of(other.cases, [&](const CaseRow& row) { return first.find(row.id).has_value(); }))
    return;
  const bool is_same_model =
      text_at(first.run, {"model", "sha256"}) == text_at(other.run, {"model", "sha256"}) &&
      first.name() == other.name();
  throw Error(ExitCode::usage, shown_name(other) + " and " + shown_name(first) + " have no case in common",
              is_same_model ? "parts of one cohort become one run folder with `radbatch merge`"
                            : "they are of different models: parts of one cohort have to be run with one");
}

}  // namespace

std::vector<std::string> names_in_labels(const std::string& text, const std::string& what) {
  if (text.empty()) return {};
  CsvStream stream(std::string_view(text), what);
  const auto label = stream.find("label");
  if (!label) return stream.header();
  std::set<std::string> values;
  while (stream.next() && values.size() < 1000) {
    for (const std::string& part : split(stream.field(*label), '|')) values.insert(part);
  }
  return {values.begin(), values.end()};
}

std::vector<RunData> load_runs(const RunSources& sources, const std::vector<std::string>& label_names) {
  std::vector<RunData> runs;
  for (const fs::path& folder : sources.run_folders) {
    runs.push_back(load_run(folder));
    if (runs.back().folder.filename().empty()) runs.back().folder = folder.parent_path();
  }
  for (const fs::path& file : sources.predictions) {
    const std::vector<Finding> findings = runs.empty() ? std::vector<Finding>() : runs.front().findings;
    for (RunData& run : read_predictions_table(file, {sources.id_column, findings, label_names}))
      runs.push_back(std::move(run));
  }
  if (runs.empty())
    throw Error(ExitCode::no_input, "there is no run folder and no --predictions", "radbatch-report OUT");
  for (std::size_t i = 1; i < runs.size(); ++i) check_run(runs[0], runs[i]);
  return runs;
}

std::vector<std::string> rater_names(const std::vector<RunData>& runs) {
  std::vector<std::string> names;
  for (const RunData& run : runs) {
    std::string name = run.name();
    const auto is_same = [&](const RunData& other) { return &other != &run && other.name() == name; };
    if (std::ranges::any_of(runs, is_same) && !run.folder.empty())
      name += " (" + run.folder.filename().string() + ")";
    for (std::size_t n = 2; std::ranges::find(names, name) != names.end(); ++n)
      name = run.name() + " (" + std::to_string(n) + ")";
    names.push_back(name);
  }
  return names;
}

Rater rater_of(const RunData& run, const std::string& name, const std::vector<Finding>& findings,
               const Places& places) {
  Rater rater;
  rater.name = name;
  std::vector<std::int32_t> theirs_to_ours(run.findings.size(), -1);
  for (std::size_t f = 0; f < findings.size(); ++f) {
    auto found = find_finding(run.findings, findings[f].name);
    if (!found) found = find_finding(run.findings, findings[f].slug);
    std::vector<double>& scores = rater.scores.emplace_back(places.size(), NONE);
    std::vector<Answer>& decisions = rater.decisions.emplace_back(places.size(), Answer::unknown);
    if (!found) continue;
    theirs_to_ours[*found] = static_cast<std::int32_t>(f);
    const std::optional<double> threshold = run.has_decisions ? std::nullopt : run.findings[*found].threshold;
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (places[i] == NO_CASE) continue;
      scores[i] = run.scores[*found][places[i]];
      decisions[i] = run.decisions[*found][places[i]];
      if (threshold && !std::isnan(scores[i]))
        decisions[i] = scores[i] >= *threshold ? Answer::yes : Answer::no;
    }
  }
  for (std::size_t i = 0; run.has_top && i < places.size(); ++i) {
    const auto top = places[i] == NO_CASE ? std::nullopt : run.cases[places[i]].top;
    rater.top.push_back(top ? theirs_to_ours[*top] : -1);
  }
  return rater;
}

}  // namespace radbatch
