#include "radbatch/torch/torchscript.hpp"

#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/passes/tensorexpr_fuser.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/csrc/jit/serialization/import.h>
#include <torch/version.h>

#include "radbatch/base/cpu_isa.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/torch/faults.hpp"
#include "radbatch/torch/memory_reader.hpp"
#include "radbatch/torch/tensors.hpp"

namespace radbatch {
namespace {

/// By default the first runs record shapes and the graph is compiled anew after them: other kernels, other
/// last bits, and seconds lost on each new shape. One plan for all runs instead.
void fix_execution_plan() {
  torch::jit::getProfilingMode() = false;
  torch::jit::setTensorExprFuserEnabled(false);
}

class TorchScriptClassifier final : public Classifier {
 public:
  TorchScriptClassifier(torch::jit::Module module, Device device, bool frozen)
      : module_(std::move(module)), device_(std::move(device)), frozen_(frozen) {}

  std::vector<OutputArray> run(const TensorView& batch) override {
    try {
      const c10::InferenceMode guard;
      return to_outputs(module_.forward({to_tensor(batch, device_)}), batch.shape[0]);
    } catch (...) {
      rethrow_as_case_error("the network failed");
    }
  }

  Json describe() const override {
    return {{"kind", "torchscript"},    {"library", std::string("LibTorch ") + TORCH_VERSION},
            {"device", device_.name()}, {"threads", at::get_num_threads()},
            {"isa", cpu_isa()},         {"kernels", to_lower_ascii(at::get_cpu_capability())},
            {"frozen", frozen_}};
  }

 private:
  torch::jit::Module module_;
  Device device_;
  bool frozen_;
};

/// Weights become constants and batch norms are folded. Some graphs cannot be frozen; they run as they are.
std::pair<torch::jit::Module, bool> frozen(const torch::jit::Module& module) {
  try {
    return {torch::jit::freeze(module), true};
  } catch (const std::exception&) {
    return {module, false};
  }
}

}  // namespace

std::unique_ptr<Classifier> load_torchscript(std::string_view bytes, const BackendRequest& request,
                                             const Device& device) {
  fix_execution_plan();
  try {
    const auto type = device.cuda ? c10::kCUDA : c10::kCPU;
    const c10::Device target(
        type, device.cuda ? static_cast<c10::DeviceIndex>(device.index) : c10::DeviceIndex{-1});
    torch::jit::Module module = torch::jit::load(memory_reader(bytes), target);
    module.eval();
    if (!module.find_method("forward"))
      throw Error(ExitCode::model, printable(request.path) + " has no forward()");
    auto [ready, is_frozen] = frozen(module);
    return std::make_unique<TorchScriptClassifier>(std::move(ready), device, is_frozen);
  } catch (...) {
    rethrow_as_model_error("LibTorch cannot load " + printable(request.path));
  }
}

}  // namespace radbatch
