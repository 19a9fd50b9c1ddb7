// One case of infer: its prepared tensor goes to the network, the network's numbers become its result.
#pragma once

#include <memory>

#include "radbatch/batch/explain_stage.hpp"
#include "radbatch/batch/prepared_work.hpp"
#include "radbatch/engine/classify_answer.hpp"
#include "radbatch/model/heads.hpp"

namespace radbatch {

class InferWork : public PreparedWork {
 public:
  /// `identity` is the run's; `level` says what the items of the tensor are.
  InferWork(const Bundle& bundle, const Json& identity, std::filesystem::path folder, WantedImage wanted,
            TensorCache* cache, Level level);
  /// The case is to be explained where `explanations`, which outlives it, says so.
  void explain_by(const Explanations& explanations);

  void failed(Reason reason, const std::string& detail) override;
  void begin_again() override;

 private:
  void use(const SharedBuffer&) override {}
  std::optional<WorkRequest> next_use() override;
  void answered_use(const Json& answer, const SharedBuffer&) override;

  bool is_explaining() const { return explaining_ && explaining_->is_under_way(); }
  /// What the explanation left is put into the outcome, which is then done.
  void end_explaining();

  const Json& identity_;
  Level level_;
  std::unique_ptr<ExplainStage> explaining_;  ///< null: nobody asked
};

/// The outputs of one pass, as score_case takes them; they must outlive what is returned. Throws
/// Error(Reason::model_output) for one that is not [items, classes].
std::vector<HeadOutput> head_outputs(const ClassifyPass& pass);

}  // namespace radbatch
