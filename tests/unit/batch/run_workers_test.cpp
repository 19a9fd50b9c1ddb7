#include "radbatch/batch/run_workers.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>

using namespace radbatch;
using Words = std::vector<std::string>;

namespace {

Words devices(const char* visible, const std::string& device) {
  ::setenv("CUDA_VISIBLE_DEVICES", visible, 1);
  const Words found = devices_of(device);
  ::unsetenv("CUDA_VISIBLE_DEVICES");
  return found;
}

std::size_t classify_workers(const RunOptions& options) {
  WorkerPool pool;
  add_classify_workers(pool, {"classify", "/nowhere"}, Json::object(), options);
  return pool.all_idle("classify").size();
}

}  // namespace

TEST_CASE("cuda means all GPUs that may be seen, everything else one device") {
  CHECK(devices("0,3", "cuda") == Words{"cuda:0", "cuda:1"});
  CHECK(devices("0", "cuda") == Words{"cuda"});
  CHECK(devices("", "cuda") == Words{"cuda"});
  CHECK(devices("0,3", "cuda:1") == Words{"cuda:1"});
  CHECK(devices("0,3", "cpu") == Words{"cpu"});
}

TEST_CASE("there are as many networks as processors for their threads, and one a GPU") {
  RunOptions options;
  options.cpus = 8;
  CHECK(classify_workers(options) == 8);
  options.threads = 3;
  CHECK(classify_workers(options) == 2);
  options.threads = 99;
  CHECK(classify_workers(options) == 1);
  options.device = "cuda:0";
  CHECK(classify_workers(options) == 1);
}
