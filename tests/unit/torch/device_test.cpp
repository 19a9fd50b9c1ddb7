#include "radbatch/torch/device.hpp"

#include <doctest/doctest.h>

#include "model_files.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/torch/load.hpp"

using namespace radbatch;

namespace {

Error device_error(const std::string& text) {
  try {
    open_device(text);
  } catch (const Error& error) {
    return error;
  }
  return Error(ExitCode::ok, "no error");
}

}  // namespace

TEST_CASE("the CPU is always there") {
  CHECK(open_device("cpu").name() == "cpu");
}

TEST_CASE("a device that is no device is refused") {
  for (const char* text : {"gpu", "", "cuda:", "cuda:x", "cuda:-1", "cuda:1x", "cpu:0"}) {
    const Error error = device_error(text);
    CHECK(error.exit_code() == ExitCode::device);
    CHECK(error.message() == "there is no device \"" + std::string(text) + "\"; known: cpu, cuda, cuda:N");
  }
}

TEST_CASE("a CUDA device that is absent is an error, not a quiet run on the CPU") {
  const Error error = device_error("cuda:99");
  CHECK(error.exit_code() == ExitCode::device);
  CHECK(error.message().find("was asked for") != std::string::npos);
  CHECK(error.hint().find("cuda") != std::string::npos);

  const test::TemporaryFolder folder;
  BackendRequest request = test::script_file(folder, "def forward(self, x): return x");
  request.device = "cuda:99";
  CHECK_THROWS_WITH_AS(load_torch_classifier(request), error.what(), Error);
}
