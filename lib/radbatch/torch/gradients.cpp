#include "radbatch/torch/gradients.hpp"

#include <ATen/Functions.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/runtime/interpreter.h>
#include <torch/csrc/jit/serialization/import.h>

#include <cstring>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/torch/faults.hpp"
#include "radbatch/torch/layer_graph.hpp"
#include "radbatch/torch/memory_reader.hpp"
#include "radbatch/torch/tensors.hpp"
#include "radbatch/torch/upload.hpp"

namespace radbatch {
namespace {

/// The output of that name, named as to_outputs names them.
at::Tensor find_output(const c10::IValue& result, const std::string& name) {
  std::vector<std::pair<std::string, c10::IValue>> named;
  const auto number = [&](const c10::IValue& value) {
    named.emplace_back(std::to_string(named.size()), value);
  };
  if (result.isTuple()) {
    for (const c10::IValue& value : result.toTupleRef().elements()) number(value);
  } else if (result.isTensorList()) {
    for (const at::Tensor& value : result.toTensorVector()) number(value);
  } else if (result.isGenericDict()) {
    for (const auto& entry : result.toGenericDict())
      named.emplace_back(entry.key().isString() ? entry.key().toStringRef() : "", entry.value());
  } else {
    number(result);
  }
  for (const auto& [key, value] : named) {
    if (key == name && value.isTensor()) return value.toTensor();
  }
  throw Error(Reason::model_output, "the network gave no tensor \"" + printable(name) + "\"");
}

/// target_values of one item, as a tensor that can be differentiated.
at::Tensor target_of(const c10::IValue& result, const ExplainTarget& target) {
  const at::Tensor output = find_output(result, target.output);
  if (output.dim() != 2 || output.size(0) != 1 || target.index >= output.size(1))
    throw Error(Reason::model_output,
                "output \"" + printable(target.output) + "\" has not the form [items, classes]");
  const at::Tensor classes = output.select(0, 0);
  const at::Tensor own = classes.select(0, target.index);
  if (!target.is_softmax || classes.size(0) == 1) return own;
  const at::Tensor others = at::cat({classes.slice(0, 0, target.index), classes.slice(0, target.index + 1)});
  return at::sub(own, at::logsumexp(others, 0));
}

at::Tensor derivative(const at::Tensor& value, const at::Tensor& by) {
  if (!value.requires_grad()) {
    throw Error(
        Reason::model_output,
        "the network cannot be differentiated: its output does not depend on the tensor by operations that "
        "have a gradient",
        "explain it with --explain-method occlusion");
  }
  return torch::autograd::grad({value}, {by}).at(0);
}

std::vector<float> values_of(const at::Tensor& tensor) {
  const at::Tensor plain = tensor.detach().to(at::kCPU, at::kFloat).contiguous();
  std::vector<float> values(static_cast<std::size_t>(plain.numel()));
  if (!values.empty())
    std::memcpy(values.data(), plain.const_data_ptr<float>(), values.size() * sizeof(float));
  return values;
}

class TorchScriptGradients final : public Differentiable {
 public:
  TorchScriptGradients(torch::jit::Module module, Device device)
      : module_(std::move(module)), upload_(std::move(device)) {}

  Gradient gradient(const TensorView& item, const ExplainTarget& target) override {
    try {
      const at::Tensor input = input_of(item);
      const at::Tensor value = target_of(module_.forward({input}), target);
      return {value.item<double>(), values_of(derivative(value, input))};
    } catch (...) {
      rethrow_as_case_error("differentiating the network failed");
    }
  }

  LayerGradient layer_gradient(const TensorView& item, const ExplainTarget& target,
                               const std::string& layer) override {
    try {
      if (layer != layer_) with_layer_ = graph_with_layer(module_, layer), layer_ = layer;
      // Interpreted as it is written: one run for each item is not worth a compiled plan.
      torch::jit::Stack stack{module_._ivalue(), input_of(item)};
      torch::jit::InterpreterState(torch::jit::Code(with_layer_, "forward_with_layer")).run(stack);
      const c10::IValue features = stack.back();
      if (!features.isTensor())
        throw Error(Reason::model_output, "the layer \"" + printable(layer) + "\" does not give one tensor");
      const at::Tensor value = target_of(stack.front(), target);
      return {value.item<double>(), features.toTensor().sizes().vec(), values_of(features.toTensor()),
              values_of(derivative(value, features.toTensor()))};
    } catch (...) {
      rethrow_as_case_error("differentiating the network failed");
    }
  }

 private:
  /// A copy, because autograd marks it.
  at::Tensor input_of(const TensorView& item) { return upload_(item).clone().requires_grad_(true); }

  torch::jit::Module module_;
  Upload upload_;
  std::shared_ptr<torch::jit::Graph> with_layer_;
  std::string layer_;
};

}  // namespace

std::unique_ptr<Differentiable> load_torchscript_gradients(std::string_view bytes,
                                                           const BackendRequest& request,
                                                           const Device& device) {
  try {
    const c10::Device target = device.cuda
                                   ? c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(device.index))
                                   : c10::Device(c10::kCPU);
    torch::jit::Module module = torch::jit::load(memory_reader(bytes), target);
    module.eval();
    // Nobody asks how the weights should change.
    for (at::Tensor weights : module.parameters()) weights.requires_grad_(false);
    return std::make_unique<TorchScriptGradients>(std::move(module), device);
  } catch (...) {
    rethrow_as_model_error("LibTorch cannot load " + printable(request.path));
  }
}

}  // namespace radbatch
