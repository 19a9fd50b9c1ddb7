#include "radbatch/batch/engine_choice.hpp"

#include <algorithm>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/cpu_isa.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/base/version.hpp"
#include "radbatch/batch/cache_folder.hpp"

namespace radbatch {
namespace {

namespace fs = std::filesystem;

fs::path cache_file(const Json& circumstances) {
  return cache_folder() / "engines" / (sha256_hex(canonical(circumstances)) + ".json");
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
Json kept_for_machine(const Json& circumstances, const Json& variant) {
  const fs::path file = cache_file(circumstances);
  try {
    make_folder(file.parent_path());
    publish_once(file, pretty({{"circumstances", circumstances}, {"variant", variant}}));
  } catch (const Error&) {
    return variant;
  }
  const Json kept = variant_in(file);
  return kept.is_null() ? variant : kept;
}

}  // namespace

Json engine_circumstances(const Bundle& bundle, const Backend& backend, const std::string& device,
                          const std::string& precision) {
  // A build is told by the worker's file too, since a tree with changes keeps its revision.
  const fs::path worker = worker_folder() / "radbatch-classify-worker";
  std::error_code ignored;
  const auto changed = fs::last_write_time(worker, ignored).time_since_epoch().count();
  return {{"model", model_sha256(bundle, backend)},
          {"backend", backend.kind},
          {"golden", bundle.sidecar.value("golden", Json())},
          {"batch", bundle.batch},
          {"device", device},
          {"precision", precision},
          {"version", version()},
          {"worker", {fs::file_size(worker, ignored), changed}},
          {"processor", cpu_model()},
          {"isa", cpu_isa()}};
}

Json known_engine(const RunFolder& folder, const Json& circumstances) {
  if (Json own = variant_in(folder.engine_file()); !own.is_null()) return own;
  if (has_results(folder)) return {{"graph", "frozen"}, {"precision", "fp32"}, {"batches", "padded"}};
  return variant_in(cache_file(circumstances));
}

bool needs_engine(const RunFolder& folder) {
  std::error_code missing;
  return !fs::exists(folder.engine_file(), missing) && !has_results(folder);
}

void settle_engine(WorkerPool& pool, const RunFolder& folder, const Json& circumstances) {
  const Json answer = pool.facts().value("classify", Json::object()).value("setup", Json::object());
  if (!answer.contains("variant") || circumstances.is_null()) return;
  if (needs_engine(folder)) {
    const Json kept = kept_for_machine(circumstances, answer["variant"]);
    publish_once(folder.engine_file(), pretty({{"variant", kept}, {"circumstances", circumstances}}));
  }
  pool.agree("classify", "variant", known_engine(folder, circumstances));
}

}  // namespace radbatch
