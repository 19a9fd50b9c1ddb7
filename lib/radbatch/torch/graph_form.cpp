#include "radbatch/torch/graph_form.hpp"

#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/runtime/interpreter.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/torch/prepacked.hpp"

namespace radbatch {
namespace {

namespace aten = torch::jit::aten;
using torch::jit::Graph;
using torch::jit::Module;

constexpr std::array<std::string_view, 4> known_graphs{"plain", "frozen", "channels-last", "prepacked"};

/// Runs a graph as it stands: no executor that optimises it anew.
Forward interpreted(const std::shared_ptr<Graph>& graph, const Module& owner, at::MemoryFormat format) {
  auto code = std::make_shared<torch::jit::Code>(graph, "forward");
  return [code, owner, format](const at::Tensor& input) {
    torch::jit::Stack stack{owner._ivalue(), input.contiguous(format)};
    torch::jit::InterpreterState(*code).run(stack);
    return stack.at(0);
  };
}

at::MemoryFormat channels_last(const at::Tensor& example) {
  if (!example.defined() || (example.dim() != 4 && example.dim() != 5))
    throw Error(ExitCode::model, "its input has no form with the channels last");
  return example.dim() == 4 ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::ChannelsLast3d;
}

/// LibTorch's convolutions keep the layout of their weights for what follows.
std::shared_ptr<Graph> with_channels_last_weights(const Module& frozen, at::MemoryFormat format) {
  auto graph = frozen.get_method("forward").graph()->copy();
  for (torch::jit::Node* node : graph->nodes()) {
    if (node->kind() != aten::_convolution && node->kind() != aten::conv2d && node->kind() != aten::conv3d)
      continue;
    const auto weight = torch::jit::toIValue(node->input(1));
    const std::int64_t dims = format == at::MemoryFormat::ChannelsLast ? 4 : 5;
    if (!weight || !weight->isTensor() || weight->toTensor().dim() != dims) continue;
    const torch::jit::WithInsertPoint before(node);
    node->replaceInput(1, graph->insertConstant(weight->toTensor().contiguous(format)));
  }
  return graph;
}

Forward called(Module module) {
  return [module](const at::Tensor& input) mutable { return module.forward({input}); };
}

/// Weights and input in bfloat16 throughout.
Module halved(const Module& module) {
  Module half = module.clone();
  half.to(at::kBFloat16);
  return half;
}

Forward on_halved_input(const Forward& forward) {
  return [forward](const at::Tensor& input) { return forward(input.to(at::kBFloat16)); };
}

Forward whole_graph(const Module& module, const std::string& graph, const at::Tensor& example) {
  if (graph == "plain") return called(module);
  const Module frozen = torch::jit::freeze(module);
  if (graph == "frozen") return called(frozen);
  const at::MemoryFormat format = channels_last(example);
  return interpreted(with_channels_last_weights(frozen, format), frozen, format);
}

}  // namespace

Json to_json(const GraphForm& form) {
  return {{"graph", form.graph},
          {"precision", form.precision},
          {"batches", form.padded ? "padded" : "powers-of-two"}};
}

GraphForm graph_form(const Json& json) {
  GraphForm form{json.value("graph", ""), json.value("precision", ""),
                 json.value("batches", "powers-of-two") == "padded"};
  const bool known = std::ranges::find(known_graphs, form.graph) != known_graphs.end() &&
                     (form.precision == "fp32" || form.precision == "bf16");
  if (known) return form;
  throw Error(ExitCode::model,
              "the run began with the graph form " + printable(json.dump()) +
                  ", which this version of radbatch does not have",
              "go on with the version that began it, or choose a new folder with -o");
}

std::string name(const GraphForm& form) {
  return form.precision == "fp32" ? form.graph : form.graph + " " + form.precision;
}

Forward make_forward(const Module& module, const GraphForm& form, const at::Tensor& example) {
  const bool half = form.precision == "bf16";
  if (form.graph == "prepacked") {
    const at::MemoryFormat format = channels_last(example);
    const Module frozen = torch::jit::freeze(module);
    return interpreted(prepacked(frozen, example, half ? at::kBFloat16 : at::kFloat), frozen, format);
  }
  if (!half) return whole_graph(module, form.graph, example);
  return on_halved_input(whole_graph(halved(module), form.graph, example));
}

}  // namespace radbatch
