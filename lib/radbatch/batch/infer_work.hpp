// One case of infer: its prepared tensor goes to the network, the network's numbers become its result, and
// where it is asked for, the result is explained.
#pragma once

#include <memory>
#include <optional>

#include "radbatch/batch/beyond.hpp"
#include "radbatch/batch/explain_stage.hpp"
#include "radbatch/batch/frame_level.hpp"
#include "radbatch/batch/levels.hpp"
#include "radbatch/batch/prepared_work.hpp"
#include "radbatch/engine/classify_answer.hpp"
#include "radbatch/model/heads.hpp"

namespace radbatch {

/// What all cases of a run share. Everything outlives them.
struct InferSettings {
  const Bundle& bundle;
  const Beyond& beyond;
  const Explanations& explanations;
  const LevelOptions& levels;
  const Json& identity;
  const std::filesystem::path& folder;  ///< of the run
};

class InferWork : public PreparedWork {
 public:
  /// `level` says what the items of the tensor are.
  InferWork(const InferSettings& settings, WantedImage wanted, TensorCache* cache, Level level);

  void failed(Reason reason, const std::string& detail) override;
  void begin_again() override;

 protected:
  /// The network's outputs over all items of the case, which are these frames of a clip where that is given,
  /// become its result; then it is explained, or done.
  void score(const std::vector<ClassifyMember>& members, const std::optional<FrameList>& frames);
  std::optional<WorkRequest> next_use() override;
  /// By the prepared tensor's axes. Throws Error(Reason::dimension) for one that has not those of the sights.
  void choose_sights();
  /// Whether the tensor of the whole case is in its buffer when it has its scores.
  virtual bool holds_tensor() const { return true; }

 private:
  void use(const SharedBuffer& buffer) override;
  void answered_use(const Json& answer, const SharedBuffer&) override;

  bool is_explaining() const { return explaining_ && explaining_->is_under_way(); }
  /// What scores and explanation left is put into the outcome, which is then done.
  void finish_result();

  const InferSettings settings_;
  Level level_;
  Json sights_;                               ///< of test-time augmentation; null: the tensor as it is
  std::optional<double> tensor_distance_;     ///< where Beyond looks at the tensor
  std::vector<CaseArray> arrays_;             ///< for the case's file
  std::optional<std::size_t> n_frames_;       ///< of a clip
  Json notes_;                                ///< what was done otherwise than for other cases
  std::unique_ptr<ExplainStage> explaining_;  ///< null: nobody asked
};

/// The outputs of one pass, as score_case takes them; they must outlive what is returned. Throws
/// Error(Reason::model_output) for one that is not [items, classes], followed by axes of one element.
std::vector<HeadOutput> head_outputs(const ClassifyPass& pass);

}  // namespace radbatch
