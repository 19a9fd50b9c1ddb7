// One case of infer: its prepared tensor goes to the network, the network's numbers become its result.
#pragma once

#include "radbatch/batch/levels.hpp"
#include "radbatch/batch/prepared_work.hpp"
#include "radbatch/engine/classify_answer.hpp"
#include "radbatch/model/heads.hpp"

namespace radbatch {

class InferWork : public PreparedWork {
 public:
  /// `identity` is the run's; `level` says what the items of the tensor are, `keep` what is kept of them.
  InferWork(const Bundle& bundle, const Json& identity, std::filesystem::path folder, WantedImage wanted,
            TensorCache* cache, Level level, LevelOptions keep = {});

 private:
  void use(const SharedBuffer&) override {}
  std::optional<WorkRequest> next_use() override;
  void answered_use(const Json& answer, const SharedBuffer&) override;

  const Json& identity_;
  Level level_;
  LevelOptions keep_;
};

/// The scores of a case from what its networks said: what stands in the journal record, and what repool makes
/// again from kept outputs.
Json scored(const Bundle& bundle, std::span<const ClassifyMember> members, Level level);

/// The outputs of one pass, as score_case takes them; they must outlive what is returned. [items, classes, 1,
/// 1 ...] is taken as [items, classes], [items] as [items, 1]. Throws Error(Reason::model_output) with the
/// shape of any other.
std::vector<HeadOutput> head_outputs(const ClassifyPass& pass);

}  // namespace radbatch
