#include "radbatch/batch/level_source.hpp"

#include <algorithm>

#include "radbatch/base/error.hpp"

namespace radbatch {
namespace {

bool is_in_record(const CaseOutcome& outcome) {
  const auto levels = outcome.result.find("levels");
  return levels != outcome.result.end() && levels->at("in") == "record";
}

}  // namespace

LevelSource::LevelSource(std::filesystem::path run_folder, const std::map<std::string, CaseOutcome>& outcomes)
    : run_folder_(std::move(run_folder)) {
  const bool any =
      std::ranges::any_of(outcomes, [](const auto& entry) { return is_in_record(entry.second); });
  if (!any) return;
  for_each_record(run_folder_ / "journal", [&](const Json& record, const RecordPlace& place) {
    const auto outcome = outcomes.find(record.value("case_id", ""));
    if (outcome == outcomes.end() || !is_in_record(outcome->second)) return;
    // Records of equal keys hold the same.
    const bool is_same = record.value("result_key", "") == outcome->second.result_key &&
                         record.value("fingerprint", "") == outcome->second.fingerprint &&
                         record.at("result").contains("levels");
    if (is_same) places_[outcome->first] = place;
  });
}

Json LevelSource::whole_result(const CaseOutcome& outcome) {
  if (!is_in_record(outcome)) return outcome.result;
  const auto place = places_.find(outcome.case_id);
  if (place == places_.end())
    throw Error(ExitCode::output, "the journal has no kept levels of " + outcome.case_id + " any more",
                "the command of the run, with --force, makes them again");
  return read_record(place->second).at("result");
}

std::optional<KeptLevels> LevelSource::of(const CaseOutcome& outcome) {
  if (!outcome.result.contains("levels")) return std::nullopt;
  return kept_levels(whole_result(outcome), run_folder_);
}

}  // namespace radbatch
