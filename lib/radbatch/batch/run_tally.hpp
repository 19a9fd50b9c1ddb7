// How the cases of a run ended so far: what progress, the exit status and the last lines are made of.
#pragma once

#include <cstddef>
#include <map>
#include <set>

#include "radbatch/base/reporter.hpp"
#include "radbatch/batch/outcome.hpp"
#include "radbatch/batch/scheduler.hpp"
#include "radbatch/study/cohort.hpp"

namespace radbatch {

struct RunTally {
  std::map<Status, std::size_t> by_status;
  std::map<Reason, std::size_t> by_reason;
  std::size_t total = 0;      ///< cases of this process; 0 while a stream still grows
  std::size_t settled = 0;    ///< of these, with an outcome
  std::size_t kept = 0;       ///< of the settled, committed by an earlier run
  std::size_t processed = 0;  ///< of the settled, committed by this one

  void add(const CaseOutcome& outcome);
};

/// Why a run ended.
struct RunEnd {
  ScheduleEnd schedule = ScheduleEnd::finished;
  bool reader_left = false;    ///< of --stream
  bool gave_up = false;        ///< FailureLimit
  bool is_input_whole = true;  ///< false: a stream broke off, or an archive could not be read whole
};

/// The exit status of contracts.
int exit_status(const RunEnd& end, const RunTally& tally, const std::set<Status>& accepted);
/// The exit status after a stop signal.
int stopped_status();

/// What could not be given to any case, whole or in part: the cases alone would look complete.
std::size_t unread_archives(const Cohort& cohort);
/// The last lines of a run: what is missing, how many cases ended how, what to do next.
void summarize(const RunTally& tally, const Cohort& cohort, const std::string& out, Reporter& reporter);

}  // namespace radbatch
