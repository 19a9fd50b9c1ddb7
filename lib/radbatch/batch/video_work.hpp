// One long clip of infer: its frames go through the network in lots, and what is done survives the process.
//
// A case of an hour is many requests: each lot is asked for by its place among the chosen frames, classified
// where it lies, and its numbers are written to the case's part file (case_part.hpp). A lot holds whole
// batches of the network, so the numbers are those of a clip that was classified in one piece.
#pragma once

#include <set>
#include <vector>

#include "radbatch/batch/case_part.hpp"
#include "radbatch/batch/frame_level.hpp"
#include "radbatch/batch/infer_work.hpp"

namespace radbatch {

/// Frames of a clip that are still prepared as one tensor.
inline constexpr std::int64_t MOST_FRAMES_AT_ONCE = 64;

/// Whether the case is a recording of more frames than that, which its plan takes one by one.
bool goes_in_lots(const WantedImage& wanted, const Plan& plan);

class VideoWork : public InferWork {
 public:
  VideoWork(const InferSettings& settings, WantedImage wanted);

  /// Of the lots under way and of what a codec looks back at; not of the recording.
  std::uint64_t cost_bytes() const override;
  std::optional<WorkRequest> next() override;
  void answered(const Json& answer, const SharedBuffer* buffer) override;

 private:
  bool holds_tensor() const override { return false; }
  WorkRequest clip_request() const;
  void take_up(const Json& record);
  bool is_another_recording(const Json& digests) const;
  void begin_anew();
  void take_lot(const Json& answer, const SharedBuffer& buffer);
  void take_scores(const Json& scores);
  void add_frames(const Json& lot);
  void finish_case();

  CasePart part_;
  bool is_resumed_ = false;              ///< behind the records of an earlier try, and nothing was read since
  Json digests_;                         ///< of the recording
  std::optional<Json> lot_;              ///< what is kept of the lot that is being classified
  std::size_t at_ = 0;                   ///< of the chosen frames, where the next lot begins
  std::vector<ClassifyMember> members_;  ///< outputs over all lots so far
  FrameList frames_;
  std::set<std::string> flags_;
};

}  // namespace radbatch
