// What a classify worker does, whatever library runs its network: load a bundle's backend behind the sandbox,
// prove its known answers, classify the tensors that lie in shared buffers. The requests and their answers:
// docs/worker-protocol.md.
#pragma once

#include <functional>
#include <memory>

#include "radbatch/base/json.hpp"
#include "radbatch/classify/explain_requests.hpp"
#include "radbatch/engine/classifier.hpp"
#include "radbatch/engine/classify_answer.hpp"
#include "radbatch/model/bundle.hpp"
#include "radbatch/worker/server.hpp"

namespace radbatch {

/// How one library makes a classifier of a backend.
struct ClassifierSource {
  /// Whatever has to be written before the sandbox closes (a cache); runs nothing of the model. May be empty.
  std::function<void(const BackendRequest&)> unpack;
  std::function<std::unique_ptr<Classifier>(const BackendRequest&)> load;
  /// For explanations; null where a backend has no gradients. May be empty.
  std::function<std::unique_ptr<Differentiable>(const BackendRequest&)> load_gradients;
};

class ClassifyRequests {
 public:
  explicit ClassifyRequests(ClassifierSource source) : source_(std::move(source)) {}

  /// Answers setup, ping, classify and explain. Throws the reason of the case, or the fault of the run.
  Json handle(const Json& request, WorkerContext& context);

 private:
  Json setup(const Json& request);
  Json classify(const Json& request, WorkerContext& context);
  Json explain(const Json& request, WorkerContext& context);
  std::size_t check_known_answers(const Bundle& bundle);

  ClassifierSource source_;
  std::unique_ptr<Classifier> classifier_;
  std::int64_t batch_ = 1;
  ExplainRequests explaining_;
};

}  // namespace radbatch
