#include "radbatch/openvino/graph.hpp"

#include <algorithm>
#include <openvino/core/model.hpp>
#include <openvino/core/preprocess/pre_post_process.hpp>
#include <openvino/op/util/multi_subgraph_base.hpp>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

constexpr const char* compile_hint =
    "make it anew from the bundle's TorchScript: radbatch model compile BUNDLE --backend openvino";

[[noreturn]] void refuse(const std::string& problem) {
  throw Error(ExitCode::model, problem, compile_hint);
}

std::string quoted(const std::string& name) {
  return "\"" + printable(name) + "\"";
}

/// Subgraphs too: the bodies of loops and branches.
void require_repeatable(const ov::Model& model) {
  if (!model.get_variables().empty()) refuse("it keeps state from one run to the next");
  for (const std::shared_ptr<ov::Node>& node : model.get_ops()) {
    const std::string type = node->get_type_name();
    if (type == "RandomUniform" || type == "Multinomial") refuse("it draws random numbers (" + type + ")");
    const auto loop = std::dynamic_pointer_cast<ov::op::util::MultiSubGraphOp>(node);
    if (!loop) continue;
    for (const std::shared_ptr<ov::Model>& body : loop->get_functions()) require_repeatable(*body);
  }
}

void require_input(ov::Model& model, const BackendRequest& request) {
  if (model.inputs().size() != 1) {
    refuse("it has " + counted(model.inputs().size(), "input") + ", one was expected");
  }
  const ov::Output<ov::Node> input = model.input();
  if (input.get_element_type() != ov::element::f32) {
    refuse("its input is " + input.get_element_type().to_string() + ", float32 was expected");
  }
  ov::PartialShape shape = input.get_partial_shape();
  if (shape.rank().is_dynamic() || shape.size() < 2) {
    refuse("its input has the shape " + shape.to_string() + ", [batch, ...] was expected");
  }
  if (request.batch == 0) return;
  if (shape[0].is_dynamic()) {
    shape[0] = request.batch;
    model.reshape(shape);
  } else if (shape[0] != request.batch) {
    refuse("it takes batches of " + std::to_string(shape[0].get_length()) + ", radbatch.json declares " +
           std::to_string(request.batch));
  }
}

void require_outputs(const ov::Model& model) {
  if (model.outputs().empty()) refuse("it has no output");
  const std::vector<std::string> names = graph_output_names(model);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const ov::Output<const ov::Node> output = model.output(i);
    if (!output.get_element_type().is_real()) {
      refuse("output " + quoted(names[i]) + " is a tensor of " + output.get_element_type().to_string() +
             ", floating point was expected");
    }
  }
}

}  // namespace

void require_classifier_graph(ov::Model& model, const BackendRequest& request) {
  require_repeatable(model);
  require_input(model, request);
  require_outputs(model);
}

std::vector<std::string> graph_output_names(const ov::Model& model) {
  std::vector<std::string> names;
  for (const ov::Output<const ov::Node>& output : model.outputs()) {
    const auto& given = output.get_names();
    if (given.size() > 1) {
      refuse("its output " + std::to_string(names.size()) + " has " + std::to_string(given.size()) +
             " names, one was expected");
    }
    const std::string name = given.empty() ? std::to_string(names.size()) : *given.begin();
    if (std::ranges::find(names, name) != names.end())
      refuse("two of its outputs are called " + quoted(name));
    names.push_back(name);
  }
  return names;
}

std::shared_ptr<ov::Model> with_float_outputs(const std::shared_ptr<ov::Model>& model) {
  ov::preprocess::PrePostProcessor change(model);
  for (std::size_t i = 0; i < model->outputs().size(); ++i) {
    change.output(i).tensor().set_element_type(ov::element::f32);
  }
  return change.build();
}

}  // namespace radbatch
