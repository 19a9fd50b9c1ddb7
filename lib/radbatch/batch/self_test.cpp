#include "radbatch/batch/self_test.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/cpu_isa.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/base/version.hpp"
#include "radbatch/batch/cache_folder.hpp"
#include "radbatch/batch/single_image.hpp"
#include "radbatch/model/golden.hpp"

namespace radbatch {
namespace {

namespace fs = std::filesystem;

bool has_golden_image(const Bundle& bundle) {
  return std::ranges::any_of(bundle.golden, [](const GoldenEntry& entry) { return !entry.input.empty(); });
}

SelfTestEntry test(const Golden& golden, const Bundle& bundle, SingleImage& worker) {
  SelfTestEntry entry;
  entry.name = golden.name;
  entry.input = golden.input.lexically_relative(bundle.folder).generic_string();
  entry.shape = golden.tensor.shape;
  entry.tolerance = golden.tensor_tolerance;
  try {
    const SingleImage::Tensor tensor = worker.prepare(worker.find(golden.input));
    entry.difference =
        tensor_difference(golden, tensor.answer.at("shape").get<std::vector<std::int64_t>>(), tensor.values);
  } catch (const Error& problem) {
    entry.problem = problem.message();
  }
  return entry;
}

/// All that the outcome of a self test hangs on. A build is told by the worker's file too, since a tree with
/// changes keeps its revision.
Json circumstances(const Bundle& bundle) {
  const fs::path worker = worker_folder() / "radbatch-image-worker";
  std::error_code ignored;
  const auto changed = fs::last_write_time(worker, ignored).time_since_epoch().count();
  Json inputs = Json::array();
  for (const GoldenEntry& entry : bundle.golden) {
    const fs::path path = bundle.folder / entry.input;
    inputs.push_back(!entry.input.empty() && fs::is_regular_file(path, ignored) ? sha256_file(path) : "");
  }
  return {{"model", bundle.name},
          {"golden", bundle.sidecar.value("golden", Json())},
          {"inputs", inputs},
          {"plan_sha256", bundle.plan_sha256},
          {"version", version()},
          {"git_revision", git_revision()},
          {"result_version", RESULT_VERSION},
          {"worker", {fs::file_size(worker, ignored), changed}},
          {"node", host_name()},
          {"processor", cpu_model()},
          {"isa", cpu_isa()}};
}

bool is_remembered(const fs::path& stamp, const Json& now) {
  try {
    return parse_json(read_file(stamp), "stamp").value("circumstances", Json()) == now;
  } catch (const std::exception&) {
    return false;  // not there, or not what was written: the test is run
  }
}

/// A cache that cannot be written costs the next run a second, nothing else.
void remember(const fs::path& stamp, const Json& now, const std::vector<SelfTestEntry>& entries) {
  try {
    make_folder(stamp.parent_path());
    write_file_atomically(stamp, pretty({{"circumstances", now}, {"entries", self_test_json(entries)}}));
  } catch (const Error&) {
  }
}

std::string verdict(const SelfTestEntry& entry) {
  if (!entry.problem.empty()) return "FAILED";
  return entry.passed() ? "same" : "DIFFERENT";
}

}  // namespace

std::vector<SelfTestEntry> self_test(const Bundle& bundle, const RunOptions& options) {
  if (!has_golden_image(bundle)) {
    throw Error(ExitCode::model,
                fmt::format("model '{}' has no golden entry with an input: nothing proves its preparation",
                            bundle.name),
                "add an image and the tensor that the training code makes of it: models/README.md");
  }
  SingleImage worker(bundle.plan_json, options, {bundle.folder.string()});
  std::vector<SelfTestEntry> entries;
  for (const Golden& golden : load_golden(bundle)) {
    if (!golden.input.empty()) entries.push_back(test(golden, bundle, worker));
  }
  return entries;
}

std::string self_test_text(const std::vector<SelfTestEntry>& entries) {
  std::string text = fmt::format("{:<16} {:<27} {:>10} {:>10}  {}\n", "entry", "input", "difference",
                                 "tolerance", "verdict");
  for (const SelfTestEntry& entry : entries) {
    const std::string difference = entry.problem.empty() ? fmt::format("{:.2g}", entry.difference) : "-";
    text += fmt::format("{:<16} {:<27} {:>10} {:>10.2g}  {}\n", printable(entry.name), printable(entry.input),
                        difference, entry.tolerance, verdict(entry));
    if (!entry.problem.empty()) text += "  " + printable(entry.problem) + "\n";
  }
  const auto passed = std::ranges::count_if(entries, &SelfTestEntry::passed);
  return text + fmt::format("{} of {} prepared as where the model was validated\n", passed,
                            counted(entries.size(), "image"));
}

Json self_test_json(const std::vector<SelfTestEntry>& entries) {
  Json list = Json::array();
  for (const SelfTestEntry& entry : entries) {
    Json one = {{"entry", entry.name},
                {"input", entry.input},
                {"shape", entry.shape},
                {"tolerance", entry.tolerance},
                {"passed", entry.passed()}};
    if (entry.problem.empty()) one["difference"] = entry.difference;
    if (!entry.problem.empty()) one["problem"] = entry.problem;
    list.push_back(std::move(one));
  }
  return list;
}

void require_self_test(const fs::path& model, const RunOptions& options, Reporter& reporter) {
  const Bundle bundle = load_bundle(model);
  if (!has_golden_image(bundle)) return;
  const Json now = circumstances(bundle);
  const fs::path stamp = cache_folder() / "self-tests" / (sha256_hex(canonical(now)) + ".json");
  if (is_remembered(stamp, now)) return;
  const std::vector<SelfTestEntry> entries = self_test(bundle, options);
  const auto bad = std::ranges::find_if_not(entries, &SelfTestEntry::passed);
  if (bad != entries.end()) {
    const std::string what = bad->problem.empty() ? fmt::format("differs by {:.2g}, {:.2g} are tolerated",
                                                                bad->difference, bad->tolerance)
                                                  : bad->problem;
    throw Error(ExitCode::model,
                fmt::format("model '{}' is not prepared here as where it was validated: golden '{}': {}",
                            bundle.name, bad->name, what),
                "radbatch-preprocess --selftest " + printable(model.string()) + " shows every entry");
  }
  remember(stamp, now, entries);
  reporter.detail(fmt::format("self test: {} prepared as where the model was validated",
                              counted(entries.size(), "golden image")));
}

}  // namespace radbatch
