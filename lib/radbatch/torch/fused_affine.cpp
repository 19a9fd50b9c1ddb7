#include "radbatch/torch/fused_affine.hpp"

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/ir/ir.h>
#include <torch/csrc/jit/runtime/custom_operator.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "radbatch/base/error.hpp"

namespace radbatch {
namespace {

using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Value;
namespace aten = torch::jit::aten;

constexpr const char* schema = "radbatch::affine_relu(Tensor[] parts, Tensor scale, Tensor shift) -> Tensor";
constexpr std::int64_t pixels_per_task = 64;

/// The channels of one part for some pixels: rows of `channels` values go into rows of `all_channels`.
template <typename Number>
void scale_rows(const Number* from, Number* to, std::int64_t rows, std::int64_t channels,
                std::int64_t all_channels, const float* scale, const float* shift) {
  for (std::int64_t row = 0; row < rows; ++row, from += channels, to += all_channels) {
#pragma GCC ivdep
    for (std::int64_t c = 0; c < channels; ++c) {
      const float value = static_cast<float>(from[c]) * scale[c] + shift[c];
      to[c] = static_cast<Number>(value < 0.0F ? 0.0F : value);  // NaN stays
    }
  }
}

template <typename Number>
void scale_parts(const std::vector<at::Tensor>& parts, at::Tensor& joined, const at::Tensor& scale,
                 const at::Tensor& shift) {
  const std::int64_t all = joined.size(1), pixels = joined.numel() / std::max<std::int64_t>(all, 1);
  const auto* scales = scale.const_data_ptr<float>();
  const auto* shifts = shift.const_data_ptr<float>();
  auto* out = joined.mutable_data_ptr<Number>();
  at::parallel_for(0, pixels, pixels_per_task, [&](std::int64_t begin, std::int64_t end) {
    std::int64_t first = 0;
    for (const at::Tensor& part : parts) {
      const std::int64_t channels = part.size(1);
      scale_rows(part.const_data_ptr<Number>() + begin * channels, out + begin * all + first, end - begin,
                 channels, all, scales + first, shifts + first);
      first += channels;
    }
  });
}

at::Tensor affine_relu(const std::vector<at::Tensor>& parts, const at::Tensor& scale,
                       const at::Tensor& shift) {
  const auto format =
      parts.at(0).dim() == 5 ? at::MemoryFormat::ChannelsLast3d : at::MemoryFormat::ChannelsLast;
  std::vector<at::Tensor> ready;
  std::vector<std::int64_t> shape = parts[0].sizes().vec();
  shape.at(1) = 0;
  for (const at::Tensor& part : parts) {
    ready.push_back(part.to(parts[0].scalar_type()).contiguous(format));
    shape[1] += part.size(1);
    std::vector<std::int64_t> own = part.sizes().vec();
    own[1] = shape[1];
    if (own != shape) throw Error(Reason::model_output, "features of different sizes are joined");
  }
  if (shape[1] != scale.numel()) throw Error(Reason::model_output, "a batch norm has other channels");
  at::Tensor joined = at::empty(shape, parts[0].options().memory_format(format));
  if (joined.scalar_type() == at::kBFloat16) {
    scale_parts<at::BFloat16>(ready, joined, scale, shift);
  } else {
    scale_parts<float>(ready, joined, scale, shift);
  }
  return joined;
}

void register_operator() {
  static const torch::jit::RegisterOperators once({torch::jit::Operator(
      schema,
      [](torch::jit::Stack& stack) {
        const at::Tensor shift = torch::jit::pop(stack).toTensor();
        const at::Tensor scale = torch::jit::pop(stack).toTensor();
        const std::vector<at::Tensor> parts = torch::jit::pop(stack).toTensorVector();
        torch::jit::push(stack, affine_relu(parts, scale, shift));
      },
      c10::AliasAnalysisKind::FROM_SCHEMA)});
}

std::optional<at::Tensor> constant_tensor(const Value* value) {
  const auto constant = torch::jit::toIValue(value);
  if (!constant || !constant->isTensor()) return std::nullopt;
  return constant->toTensor();
}

/// What a value is joined of along the channels: itself, or the parts of aten::cat, and of those before it.
std::vector<Value*> parts_of(Value* value) {
  const Node* node = value->node();
  if (node->kind() != aten::cat || node->input(0)->node()->kind() != torch::jit::prim::ListConstruct)
    return {value};
  const auto axis = torch::jit::toIValue(node->input(1));
  if (!axis || !axis->isInt() || axis->toInt() != 1) return {value};
  std::vector<Value*> parts;
  for (Value* input : node->input(0)->node()->inputs())
    std::ranges::copy(parts_of(input), std::back_inserter(parts));
  return parts;
}

/// y = max(0, x * scale + shift), in the place of `norm` and `relu`.
void fuse(Graph& graph, Node* norm, Node* relu, const at::Tensor& scale, const at::Tensor& shift) {
  const torch::jit::WithInsertPoint here(relu);
  Node* list = graph.insertNode(graph.createList(c10::TensorType::get(), parts_of(norm->input(0))));
  Node* fused = graph.create(c10::Symbol::fromQualString("radbatch::affine_relu"),
                             {list->output(), graph.insertConstant(scale), graph.insertConstant(shift)}, 1);
  graph.insertNode(fused)->getOperator();
  relu->output()->replaceAllUsesWith(fused->output());
}

void try_fuse(Graph& graph, Node* norm) {
  const auto weight = constant_tensor(norm->input(1)), bias = constant_tensor(norm->input(2)),
             mean = constant_tensor(norm->input(3)), variance = constant_tensor(norm->input(4));
  const auto training = torch::jit::toIValue(norm->input(5)), epsilon = torch::jit::toIValue(norm->input(7));
  const auto& uses = norm->output()->uses();
  if (!weight || !bias || !mean || !variance || !training || training->toBool() || !epsilon ||
      uses.size() != 1)
    return;
  Node* relu = uses[0].user;
  if (relu->kind() != aten::relu || relu->owningBlock() != graph.block()) return;
  const at::Tensor deviation = at::sqrt(at::add(variance->to(at::kDouble), epsilon->toDouble()));
  const at::Tensor scale = at::div(weight->to(at::kDouble), deviation);
  const at::Tensor shift = at::sub(bias->to(at::kDouble), at::mul(mean->to(at::kDouble), scale));
  fuse(graph, norm, relu, scale.to(at::kFloat), shift.to(at::kFloat));
}

}  // namespace

void fuse_affine(const std::shared_ptr<Graph>& graph) {
  register_operator();
  std::vector<Node*> norms;
  for (Node* node : graph->nodes()) {
    if (node->kind() == aten::batch_norm) norms.push_back(node);
  }
  for (Node* norm : norms) try_fuse(*graph, norm);
}

}  // namespace radbatch
