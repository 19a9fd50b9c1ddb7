// One case of infer: its prepared tensor goes to the network, the network's numbers become its result.
#pragma once

#include "radbatch/batch/beyond.hpp"
#include "radbatch/batch/prepared_work.hpp"
#include "radbatch/engine/classify_answer.hpp"
#include "radbatch/model/heads.hpp"

namespace radbatch {

class InferWork : public PreparedWork {
 public:
  /// `beyond` and `identity` are the run's; `level` says what the items of the tensor are.
  InferWork(const Bundle& bundle, const Beyond& beyond, const Json& identity, std::filesystem::path folder,
            WantedImage wanted, TensorCache* cache, Level level);

 private:
  void use(const SharedBuffer& buffer) override;
  std::optional<WorkRequest> next_use() override;
  void answered_use(const Json& answer, const SharedBuffer&) override;

  const Beyond& beyond_;
  const Json& identity_;
  Level level_;
  Json sights_;                            ///< of test-time augmentation
  std::optional<double> tensor_distance_;  ///< where Beyond looks at the tensor
};

/// The outputs of one pass, as score_case takes them; they must outlive what is returned. Throws
/// Error(Reason::model_output) for one that is not [items, classes].
std::vector<HeadOutput> head_outputs(const ClassifyPass& pass);

}  // namespace radbatch
