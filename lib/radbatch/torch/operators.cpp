#include "radbatch/torch/operators.hpp"

#include <torch/csrc/jit/api/module.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

using torch::jit::Block;
using torch::jit::Node;

constexpr std::array<std::string_view, 6> names{"aten::save",      "aten::from_file", "prim::PythonOp",
                                                "prim::rpc_async", "prim::rpc_sync",  "prim::rpc_remote"};
constexpr std::array<std::string_view, 6> families{
    "c10d::", "_c10d_functional::", "rpc::", "image::", "aten::rpc_", "aten::_rpc_"};

void require_harmless(const Block& block, const std::string& function) {
  for (const Node* node : block.nodes()) {
    const std::string name = node->kind().toQualString();
    if (leaves_the_process(name)) {
      throw Error(
          ExitCode::model,
          "it calls " + printable(name) + " in " + printable(function) + ", which reaches beyond the network",
          "export the network without it, or accept it with --allow-unverified-model (the output "
          "says so)");
    }
    for (const Block* inner : node->blocks()) require_harmless(*inner, function);
  }
}

}  // namespace

bool leaves_the_process(const std::string& name) {
  return std::ranges::find(names, name) != names.end() ||
         std::ranges::any_of(families, [&](std::string_view family) { return name.starts_with(family); });
}

void require_harmless_operators(const torch::jit::Module& module) {
  for (torch::jit::Function* function : module._ivalue()->compilation_unit()->get_functions()) {
    const auto* with_graph = torch::jit::tryToGraphFunction(*function);
    if (with_graph != nullptr) require_harmless(*with_graph->graph()->block(), function->name());
  }
}

void require_one_input(const torch::jit::Module& module) {
  const auto& arguments = module.get_method("forward").function().getSchema().arguments();
  const auto needed = std::count_if(arguments.begin() + 1, arguments.end(),
                                    [](const c10::Argument& argument) { return !argument.default_value(); });
  if (needed <= 1 && arguments.size() >= 2) return;
  throw Error(ExitCode::model,
              "its forward() needs " + std::to_string(needed) + " inputs, radbatch gives it one tensor",
              "export a network whose channels are the inputs (ConcatItems in the plan joins them)");
}

}  // namespace radbatch
