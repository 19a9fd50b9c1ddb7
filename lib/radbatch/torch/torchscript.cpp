#include "radbatch/torch/torchscript.hpp"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/ir/alias_analysis.h>
#include <torch/csrc/jit/passes/inliner.h>
#include <torch/csrc/jit/passes/tensorexpr_fuser.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/csrc/jit/serialization/import.h>
#include <torch/version.h>

#include <cmath>

#include "radbatch/base/cpu_isa.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/torch/faults.hpp"
#include "radbatch/torch/memory_reader.hpp"
#include "radbatch/torch/operators.hpp"
#include "radbatch/torch/self_check.hpp"
#include "radbatch/torch/tensors.hpp"
#include "radbatch/torch/upload.hpp"

namespace radbatch {
namespace {

/// A network in the form that was chosen for it.
struct Chosen {
  GraphForm form;
  Forward forward;
  Json self_check;  ///< what was tried
};

/// Whether forward() may change the tensor it is given: the batch may be asked for again.
bool writes_into_input(const torch::jit::Module& module) {
  const auto graph = module.get_method("forward").graph()->copy();
  torch::jit::Inline(*graph);
  return torch::jit::AliasDb(graph).hasWriters(graph->inputs().at(1));
}

/// By default the first runs record shapes and the graph is compiled anew after them: other kernels, other
/// last bits, and seconds lost on each new shape. One plan for all runs instead.
void fix_execution_plan() {
  torch::jit::getProfilingMode() = false;
  torch::jit::setTensorExprFuserEnabled(false);
}

class TorchScriptClassifier final : public Classifier {
 public:
  TorchScriptClassifier(Chosen chosen, Device device, bool copies)
      : chosen_(std::move(chosen)), upload_(std::move(device)), copies_(copies) {}

  std::vector<OutputArray> run(const TensorView& batch) override {
    try {
      const c10::InferenceMode guard;
      const at::Tensor input = upload_(batch);
      return to_outputs(chosen_.forward(copies_ ? input.clone() : input), batch.shape[0]);
    } catch (...) {
      rethrow_as_case_error("the network failed");
    }
  }

  bool takes_any_batch() const override { return !chosen_.form.padded; }

  Json describe() const override {
    return {{"kind", "torchscript"},
            {"library", std::string("LibTorch ") + TORCH_VERSION},
            {"device", upload_.device().name()},
            {"threads", at::get_num_threads()},
            {"isa", cpu_isa()},
            {"kernels", to_lower_ascii(at::get_cpu_capability())},
            {"variant", to_json(chosen_.form)},
            {"self_check", chosen_.self_check}};
  }

 private:
  Chosen chosen_;
  Upload upload_;
  bool copies_;
};

std::vector<GraphForm> forms_for(const Device& device, const std::string& precision) {
  std::vector<GraphForm> forms{{"frozen", precision}, {"channels-last", precision}};
  if (!device.cuda && at::globalContext().hasMKLDNN()) forms.push_back({"prepacked", precision});
  return forms;
}

/// Some graphs cannot be frozen; they run as they are.
Chosen frozen_or_plain(const torch::jit::Module& module, GraphForm form) {
  try {
    return {form, make_forward(module, form, {}), Json::object()};
  } catch (...) {
    const Json why = {{name(form), problem_text()}};
    form.graph = "plain";
    return {form, make_forward(module, form, {}), why};
  }
}

void require_bf16(const Device& device) {
  if (device.cuda || cpu_has_bf16()) return;
  throw Error(ExitCode::model, "this processor has no instructions for bf16 (AVX512-BF16 or AMX)",
              "leave out --precision, or use --precision auto");
}

/// The fastest of that precision, and what was tried. Without one the plain network, of fp32.
Chosen choose(const torch::jit::Module& module, const Device& device, const std::string& precision,
              const at::Tensor& probe) {
  const Forward plain = make_forward(module, {"plain"}, {});
  Json told;
  try {
    auto trials = try_forms(module, plain, forms_for(device, precision), probe);
    told = to_json(trials);
    if (const Trial* best = fastest(trials)) return {best->form, best->forward, told};
  } catch (...) {
    told = {{"plain", problem_text()}};  // the known answers will refuse it
  }
  if (precision == "fp32") return {{"plain"}, plain, told};
  throw Error(ExitCode::model, precision + " cannot be used: " + told.dump(), "leave out --precision");
}

double milliseconds(const Chosen& chosen) {
  const auto timed = chosen.self_check.find(name(chosen.form));
  return timed != chosen.self_check.end() && timed->is_number() ? timed->get<double>() : INFINITY;
}

Chosen choose_bf16(const torch::jit::Module& module, const Device& device, const at::Tensor& probe) {
  require_bf16(device);
  Chosen full = choose(module, device, "fp32", probe);
  Chosen half = choose(module, device, "bf16", probe);
  half.self_check.update(full.self_check);
  if (milliseconds(half) < milliseconds(full)) return half;
  throw Error(ExitCode::model, "bf16 is not faster than fp32 here: " + half.self_check.dump() + " ms",
              "leave out --precision, or use --precision auto");
}

Chosen chosen_for(const torch::jit::Module& module, const BackendRequest& request, const Device& device) {
  const c10::InferenceMode guard;
  at::Tensor probe;
  if (!request.probe.empty()) probe = Upload(device)({request.probe_shape, request.probe});
  if (!request.variant.is_null()) {
    const GraphForm form = graph_form(request.variant);
    if (form.graph == "frozen" && form.precision == "fp32") return frozen_or_plain(module, form);
    return {form, make_forward(module, form, probe), Json::object()};
  }
  if (request.precision != "fp32" && !probe.defined()) {
    throw Error(ExitCode::model, "the bundle has no known answer that could prove " + request.precision,
                "leave out --precision, or add golden outputs to radbatch.json: models/README.md");
  }
  if (request.precision == "bf16") return choose_bf16(module, device, probe);
  if (!probe.defined()) return frozen_or_plain(module, {});
  return choose(module, device, "fp32", probe);
}

torch::jit::Module loaded(std::string_view bytes, const Device& device) {
  const auto type = device.cuda ? c10::kCUDA : c10::kCPU;
  const c10::Device target(type,
                           device.cuda ? static_cast<c10::DeviceIndex>(device.index) : c10::DeviceIndex{-1});
  torch::jit::Module module = torch::jit::load(memory_reader(bytes), target);
  module.eval();
  return module;
}

}  // namespace

std::unique_ptr<Classifier> load_torchscript(std::string_view bytes, const BackendRequest& request,
                                             const Device& device) {
  fix_execution_plan();
  const std::string doing = "LibTorch cannot load " + printable(request.path);
  try {
    const torch::jit::Module module = loaded(bytes, device);
    if (!module.find_method("forward"))
      throw Error(ExitCode::model, printable(request.path) + " has no forward()");
    try {
      if (!request.any_operator) require_harmless_operators(module);
      require_one_input(module);
    } catch (Error& refusal) {
      throw Error(ExitCode::model, printable(request.path) + " is refused: " + refusal.message(),
                  refusal.hint());
    }
    return std::make_unique<TorchScriptClassifier>(chosen_for(module, request, device), device,
                                                   writes_into_input(module));
  } catch (...) {
    rethrow_as_model_error(doing);
  }
}

}  // namespace radbatch
