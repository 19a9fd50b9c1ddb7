#include "radbatch/base/error.hpp"

#include <doctest/doctest.h>

using namespace radbatch;

TEST_CASE("an error of a case carries its reason, and each layer adds where it was") {
  Error problem(Reason::truncated_pixels, "pixel data is 1 byte, 8192 expected", "copy it again");
  CHECK(problem.reason() == Reason::truncated_pixels);
  CHECK(problem.exit_code() == ExitCode::cases);
  problem.within("slice 12").within("study-3f2a1b");
  CHECK(std::string(problem.what()) == "study-3f2a1b: slice 12: pixel data is 1 byte, 8192 expected");
  CHECK(problem.hint() == "copy it again");
}

TEST_CASE("an error of the run carries the exit status") {
  const Error problem(ExitCode::device, "no GPU");
  CHECK(static_cast<int>(problem.exit_code()) == 5);
  CHECK_FALSE(problem.reason().has_value());
}
