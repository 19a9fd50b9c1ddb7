// What a MONAI bundle's own configs/inference.json says of preparation and of the network's output.
//
// The chain that the bundle's authors ran is the truth about preparation, more than any description of it.
// Nothing in the file is evaluated: the network, the loaders and the evaluator are not looked at.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "radbatch/base/json.hpp"
#include "radbatch/model/bundle.hpp"
#include "radbatch/model/plan.hpp"

namespace radbatch {

/// What post-processing does to the network's numbers.
struct MonaiOutput {
  std::optional<Activation> activation;  ///< of Activations; absent: the file declares none
  bool argmax = false;                   ///< of AsDiscrete
  std::optional<double> threshold;       ///< of AsDiscrete
};

struct MonaiConfig {
  Plan plan;
  std::vector<std::string> image_keys;  ///< of MONAI's dictionary that lead to the network, usually "image"
  MonaiOutput output;
  std::vector<std::string> notes;  ///< what was left out or could not be read, one sentence each
};

/// Reads the chain under the first of `preprocessing`, `deterministic_transforms`, `validate::preprocessing`,
/// `transform`, and `postprocessing`. `metadata` is the bundle's metadata.json or null; its inputs say which
/// keys enter the network. `file` begins messages.
/// Throws Error(ExitCode::usage) that names the entry: "preprocessing::transforms::2::pixdim: ...".
MonaiConfig read_monai_config(const Json& config, const Json& metadata, const std::string& file);

/// True for an object that has one of the entries above.
bool is_monai_config(const Json& json);

/// Where metadata.json and the chain contradict each other: a declared value range that the chain's last
/// scaling does not give. One sentence each; what cannot be told is not a contradiction.
std::vector<std::string> contradictions(const Plan& plan, const Json& metadata);

}  // namespace radbatch
