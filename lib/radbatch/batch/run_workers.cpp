#include "radbatch/batch/run_workers.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/batch/signals.hpp"

namespace radbatch {
namespace {

// A fresh image worker costs some 50 ms; a thousand requests take seconds at the least.
constexpr std::size_t REQUESTS_PER_PROCESS = 1000;

WorkerLimits image_limits(const RunOptions& options, std::chrono::seconds busy) {
  WorkerLimits limits;
  // Twice a case's budget for what libraries map beside the pixels, and a floor for the libraries themselves.
  limits.address_space_bytes = (std::uint64_t{4} << 30) + 2 * options.max_ram;
  // A process is replaced after `busy`, and its last request may take as long again, on every processor.
  const auto seconds = static_cast<std::uint64_t>(2 * busy.count() + 60);
  limits.cpu_seconds = seconds * std::max(1U, std::thread::hardware_concurrency());
  limits.stack_bytes = std::uint64_t{8} << 20;
  limits.stack_growth_bytes = std::uint64_t{96} << 20;
  limits.open_files = 256;
  // No image that is read is larger than the budget; as float64 an 8-bit one becomes eight times as large.
  limits.file_bytes = 8 * options.max_ram + (std::uint64_t{64} << 20);
  return limits;
}

}  // namespace

void add_image_workers(WorkerPool& pool, Json setup, const RunOptions& options,
                       const std::vector<std::string>& roots) {
  setup["read_only"] = Json::array();
  for (const std::string& root : roots)
    setup["read_only"].push_back(path_to_json(std::filesystem::absolute(root).string()));
  setup["dictionary"] = path_to_json((share_folder() / "dicom.dic").string());
  setup["max_bytes"] = options.max_ram;
  if (!setup.contains("frames")) setup["frames"] = to_text(options.frames);
  setup["threads"] = std::max<std::size_t>(options.cpus / std::max<std::size_t>(options.jobs, 1), 1);
  const auto busy =
      std::max(std::chrono::ceil<std::chrono::seconds>(options.case_timeout), std::chrono::seconds(60));
  WorkerSpec spec{"image", worker_folder() / "radbatch-image-worker", {}, image_limits(options, busy)};
  spec.lifetime = {REQUESTS_PER_PROCESS, busy};
  spec.must_be_confined = options.require_sandbox;
  for (std::size_t i = 0; i < options.jobs; ++i) pool.add(spec, setup);
}

std::vector<std::string> devices_of(const std::string& device) {
  if (device != "cuda") return {device};
  std::size_t n = 0;
  if (const char* visible = std::getenv("CUDA_VISIBLE_DEVICES")) {
    n = *visible == '\0' ? 0 : split(visible, ',').size();
  } else {
    std::error_code none;
    for (const auto& gpu : std::filesystem::directory_iterator("/proc/driver/nvidia/gpus", none))
      n += gpu.exists();
  }
  if (n < 2) return {device};  // whether there is one at all the worker will say
  std::vector<std::string> devices;
  for (std::size_t i = 0; i < n; ++i) devices.push_back(device + ":" + std::to_string(i));
  return devices;
}

void add_classify_workers(WorkerPool& pool, WorkerSpec spec, Json setup, const RunOptions& options) {
  const bool on_cpu = options.device == "cpu";
  // A worker of a GPU has one thread that feeds it.
  spec.threads = on_cpu ? static_cast<std::size_t>(std::max(options.threads, 1)) : 1;
  const std::size_t per_device = on_cpu ? std::max<std::size_t>(options.cpus / spec.threads, 1) : 1;
  for (const std::string& device : devices_of(options.device)) {
    setup["device"] = device;
    for (std::size_t i = 0; i < per_device; ++i) pool.add(spec, setup);
  }
}

void add_workers(WorkerPool& pool, const Tool& tool, const RunOptions& options,
                 const std::vector<std::string>& roots) {
  add_image_workers(pool, tool.image_setup(), options, roots);
  tool.add_workers(pool, options);
}

void start_model(WorkerPool& pool) {
  const std::optional<std::size_t> slot = pool.idle("classify");
  if (!slot) return;
  pool.send(*slot, {{{"op", "ping"}}, nullptr, {}, std::chrono::minutes(1)});
}

void await_model(WorkerPool& pool) {
  for (;;) {
    while (pool.busy() && stop_signal() == 0) pool.wait(std::chrono::milliseconds(500));
    const bool is_loaded = pool.facts().contains("classify") && pool.facts()["classify"].contains("setup");
    if (is_loaded || !pool.idle("classify") || stop_signal() != 0) return;
    start_model(pool);  // its process died: once more, and then the pool gives up
  }
}

}  // namespace radbatch
