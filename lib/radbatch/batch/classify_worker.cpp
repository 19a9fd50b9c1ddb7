#include "radbatch/batch/classify_worker.hpp"

#include "radbatch/worker/process.hpp"

namespace radbatch {

std::filesystem::path classify_worker(std::string_view kind) {
  return worker_folder() /
         (kind == "openvino" ? "radbatch-classify-worker-openvino" : "radbatch-classify-worker");
}

BackendObstacle backend_obstacle(const std::string& device) {
  return [device](const Backend& backend) -> std::string {
    if (std::string why = processor_obstacle(backend); !why.empty()) return why;
    if (backend.kind != "openvino") return "";
    if (device != "cpu") return "is an OpenVINO model, which runs on the CPU, and --device is " + device;
    std::error_code ignored;
    if (std::filesystem::exists(classify_worker(backend.kind), ignored)) return "";
    return "is an OpenVINO model, and this radbatch was built without OpenVINO (RADBATCH_OPENVINO)";
  };
}

}  // namespace radbatch
