// What a classify worker does, whatever library runs its network: load a bundle's backend behind the sandbox,
// prove its known answers, classify the tensors that lie in shared buffers, explain scores. The requests and
// their answers: docs/worker-protocol.md.
#pragma once

#include <vector>

#include "radbatch/base/json.hpp"
#include "radbatch/classify/explain_requests.hpp"
#include "radbatch/classify/proven_network.hpp"
#include "radbatch/engine/classify_answer.hpp"
#include "radbatch/worker/server.hpp"

namespace radbatch {

class ClassifyRequests {
 public:
  explicit ClassifyRequests(ClassifierSource source) : source_(std::move(source)) {}

  /// Answers setup, ping, classify and explain. Throws the reason of the case, or the fault of the run.
  Json handle(const Json& request, WorkerContext& context);

 private:
  Json setup(const Json& request);

  Json classify(const Json& request, WorkerContext& context);
  Json explain(const Json& request, WorkerContext& context);

  ClassifierSource source_;
  Bundle bundle_;
  std::vector<ProvenNetwork> members_;  ///< one, or the folds that were chosen
  ExplainRequests explaining_;          ///< of the first member
};

}  // namespace radbatch
