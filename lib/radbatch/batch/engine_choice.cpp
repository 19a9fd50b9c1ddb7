#include "radbatch/batch/engine_choice.hpp"

#include <signal.h>

#include <algorithm>
#include <chrono>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/cpu_isa.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/base/version.hpp"
#include "radbatch/batch/cache_folder.hpp"
#include "radbatch/batch/publish_once.hpp"

namespace radbatch {
namespace {

namespace fs = std::filesystem;

fs::path engine_file(const RunFolder& folder) {
  return folder.journal() / "engine.json";
}

/// All that a choice hangs on. Not the number of threads: another one must not change a result. A build is
/// told by the worker's file too, since a tree with changes keeps its revision.
Json circumstances(const Json& identity) {
  const fs::path worker = worker_folder() / "radbatch-classify-worker";
  std::error_code ignored;
  const auto changed = fs::last_write_time(worker, ignored).time_since_epoch().count();
  const Json& model = identity.at("model");
  return {{"model", model.at("sha256")},
          {"backend", model.at("backend")},
          {"batch", identity.at("batch")},
          {"device", identity.at("device")},
          {"precision", identity.at("options").value("precision", "fp32")},
          {"version", version()},
          {"worker", {fs::file_size(worker, ignored), changed}},
          {"processor", cpu_model()},
          {"isa", cpu_isa()}};
}

fs::path cache_file(const Json& identity) {
  return cache_folder() / "engines" / (sha256_hex(canonical(circumstances(identity))) + ".json");
}

/// Results without a choice beside them were made before there were choices.
bool has_results(const RunFolder& folder) {
  std::error_code missing;
  const fs::directory_iterator files(folder.journal(), missing);
  return !missing && std::ranges::any_of(files, [](const fs::directory_entry& entry) {
    return entry.path().extension() == ".ndjson";
  });
}

Json variant_in(const fs::path& file) {
  std::error_code missing;
  if (!fs::exists(file, missing)) return nullptr;
  try {
    return read_json_file(file).value("variant", Json());
  } catch (const Error&) {
    return nullptr;  // damaged: chosen anew
  }
}

/// The machine's choice from now on. A cache that cannot be written costs the agreement of two fresh runs.
Json kept_for_machine(const Json& identity, const Json& variant) {
  const fs::path file = cache_file(identity);
  try {
    make_folder(file.parent_path());
    publish_once(file, pretty({{"circumstances", circumstances(identity)}, {"variant", variant}}));
  } catch (const Error&) {
    return variant;
  }
  const Json kept = variant_in(file);
  return kept.is_null() ? variant : kept;
}

}  // namespace

void add_engine(Json& setup, const RunFolder& folder, const Json& identity) {
  setup["variant_file"] = path_to_json(engine_file(folder).string());
  const bool is_older = has_results(folder) && variant_in(engine_file(folder)).is_null();
  Json known = variant_in(cache_file(identity));
  if (is_older) known = {{"graph", "frozen"}, {"precision", "fp32"}, {"batches", "padded"}};
  if (!known.is_null()) setup["variant"] = known;
}

bool needs_engine(const RunFolder& folder) {
  std::error_code missing;
  return !fs::exists(engine_file(folder), missing) && !has_results(folder);
}

void settle_engine(WorkerPool& pool, const RunFolder& folder, const Json& identity) {
  const Json answer = pool.facts().value("classify", Json::object()).value("setup", Json::object());
  if (!answer.contains("variant")) return;
  if (needs_engine(folder)) {
    const Json kept = kept_for_machine(identity, answer["variant"]);
    publish_once(engine_file(folder),
                 pretty({{"variant", kept}, {"circumstances", circumstances(identity)}}));
  }
  const Json settled = variant_in(engine_file(folder));
  if (settled.is_null() || settled == answer["variant"]) return;
  // It has been asked nothing yet, and no other worker has been started.
  for (const pid_t worker : pool.pids()) ::kill(worker, SIGKILL);
  while (!pool.pids().empty()) pool.wait(std::chrono::milliseconds(100));
}

}  // namespace radbatch
