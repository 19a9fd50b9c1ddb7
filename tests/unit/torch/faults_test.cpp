#include "radbatch/torch/faults.hpp"

#include <doctest/doctest.h>

#include <new>
#include <stdexcept>

#include "radbatch/base/error.hpp"

using namespace radbatch;

namespace {

template <typename Thrown>
Error case_error_of(const Thrown& thrown) {
  try {
    try {
      throw thrown;
    } catch (...) {
      rethrow_as_case_error("running");
    }
  } catch (const Error& error) {
    return error;
  }
}

}  // namespace

TEST_CASE("the line that says what went wrong is taken from a traceback") {
  CHECK(
      essence("The following operation failed in the TorchScript interpreter.\n"
              "Traceback of TorchScript (most recent call last):\n"
              "    return torch.matmul(x, x)\n           ~~~~~~ <--- HERE\nRuntimeError: shapes differ\n") ==
      "RuntimeError: shapes differ");
  CHECK(essence("\n  Unknown builtin op: aten::foo.\nCould not find any similar ops.") ==
        "  Unknown builtin op: aten::foo.");
  CHECK(essence("\n") == "no message");
}

TEST_CASE("whatever a library throws becomes our error, with what was being done") {
  CHECK(case_error_of(std::runtime_error("bad")).message() == "running: bad");
  CHECK(case_error_of(std::runtime_error("bad")).reason() == Reason::model_output);
  CHECK(case_error_of(std::bad_alloc()).reason() == Reason::out_of_memory);
  CHECK(case_error_of(42).message() == "running: an exception without a message");
  CHECK(case_error_of(Error(Reason::nonfinite, "as it was")).reason() == Reason::nonfinite);
}
