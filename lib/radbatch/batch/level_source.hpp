// Kept levels of a run's cases, read when they are wanted.
//
// A cohort's outcomes are in memory together, what was kept of their items is not: it stays in the journal or
// in the case's file.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "radbatch/batch/journal.hpp"
#include "radbatch/batch/levels.hpp"

namespace radbatch {

class LevelSource {
 public:
  /// Looks through the journals of `run_folder` for the records of `outcomes`, where any has levels.
  LevelSource(std::filesystem::path run_folder, const std::map<std::string, CaseOutcome>& outcomes);
  /// Nothing where the case has none. Throws Error(ExitCode::output) when they are gone.
  std::optional<KeptLevels> of(const CaseOutcome& outcome);
  /// The outcome's result with the arrays that its record has.
  Json whole_result(const CaseOutcome& outcome);

 private:
  std::filesystem::path run_folder_;
  std::map<std::string, RecordPlace> places_;
};

}  // namespace radbatch
