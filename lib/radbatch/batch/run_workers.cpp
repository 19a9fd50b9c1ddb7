#include "radbatch/batch/run_workers.hpp"

#include <filesystem>

#include "radbatch/base/error.hpp"
#include "radbatch/batch/signals.hpp"

namespace radbatch {

void add_workers(WorkerPool& pool, const Tool& tool, const RunOptions& options,
                 const std::vector<std::string>& roots) {
  Json setup = tool.image_setup();
  setup["read_only"] = Json::array();
  for (const std::string& root : roots)
    setup["read_only"].push_back(path_to_json(std::filesystem::absolute(root).string()));
  setup["dictionary"] = path_to_json((share_folder() / "dicom.dic").string());
  setup["max_bytes"] = options.max_ram;
  // Twice a case's budget for what libraries map beside the pixels, and a floor for the libraries themselves.
  const std::uint64_t address_space = (std::uint64_t{4} << 30) + 2 * options.max_ram;
  for (std::size_t i = 0; i < options.jobs; ++i) {
    pool.add({"image", worker_folder() / "radbatch-image-worker", {}, {address_space, 0}}, setup);
  }
  tool.add_workers(pool, options);
}

void load_model(WorkerPool& pool) {
  const std::optional<std::size_t> slot = pool.idle("classify");
  if (!slot) return;
  pool.send(*slot, {{{"op", "ping"}}, nullptr, {}, std::chrono::minutes(1)});
  while (pool.busy() && stop_signal() == 0) pool.wait(std::chrono::milliseconds(500));
}

void check_sandbox(const WorkerPool& pool) {
  for (const auto& [role, facts] : pool.facts().items()) {
    if (facts.contains("setup") && !facts["setup"].at("sandbox").value("seccomp", false)) {
      throw Error(ExitCode::internal, "the " + role + " worker could not be confined",
                  "leave out --require-sandbox to run without");
    }
  }
}

}  // namespace radbatch
