// The way of one case from its scores to its explanation: what is asked of which worker, and what is kept of
// the answers. Held by InferWork, which asks it after the scores are there.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "radbatch/base/file_descriptor.hpp"
#include "radbatch/batch/case_arrays.hpp"
#include "radbatch/batch/explanations.hpp"
#include "radbatch/batch/pending_file.hpp"
#include "radbatch/batch/prepared_image.hpp"
#include "radbatch/engine/classify_answer.hpp"

namespace radbatch {

class ExplainStage {
 public:
  /// `explanations` outlives the stage.
  ExplainStage(const Explanations& explanations, const Bundle& bundle, std::filesystem::path run_folder,
               const WantedImage& wanted);

  /// The case has its scores, made of `pass`. Returns whether it is to be explained: next() then has a
  /// request.
  bool begin(const Json& result, const PreparedImage& prepared, const ClassifyPass& pass);
  bool is_under_way() const { return step_ == Step::map || step_ == Step::picture; }
  /// First of the classify worker (the map), then of the image worker (picture and volume).
  WorkRequest next();
  /// Throws Json::exception or Error(Reason) for an answer that is none; failed() then ends the stage.
  void answered(const Json& answer);
  /// The case keeps its scores: the record says why it has no explanation, or not all of it.
  void failed(Reason reason, const std::string& detail);
  /// The worker died; the same request is sent again.
  void begin_again();

  /// For CaseOutcome::result["explanation"]; null when the case is not explained.
  const Json& record() const { return record_; }
  bool has_failed() const { return record_.contains("reason"); }
  /// The map for arrays/<case_id>.h5, named "explanation"; nothing where there is none.
  std::optional<CaseArray> array() const;

 private:
  enum class Step { idle, map, picture, done };

  void choose_items(const ClassifyPass& pass);
  void read_map(const Json& answer);
  void note_peak();
  WorkRequest map_request() const;
  WorkRequest picture_request();
  void keep_picture(const Json& answer);
  bool has_volume() const;
  std::string file_stem() const;

  const Explanations& explanations_;
  const Bundle& bundle_;
  std::filesystem::path run_folder_;
  const WantedImage& wanted_;
  Step step_ = Step::idle;
  ExplainedFinding finding_;
  const PreparedImage* prepared_ = nullptr;
  std::vector<std::int64_t> items_;      ///< that are explained, rising
  std::vector<std::int64_t> map_shape_;  ///< [items, spatial...]
  std::vector<float> map_;               ///< empty until it is there
  FileDescriptor file_;                  ///< anonymous memory in which the map crosses from worker to worker
  std::unique_ptr<PendingFile> volume_;
  Json record_;
};

/// Whether the items of the prepared tensor are the slices of one volume, in order and on one grid, so that
/// the item's number is the third index of the affine.
bool items_are_slices(const Bundle& bundle, const PreparedImage& prepared);

}  // namespace radbatch
