#include "radbatch/openvino/faults.hpp"

#include <doctest/doctest.h>

#include <new>
#include <stdexcept>

#include "radbatch/base/error.hpp"

using namespace radbatch;

namespace {

template <class Thrown>
Error case_error_of(const Thrown& thrown) {
  try {
    try {
      throw thrown;
    } catch (...) {
      rethrow_openvino_as_case_error("the network failed");
    }
  } catch (const Error& error) {
    return error;
  }
}

}  // namespace

TEST_CASE("of a message of many layers the one line stays that says what went wrong") {
  CHECK(openvino_essence("Exception from src/inference/src/cpp/core.cpp:121:\n"
                         "Check 'shape == expected' failed at src/core/src/model.cpp:30:\n"
                         "the tensor has 3 channels\n\n") == "the tensor has 3 channels");
  CHECK(openvino_essence("one line") == "one line");
  CHECK(openvino_essence("Exception from src/a.cpp:1:\n") == "Exception from src/a.cpp:1:");
  CHECK(openvino_essence("") == "no message");
}

TEST_CASE("a fault of the case is one of memory or of the model") {
  CHECK(case_error_of(std::bad_alloc()).reason() == Reason::out_of_memory);
  CHECK(case_error_of(std::runtime_error("Exception from x.cpp:1:\nstd::bad_alloc")).reason() ==
        Reason::out_of_memory);
  const Error other = case_error_of(std::runtime_error("no such layer"));
  CHECK(other.reason() == Reason::model_output);
  CHECK(other.message() == "the network failed: no such layer");
  CHECK(case_error_of(42).message() == "the network failed: an exception without a message");
}
