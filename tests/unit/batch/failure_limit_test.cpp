#include "radbatch/batch/failure_limit.hpp"

#include <doctest/doctest.h>

using namespace radbatch;

namespace {

CaseOutcome done() {
  CaseOutcome outcome;
  outcome.status = Status::done;
  return outcome;
}

/// What the limit says after these many outcomes, the last one included; "early" when it spoke before.
std::string after(FailureLimit limit, std::size_t n, const CaseOutcome& outcome) {
  for (std::size_t i = 1; i < n; ++i) {
    if (!limit.count(outcome).empty()) return "early";
  }
  return limit.count(outcome);
}

const CaseOutcome unreadable = ended_with("x", Reason::io, "");
const CaseOutcome refused = ended_with("x", Reason::spacing, "");

}  // namespace

TEST_CASE("the first 50 cases failing for one reason stop a run, whatever was asked") {
  CHECK(after(FailureLimit({}), 49, unreadable) == "");
  CHECK(after(FailureLimit({}), 50, unreadable) ==
        "the first 50 cases all failed with E_IO; is the input still there?");
  CHECK(after(FailureLimit({}), 200, refused) == "");
  FailureLimit mixed({});
  mixed.count(done());
  CHECK(after(mixed, 200, unreadable) == "");
  FailureLimit two_reasons({});
  two_reasons.count(ended_with("x", Reason::bad_header, ""));
  CHECK(after(two_reasons, 200, unreadable) == "");
}

TEST_CASE("a number of failures is allowed, one more is not; refused cases do not count") {
  const MaxFailures three{3, std::nullopt};
  CHECK(after(FailureLimit(three), 3, unreadable) == "");
  CHECK(after(FailureLimit(three), 4, unreadable) == "4 cases failed, more than --max-failures allows");
  CHECK(after(FailureLimit(MaxFailures{0, std::nullopt}), 1, unreadable) ==
        "1 case failed, more than --max-failures allows");
  CHECK(after(FailureLimit(three), 100, refused) == "");
}

TEST_CASE("a percentage counts after 100 cases") {
  FailureLimit limit(MaxFailures{0, 10.0});
  limit.count(unreadable);
  for (int i = 0; i < 88; ++i) CHECK(limit.count(done()) == "");
  for (int i = 0; i < 10; ++i) CHECK(limit.count(unreadable) == "");
  CHECK(limit.count(unreadable) == "12 cases failed, more than --max-failures allows");
}
