// One network of a classify worker: loaded in the precision that was asked for, and proven by its known
// answers before it sees a case.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "radbatch/base/json.hpp"
#include "radbatch/engine/classifier.hpp"
#include "radbatch/engine/gradients.hpp"
#include "radbatch/engine/smaller_batches.hpp"
#include "radbatch/model/bundle.hpp"
#include "radbatch/model/golden.hpp"

namespace radbatch {

/// How one library makes a classifier of a backend.
struct ClassifierSource {
  /// Whatever has to be written before the sandbox closes (a cache); runs nothing of the model. May be empty.
  std::function<void(const BackendRequest&)> unpack = {};
  std::function<std::unique_ptr<Classifier>(const BackendRequest&)> load;
  /// What differentiates the network, for explanations by gradients; empty where the library cannot.
  std::function<std::unique_ptr<Differentiable>(const BackendRequest&)> load_gradients = {};
};

/// The bundle's only network, or a fold.
struct ProvenNetwork {
  std::string name;  ///< member_name()
  std::optional<int> fold;
  BackendRequest request;  ///< that it was loaded by
  std::unique_ptr<SmallerBatches> classifier;
  std::string why_not_bf16;  ///< with precision auto
};

/// What a worker's setup asks for of this backend.
BackendRequest backend_request(const Bundle& bundle, const Backend& backend, const Json& setup);

/// Loads the network and compares it with those of the bundle's known answers that are its own. The first of
/// them is also what a form of the network is chosen and timed with. Throws Error(ExitCode::model) that names
/// the known answer.
ProvenNetwork load_proven(const ClassifierSource& source, const Bundle& bundle, const Backend& backend,
                          BackendRequest request, std::span<const Golden> known);

/// Known outputs of the bundle, with their tensors.
std::vector<Golden> known_answers(const Bundle& bundle);

/// What was loaded, for people and run.json.
Json facts_of(const ProvenNetwork& network);

}  // namespace radbatch
