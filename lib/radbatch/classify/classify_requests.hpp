// What a classify worker does, whatever library runs its network: load a bundle's backend behind the sandbox,
// prove its known answers, classify the tensors that lie in shared buffers. The requests and their answers:
// docs/worker-protocol.md.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>

#include "radbatch/base/json.hpp"
#include "radbatch/engine/classifier.hpp"
#include "radbatch/engine/classify_answer.hpp"
#include "radbatch/engine/smaller_batches.hpp"
#include "radbatch/model/bundle.hpp"
#include "radbatch/model/golden.hpp"
#include "radbatch/worker/server.hpp"

namespace radbatch {

/// How one library makes a classifier of a backend.
struct ClassifierSource {
  /// Whatever has to be written before the sandbox closes (a cache); runs nothing of the model. May be empty.
  std::function<void(const BackendRequest&)> unpack;
  std::function<std::unique_ptr<Classifier>(const BackendRequest&)> load;
};

class ClassifyRequests {
 public:
  explicit ClassifyRequests(ClassifierSource source) : source_(std::move(source)) {}

  /// Answers setup, ping and classify. Throws the reason of the case, or the fault of the run.
  Json handle(const Json& request, WorkerContext& context);

 private:
  Json setup(const Json& request);
  Json classify(const Json& request, WorkerContext& context);
  void load(const Bundle& bundle, BackendRequest wanted, std::span<const Golden> known);
  void load_proven(const Bundle& bundle, const BackendRequest& wanted, std::span<const Golden> known);
  void check_known_answers(const Bundle& bundle, std::span<const Golden> known);
  Json facts() const;

  ClassifierSource source_;
  std::unique_ptr<SmallerBatches> classifier_;
  std::string why_not_bf16_;  ///< with precision auto
  std::int64_t batch_ = 1;
};

}  // namespace radbatch
