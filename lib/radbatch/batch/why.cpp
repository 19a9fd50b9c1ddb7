#include "radbatch/batch/why.hpp"

#include <fmt/format.h>

#include "radbatch/base/text.hpp"
#include "radbatch/batch/case_filter.hpp"
#include "radbatch/batch/restore.hpp"
#include "radbatch/store/table.hpp"
#include "radbatch/study/case_id.hpp"

namespace radbatch {
namespace {

std::string files_text(const Case& one, const FoundCohort& found) {
  std::string text = fmt::format("\nFiles ({})\n", one.files.size());
  constexpr std::size_t SHOWN = 12;
  for (std::size_t i = 0; i < one.files.size() && i < SHOWN; ++i) {
    const FileRecord& record = found.records[one.files[i]];
    text += "  " + printable(absolute_path(record));
    if (record.reason) text += fmt::format("   {}: {}", code(*record.reason), printable(record.detail));
    text += '\n';
  }
  if (one.files.size() > SHOWN) text += fmt::format("  ... and {} more\n", one.files.size() - SHOWN);
  return text;
}

std::string images_text(const Case& one, const Tool& tool) {
  std::string text =
      fmt::format("\nImages ({}) and other members ({})\n", one.candidates.size(), one.members.size());
  const std::vector<SelectionRule> rules = tool.rules();
  const bool several = rules.size() > 1;
  for (const SelectionRow& row : select(one, rules).rows) {
    text += fmt::format("  {} {}  {}{}{}\n", row.is_selected ? "[x]" : "[ ]",
                        printable(!row.instance.empty() ? row.instance : row.series),
                        several && !row.input.empty() ? printable(row.input) + ": " : "", printable(row.rule),
                        row.reason ? fmt::format(" ({})", code(*row.reason)) : "");
  }
  return text;
}

std::string steps_text(const Json& story) {
  std::string text;
  for (const Json& step : story.value("steps", Json::array())) {
    text += fmt::format("  {:<28} {}{}\n", step.value("name", ""), step.value("shape", Json()).dump(),
                        step.contains("image") ? "  " + printable(step["image"].get<std::string>()) : "");
  }
  return text.empty() ? text : "\nPreparation\n" + text;
}

std::string notes_text(const Json& story) {
  std::string text;
  for (const Json& note : story.value("notes", Json::array()))
    text += "  " + printable(note.is_string() ? note.get<std::string>() : note.dump()) + "\n";
  return text.empty() ? text : "\nNotes of the network\n" + text;
}

std::string result_text(const CaseOutcome& outcome) {
  std::string text;
  for (const auto& [key, value] : outcome.result.items()) {
    if (!value.is_primitive()) continue;
    // Scores are float32: their own digits, not those of the double that JSON holds.
    text += fmt::format("  {:<28} {}\n", key,
                        value.is_number_float()
                            ? shortest(value.get<float>())
                            : printable(value.is_string() ? value.get<std::string>() : value.dump()));
  }
  if (!outcome.flags.empty()) text += fmt::format("  {:<28} {}\n", "flags", join(outcome.flags, " "));
  return text.empty() ? text : "\nResult\n" + text;
}

}  // namespace

std::string why(const std::filesystem::path& out, const std::string& case_prefix) {
  const RestoredRun run = restore_run(RunFolder(out));
  const std::vector<std::string> ids = ids_of(run.taken);
  const Case& one = run.taken[find_case(ids, case_prefix)];
  if (!run.outcomes.contains(one.id)) {
    return fmt::format("{}: not reached yet\n{}{}\nNext: run the same command again\n", one.id,
                       files_text(one, run.found), images_text(one, *run.tool));
  }
  const CaseOutcome outcome = run.outcomes.at(one.id);
  const bool is_torn = outcome.reason == Reason::many_series;
  const std::string next = is_torn ? "\nNext: radbatch select " + printable(out.string()) + "\n" : "";
  std::string text = fmt::format("{}: {}", one.id, name(outcome.status));
  if (outcome.reason) {
    const ReasonInfo& facts = info(*outcome.reason);
    text += fmt::format(", {}\n  {}\n  {}\n  What to do: {}\n", facts.code, printable(outcome.detail),
                        facts.meaning, facts.advice);
    text += facts.transient ? "  The next run of the same command tries it again.\n"
                            : "  It stays so on the next run, unless --retry failed or the files change.\n";
  } else {
    text += '\n';
  }
  return text + files_text(one, run.found) + images_text(one, *run.tool) + steps_text(outcome.story) +
         notes_text(outcome.story) + result_text(outcome) + next;
}

}  // namespace radbatch
