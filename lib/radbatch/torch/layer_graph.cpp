#include "radbatch/torch/layer_graph.hpp"

#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/ir/ir.h>

#include <set>
#include <vector>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

using torch::jit::Graph;
using torch::jit::Node;

/// A call of a submodule in the graph, with the submodule's path from the network.
struct LayerCall {
  std::string path;
  Node* node;
};

/// "encoder.layer4" of what GetAttr took from the network, one name after the other; nothing for other
/// objects.
std::string path_of(const torch::jit::Value* object, const torch::jit::Value* self) {
  std::vector<std::string> names;
  while (object != self) {
    const Node* node = object->node();
    if (node->kind() != c10::prim::GetAttr) return {};
    names.insert(names.begin(), node->s(c10::attr::name));
    object = node->input(0);
  }
  return join(names, ".");
}

/// Traced networks call the second use of a module forward1.
std::vector<LayerCall> calls_in(Graph& graph) {
  std::vector<LayerCall> calls;
  for (Node* node : graph.nodes()) {
    if (node->kind() != c10::prim::CallMethod || !node->s(c10::attr::name).starts_with("forward")) continue;
    std::string path = path_of(node->input(0), graph.inputs().at(0));
    if (!path.empty()) calls.push_back({std::move(path), node});
  }
  return calls;
}

/// Puts what the call does in its place.
void inline_call(Node* node) {
  const auto type = node->input(0)->type()->expect<c10::ClassType>();
  inlineCallTo(node, &torch::jit::toGraphFunction(type->getMethod(node->s(c10::attr::name))), false);
}

/// The calls that lead to the layer are opened, one level after the other, until its own stands there. Names
/// of the calls that were seen go to `seen`.
Node* find_layer(Graph& graph, const std::string& layer, std::set<std::string>& seen) {
  for (;;) {
    Node *found = nullptr, *leading = nullptr;
    for (const LayerCall& call : calls_in(graph)) {
      seen.insert(call.path);
      if (call.path == layer) found = call.node;
      if (layer.starts_with(call.path + ".")) leading = call.node;
    }
    if (found || !leading) return found;
    inline_call(leading);
  }
}

}  // namespace

std::shared_ptr<Graph> graph_with_layer(const torch::jit::Module& module, const std::string& layer) {
  std::shared_ptr<Graph> graph = module.get_method("forward").graph()->copy();
  std::set<std::string> seen;
  Node* node = find_layer(*graph, layer, seen);
  if (!node) {
    const std::vector<std::string> names(seen.begin(), seen.end());
    throw Error(Reason::model_output, "the network calls no layer \"" + printable(layer) + "\"; it calls " +
                                          (names.empty() ? "none" : printable(join(names, ", "))));
  }
  graph->registerOutput(node->output());
  return graph;
}

}  // namespace radbatch
