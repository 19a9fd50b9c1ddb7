#include "radbatch/torch/prepacked.hpp"

#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>
#include <torch/csrc/jit/passes/remove_mutation.h>
#include <torch/csrc/jit/runtime/interpreter.h>

#include <optional>
#include <vector>

#include "radbatch/base/error.hpp"
#include "radbatch/torch/fused_affine.hpp"

namespace radbatch {
namespace {

using c10::IValue;
using c10::Symbol;
using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Value;
namespace aten = torch::jit::aten;
using Sizes = std::vector<std::int64_t>;

/// A convolution whose weight and numbers are constants.
struct Convolution {
  Node* node;
  at::Tensor weight;
  Sizes stride, padding, dilation;
  std::int64_t groups;
};

/// What a convolution takes in: the addition and the relu that follow it and nobody else reads.
struct Chain {
  Node* last;
  Value* added = nullptr;
  bool relu = false;
};

std::optional<Sizes> constant_sizes(const Value* value) {
  const auto constant = torch::jit::toIValue(value);
  if (!constant || !constant->isIntList()) return std::nullopt;
  return constant->toIntVector();
}

std::optional<Convolution> as_convolution(Node* node) {
  const bool traced = node->kind() == aten::_convolution;
  if (!traced && node->kind() != aten::conv2d && node->kind() != aten::conv3d) return std::nullopt;
  const auto weight = torch::jit::toIValue(node->input(1));
  const auto stride = constant_sizes(node->input(3)), padding = constant_sizes(node->input(4)),
             dilation = constant_sizes(node->input(5));
  const auto groups = torch::jit::toIValue(node->input(traced ? 8 : 6));
  const bool is_whole = weight && weight->isTensor() && torch::jit::toIValue(node->input(2)) && stride &&
                        padding && dilation && groups;
  if (!is_whole || weight->toTensor().scalar_type() != at::kFloat) return std::nullopt;
  if (traced) {
    const auto transposed = torch::jit::toIValue(node->input(6));
    if (!transposed || transposed->toBool()) return std::nullopt;
  }
  const auto dims = weight->toTensor().dim();
  if (dims != 4 && dims != 5) return std::nullopt;
  return Convolution{node, weight->toTensor(), *stride, *padding, *dilation, groups->toInt()};
}

std::vector<Convolution> convolutions(Graph& graph) {
  std::vector<Convolution> found;
  for (Node* node : graph.nodes()) {
    if (auto convolution = as_convolution(node)) found.push_back(std::move(*convolution));
  }
  return found;
}

/// The shape that each convolution reads, in the order of the graph.
std::vector<Sizes> input_shapes(const std::shared_ptr<Graph>& graph, const IValue& self,
                                const at::Tensor& example) {
  const auto copy = graph->copy();
  const std::size_t own = copy->outputs().size();
  for (const Convolution& convolution : convolutions(*copy)) copy->registerOutput(convolution.node->input(0));
  const torch::jit::Code code(copy, "shapes");
  torch::jit::Stack stack{self, example};
  torch::jit::InterpreterState(code).run(stack);
  std::vector<Sizes> shapes;
  for (std::size_t i = own; i < stack.size(); ++i) shapes.push_back(stack[i].toTensor().sizes().vec());
  return shapes;
}

at::Tensor packed_weight(const Convolution& convolution, const Sizes& input, c10::ScalarType type) {
  const auto reorder =
      c10::Dispatcher::singleton().findSchemaOrThrow("mkldnn::_reorder_convolution_weight", "");
  torch::jit::Stack stack{convolution.weight.to(type), convolution.padding, convolution.stride,
                          convolution.dilation,        convolution.groups,  input};
  reorder.callBoxed(stack);
  return stack[0].toTensor();
}

/// A convolution moves to where its addition and relu stand; nothing on the way may have changed its input.
void require_no_writes(const Graph& graph) {
  for (const Node* node : graph.nodes()) {
    const auto* schema = node->maybeSchema();
    if (schema != nullptr && schema->is_mutable())
      throw Error(ExitCode::model, std::string(node->kind().toQualString()) + " writes into its input");
  }
}

Node* only_reader(const Value* value, const Graph& graph) {
  if (value->uses().size() != 1) return nullptr;
  Node* reader = value->uses()[0].user;
  return reader->owningBlock() == graph.block() ? reader : nullptr;
}

Chain chain_of(Node* convolution, const Graph& graph) {
  Chain chain{convolution};
  const Value* result = convolution->output();
  Node* next = only_reader(result, graph);
  if (next != nullptr && next->kind() == aten::add && next->inputs().size() == 3) {
    const auto factor = torch::jit::toIValue(next->input(2));
    Value* other = next->input(0) == result ? next->input(1) : next->input(0);
    const bool is_tensor = other->type()->cast<c10::TensorType>() != nullptr && !torch::jit::toIValue(other);
    if (factor && factor->isScalar() && factor->toScalar().toDouble() == 1 && is_tensor && other != result) {
      chain = {next, other};
      next = only_reader(next->output(), graph);
    }
  }
  if (next != nullptr && next->kind() == aten::relu) {
    chain.last = next;
    chain.relu = true;
  }
  return chain;
}

/// Puts oneDNN's convolution into one graph, in the place of ATen's.
class Rewriter {
 public:
  Rewriter(std::shared_ptr<Graph> graph, c10::ScalarType body) : graph_(std::move(graph)), body_(body) {}

  void replace(const Convolution& convolution, const Sizes& input) {
    const Chain chain = chain_of(convolution.node, *graph_);
    const bool is_stem = convolution.weight.size(1) < 8;
    const c10::ScalarType type = is_stem ? at::kFloat : body_;
    const torch::jit::WithInsertPoint here(chain.last);
    std::vector<Value*> inputs{in_type(convolution.node->input(0), type)};
    if (chain.added != nullptr) inputs.push_back(in_type(chain.added, type));
    inputs.push_back(packed_constant(packed_weight(convolution, input, type)));
    inputs.push_back(bias(convolution.node->input(2), type));
    for (const Sizes& sizes : {convolution.padding, convolution.stride, convolution.dilation})
      inputs.push_back(constant(sizes));
    inputs.push_back(constant(convolution.groups));
    add_activation(inputs, chain);
    Value* result = call("mkldnn::_convolution_pointwise", inputs);
    chain.last->output()->replaceAllUsesWith(in_type(result, body_));
  }

  /// Outside the convolutions, what has float weights or no kernel for bfloat16 stays float.
  void keep_float(Symbol kind) {
    for (Node* node : graph_->nodes()) {
      if (node->kind() != kind) continue;
      const torch::jit::WithInsertPoint before(node);
      node->replaceInput(0, in_type(node->input(0), at::kFloat));
    }
  }

 private:
  Value* constant(const IValue& value) { return graph_->insertConstant(value); }

  Value* call(const char* name, const std::vector<Value*>& inputs) {
    Node* node = graph_->insertNode(graph_->create(Symbol::fromQualString(name), inputs, 1));
    node->getOperator();  // throws when there is none of that form
    return node->output();
  }

  Value* in_type(Value* value, c10::ScalarType type) {
    if (body_ == at::kFloat) return value;
    return call("aten::to", {value, constant(static_cast<std::int64_t>(type)), constant(false),
                             constant(false), constant(IValue())});
  }

  Value* bias(Value* value, c10::ScalarType type) {
    const IValue bias = *torch::jit::toIValue(value);
    return bias.isTensor() ? constant(bias.toTensor().to(type)) : value;
  }

  Value* packed_constant(const at::Tensor& weight) {
    Node* node = graph_->create(Symbol::fromQualString("prim::ConstantMKLDNNTensor"), 1);
    node->t_(torch::jit::attr::value, weight);
    return graph_->insertNode(node)->output();
  }

  /// The last arguments of mkldnn::_convolution_pointwise, whose form with an addend names two operations.
  void add_activation(std::vector<Value*>& inputs, const Chain& chain) {
    const auto optional_number = c10::OptionalType::create(c10::NumberType::get());
    Value* no_numbers = graph_->insertNode(graph_->createList(optional_number, {}))->output();
    if (chain.added != nullptr) {
      inputs.push_back(constant(std::string("add")));
      inputs.push_back(constant(IValue()));
      inputs.push_back(chain.relu ? constant(std::string("relu")) : constant(IValue()));
    } else {
      inputs.push_back(constant(std::string(chain.relu ? "relu" : "none")));
    }
    inputs.push_back(no_numbers);
    inputs.push_back(constant(IValue()));
  }

  std::shared_ptr<Graph> graph_;
  c10::ScalarType body_;
};

}  // namespace

std::shared_ptr<Graph> prepacked(const torch::jit::Module& frozen, const at::Tensor& example,
                                 c10::ScalarType body) {
  auto graph = frozen.get_method("forward").graph()->copy();
  torch::jit::RemoveTensorMutation(graph);
  require_no_writes(*graph);
  const std::vector<Sizes> shapes = input_shapes(graph, frozen._ivalue(), example);
  const std::vector<Convolution> found = convolutions(*graph);
  Rewriter rewriter(graph, body);
  for (std::size_t i = 0; i < found.size(); ++i) rewriter.replace(found[i], shapes.at(i));
  if (body != at::kFloat) {
    for (const char* kind :
         {"aten::linear", "aten::addmm", "aten::matmul", "aten::avg_pool3d", "aten::max_pool3d",
          "aten::group_norm", "aten::instance_norm", "aten::layer_norm"})
      rewriter.keep_float(Symbol::fromQualString(kind));
  }
  fuse_affine(graph);
  torch::jit::EliminateDeadCode(graph);
  return graph;
}

}  // namespace radbatch
