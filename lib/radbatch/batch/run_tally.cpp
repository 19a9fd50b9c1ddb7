#include "radbatch/batch/run_tally.hpp"

#include <signal.h>

#include <algorithm>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/batch/signals.hpp"

namespace radbatch {
namespace {

void warn_of_lost_files(const Cohort& cohort, Reporter& reporter) {
  const auto damaged = std::ranges::count_if(cohort.unassigned, [](const UnassignedFile& stray) {
    return info(stray.reason).status == Status::failed;
  });
  if (damaged > 0) {
    reporter.warning(counted(static_cast<std::size_t>(damaged), "damaged file") +
                     " could not be given to any case: see private/unassigned.csv");
  }
  if (const std::size_t unread = unread_archives(cohort); unread > 0) {
    reporter.warning(counted(unread, "archive or member") +
                     " could not be read whole: cases may be missing or lack files; see "
                     "private/unassigned.csv (E_ARCHIVE)");
  }
}

}  // namespace

void RunTally::add(const CaseOutcome& outcome) {
  ++settled;
  ++by_status[outcome.status];
  if (outcome.reason) ++by_reason[*outcome.reason];
}

int stopped_status() {
  return stop_signal() == SIGUSR1 ? static_cast<int>(ExitCode::checkpoint) : 128 + stop_signal();
}

int exit_status(const RunEnd& end, const RunTally& tally, const std::set<Status>& accepted) {
  if (end.reader_left) return 128 + SIGPIPE;
  if (end.gave_up) return static_cast<int>(ExitCode::stopped);
  if (end.schedule == ScheduleEnd::stop_after) return static_cast<int>(ExitCode::checkpoint);
  if (end.schedule == ScheduleEnd::signal) return stopped_status();
  if (!end.is_input_whole) return static_cast<int>(ExitCode::cases);
  for (const auto& [status, count] : tally.by_status) {
    const bool fine = status == Status::done || status == Status::skipped || accepted.contains(status);
    if (!fine && count > 0) return static_cast<int>(ExitCode::cases);
  }
  return 0;
}

std::size_t unread_archives(const Cohort& cohort) {
  return static_cast<std::size_t>(
      std::ranges::count(cohort.unassigned, Reason::archive, &UnassignedFile::reason));
}

void summarize(const RunTally& tally, const Cohort& cohort, const std::string& out, Reporter& reporter) {
  warn_of_lost_files(cohort, reporter);
  if (tally.processed == 0 && tally.kept > 0) {
    reporter.info("nothing to do: all " + counted(tally.kept, "case") +
                  " committed by an earlier run, none decoded");
  }
  std::vector<std::string> parts;
  for (const auto& [status, count] : tally.by_status) {
    if (count > 0) parts.push_back(std::to_string(count) + " " + std::string(name(status)));
  }
  reporter.info(counted(tally.settled, "case") + ": " + join(parts, ", "));
  const auto torn = tally.by_reason.find(Reason::many_series);
  if (torn != tally.by_reason.end()) {
    reporter.info("hint: " + counted(torn->second, "case") +
                  " with several images that fit; see them and choose: radbatch select " + printable(out));
  }
}

}  // namespace radbatch
