#include "radbatch/batch/run_tally.hpp"

#include <doctest/doctest.h>

using namespace radbatch;

namespace {

RunTally tally_of(std::initializer_list<Reason> reasons) {
  RunTally tally;
  CaseOutcome done;
  done.status = Status::done;
  tally.add(done);
  for (const Reason reason : reasons) tally.add(ended_with("x", reason, ""));
  return tally;
}

}  // namespace

TEST_CASE("the exit status of a run that went to its end is that of its cases") {
  const RunEnd end;
  CHECK(exit_status(end, tally_of({}), {}) == 0);
  CHECK(exit_status(end, tally_of({Reason::modality}), {}) == 0);  // skipped by rule
  CHECK(exit_status(end, tally_of({Reason::spacing}), {}) == 8);
  CHECK(exit_status(end, tally_of({Reason::io}), {Status::refused}) == 8);
  CHECK(exit_status(end, tally_of({Reason::io, Reason::spacing}), {Status::refused, Status::failed}) == 0);
}

TEST_CASE("why a run ended comes before how its cases did") {
  const RunTally tally = tally_of({Reason::io});
  CHECK(exit_status({ScheduleEnd::asked, true, true, true}, tally, {}) == 141);
  CHECK(exit_status({ScheduleEnd::asked, false, true, true}, tally, {}) == 9);
  CHECK(exit_status({ScheduleEnd::stop_after, false, false, true}, tally, {}) == 10);
}

TEST_CASE("an input that broke off is not accepted by --ok") {
  const RunEnd end{ScheduleEnd::finished, false, false, false};
  CHECK(exit_status(end, tally_of({}), {Status::failed, Status::refused}) == 8);
}

TEST_CASE("a tally counts statuses and reasons") {
  const RunTally tally = tally_of({Reason::io, Reason::io, Reason::spacing});
  CHECK(tally.settled == 4);
  CHECK(tally.by_status.at(Status::failed) == 2);
  CHECK(tally.by_reason.at(Reason::io) == 2);
}
