#include "radbatch/cli/shared_options.hpp"

#include <doctest/doctest.h>

#include <set>

#include "error_text.hpp"
#include "radbatch/cli/model_options.hpp"
#include "radbatch/cli/values.hpp"

using namespace radbatch;
using namespace radbatch::test;
using Words = std::vector<std::string>;

namespace {

/// The command line of a tool that runs a model.
struct Infer {
  Infer() {
    declare_model_option(line, options.model);
    declare_run_options(line, shared);
    declare_image_choice(line, options.choice, options.thumbnails);
    declare_backend_options(line, options, shared);
    declare_output_options(line, shared);
  }

  Infer& parse(Words words) {
    words.insert(words.begin(), "radbatch-infer");
    std::vector<const char*> argv;
    for (const std::string& word : words) argv.push_back(word.c_str());
    line.parse(static_cast<int>(argv.size()), argv.data());
    return *this;
  }

  SharedOptions shared;
  InferOptions options;
  CommandLine line{"radbatch-infer", "Classifies.", "radbatch-infer x"};
};

RunOptions resolved(const Words& words) {
  return resolve(Infer().parse(words).shared);
}

std::string error_with(const Words& words) {
  return error_of([&] { Infer().parse(words); });
}

}  // namespace

TEST_CASE("the options of a run arrive in its struct") {
  const RunOptions run = resolved({"in",
                                   "-o",
                                   "out",
                                   "--stream",
                                   "-0",
                                   "--case-by",
                                   "PatientID,ImageLaterality",
                                   "--only",
                                   "a",
                                   "--exclude",
                                   "b",
                                   "--limit",
                                   "5",
                                   "--sample",
                                   "3",
                                   "--seed",
                                   "9",
                                   "--shard",
                                   "1/4",
                                   "--retry",
                                   "failed",
                                   "--ok",
                                   "refused,failed",
                                   "--max-failures",
                                   "5%",
                                   "--stop-after",
                                   "55m",
                                   "--force",
                                   "--dry-run",
                                   "--max-ram",
                                   "2G",
                                   "--case-timeout",
                                   "30s",
                                   "--require-sandbox",
                                   "--key-file",
                                   "k",
                                   "--device",
                                   "cuda:1"});
  CHECK(run.inputs == Words{"in"});
  CHECK(run.out == "out");
  CHECK(run.stream);
  CHECK(run.nul_separated);
  CHECK(run.case_by == Words{"PatientID", "ImageLaterality"});
  CHECK(run.only == Words{"a"});
  CHECK(run.exclude == Words{"b"});
  CHECK(run.limit == 5u);
  CHECK(run.sample == 3u);
  CHECK(run.seed == 9);
  CHECK(run.shard.index == 1);
  CHECK(run.shard.count == 4);
  CHECK(run.retry == Retry::failed);
  CHECK(run.accepted == std::set{Status::refused, Status::failed});
  CHECK(run.max_failures->percent == 5.0);
  CHECK(run.stop_after == std::chrono::minutes(55));
  CHECK(run.force);
  CHECK(run.dry_run);
  CHECK(run.max_ram == 2ull << 30);
  CHECK(run.case_timeout == std::chrono::seconds(30));
  CHECK(run.require_sandbox);
  CHECK(run.key_file == "k");
  CHECK(run.device == "cuda:1");
}

TEST_CASE("every processor has an image worker, and a network works on one thread unless told otherwise") {
  const auto shares = [](Words more) {
    more.insert(more.begin(), {"in", "-o", "out"});
    const RunOptions run = resolved(more);
    return std::to_string(run.cpus) + " cpus, " + std::to_string(run.jobs) + " jobs, " +
           std::to_string(run.threads) + " threads";
  };
  CHECK(shares({"--cpus", "8"}) == "8 cpus, 8 jobs, 1 threads");
  CHECK(shares({"--cpus", "1"}) == "1 cpus, 1 jobs, 1 threads");
  CHECK(shares({"--cpus", "8", "--jobs", "3", "--threads", "2"}) == "8 cpus, 3 jobs, 2 threads");
  CHECK(resolved({"in", "-o", "out"}).max_ram == half_of_memory());
}

TEST_CASE("what a run needs is asked for by name") {
  CHECK(error_of([] {
          resolved({"-o", "out"});
        }) == "2: no input given [name folders or files, or - for standard input]");
  CHECK(error_of([] { resolved({"in"}); }) == "2: no run folder given [name it with -o FOLDER]");
  CHECK(error_of([] { require_model({}); }) == "2: no model given [name its folder with --model BUNDLE]");
}

TEST_CASE("a wrong value names its option") {
  CHECK(error_with({"--limit", "few"}) == "2: --limit: expected a whole number, not 'few'");
  CHECK(error_with({"--ok", "done"}) == "2: --ok: expected refused, failed or both, not 'done'");
  CHECK(error_with({"--device", "gpu"}) == "2: --device: expected cpu, cuda or cuda:N, not 'gpu'");
  CHECK(error_with({"--device", "cuda:x"}) == "2: --device: expected a whole number, not 'x'");
  CHECK(error_with({"--case-by", "PatientId"}) ==
        "2: --case-by: cases cannot be grouped by 'PatientId' [did you mean PatientID?]");
  CHECK(error_with({"--log-format", "xml"}) == "2: --log-format: expected text or json, not 'xml'");
  CHECK(error_with({"--color", "red"}) == "2: --color: expected auto, always or never, not 'red'");
}

TEST_CASE("no two options share a name, and every one is described") {
  std::set<std::string> names;
  const Json described = Infer().line.describe();
  for (const Json& option : described["options"]) {
    for (const Json& name : option["names"]) CHECK(names.insert(name.get<std::string>()).second);
    CHECK(option["help"] != "");
    CHECK(option["group"] != "");
  }
  CHECK(names.size() > 40);
}
