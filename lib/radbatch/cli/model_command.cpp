#include "radbatch/cli/model_command.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/model/bundle.hpp"
#include "radbatch/model/describe.hpp"
#include "radbatch/worker/pool.hpp"

namespace radbatch {
namespace {

/// Loads the model as a run would, which runs its known answers, and gives what the worker says of it.
Json load_in_worker(const std::filesystem::path& bundle, const Backend& backend) {
  WorkerPool pool;
  Json setup = {{"bundle", path_to_json(std::filesystem::absolute(bundle).string())},
                {"backend", backend.kind},
                {"device", "cpu"},
                {"threads", 1},
                {"cache_dir", (std::filesystem::temp_directory_path() / "radbatch-verify").string()}};
  if (backend.fold) setup["folds"] = {*backend.fold};
  const std::size_t slot =
      pool.add({"classify", worker_folder() / "radbatch-classify-worker", {}, {}}, setup);
  pool.send(slot, {{{"op", "ping"}}, nullptr, {}, std::chrono::minutes(1)});
  while (pool.busy()) {
    for (const WorkerEvent& event : pool.wait(std::chrono::seconds(1))) {
      if (event.kind != WorkerEvent::Kind::answer)
        throw Error(ExitCode::model, "the model ended its worker process");
    }
  }
  return pool.facts().at("classify").at("setup");
}

int verify(const std::filesystem::path& path) {
  const Bundle bundle = load_bundle(path);
  for (const Backend& backend : bundle.backends) {
    verify_backend(bundle, backend);
    fmt::print("{}: size, SHA-256 and kind as declared\n", backend.file);
    const Json loaded = load_in_worker(path, backend);
    fmt::print("{}: loaded by {}, {} known answers within tolerance\n", backend.file,
               loaded.at("classifier").value("library", "the classify worker"), loaded.at("golden").dump());
  }
  return 0;
}

}  // namespace

int model_command(const std::string& action, const std::string& bundle) {
  if (action == "inspect") {
    fmt::print("{}", inspect_text(load_bundle(bundle)));
    return 0;
  }
  if (action == "verify") return verify(bundle);
  throw Error(ExitCode::usage, "unknown: model " + printable(action), "one of inspect, verify");
}

}  // namespace radbatch
