// One case of infer: its prepared tensor goes to the network, the network's numbers become its result.
#pragma once

#include "radbatch/batch/frame_level.hpp"
#include "radbatch/batch/prepared_work.hpp"
#include "radbatch/engine/classify_answer.hpp"
#include "radbatch/model/heads.hpp"

namespace radbatch {

class InferWork : public PreparedWork {
 public:
  /// `identity` is the run's; `level` says what the items of the tensor are.
  InferWork(const Bundle& bundle, const Json& identity, std::filesystem::path folder, WantedImage wanted,
            TensorCache* cache, Level level);

 protected:
  /// The end of the case: the network's outputs over all its items, which are these frames of a clip where
  /// that is given, become its result.
  void score(const std::vector<ClassifyMember>& members, const std::optional<FrameList>& frames);
  std::optional<WorkRequest> next_use() override;

 private:
  void use(const SharedBuffer&) override {}
  void answered_use(const Json& answer, const SharedBuffer&) override;

  const Json& identity_;
  Level level_;
};

/// The outputs of one pass, as score_case takes them; they must outlive what is returned. Throws
/// Error(Reason::model_output) for one that is not [items, classes].
std::vector<HeadOutput> head_outputs(const ClassifyPass& pass);

}  // namespace radbatch
