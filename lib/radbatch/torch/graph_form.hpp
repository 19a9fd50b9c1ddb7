// The forms in which one TorchScript network can run: the same arithmetic, other kernels and memory layouts.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/ivalue.h>

#include <functional>
#include <string>
#include <vector>

#include "radbatch/base/json.hpp"

namespace torch::jit {
struct Module;
}

namespace radbatch {

/// How a network runs, as it is recorded: other forms differ in the last bits, so a cohort keeps to one.
struct GraphForm {
  std::string graph = "frozen";    ///< "plain", "frozen", "channels-last", "prepacked"
  std::string precision = "fp32";  ///< or "bf16"
  /// The last batch is filled up with zeros: how radbatch ran networks before it recorded forms.
  bool padded = false;
};

Json to_json(const GraphForm& form);
/// Throws Error(ExitCode::model) for a form that this version does not know.
GraphForm graph_form(const Json& json);
std::string name(const GraphForm& form);  ///< "prepacked bf16"

using Forward = std::function<c10::IValue(const at::Tensor&)>;

/// forward() in that form. `example` stands for the inputs to come; undefined where none is known. All forms
/// but "plain" make the weights constants and fold batch norms. Throws what LibTorch throws for a module that
/// cannot be brought into the form, Error(ExitCode::model) for inputs without two or three spatial axes.
Forward make_forward(const torch::jit::Module& module, const GraphForm& form, const at::Tensor& example);

}  // namespace radbatch
