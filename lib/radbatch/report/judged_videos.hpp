// Which videos of a run are judged by frame labels, frame by frame.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "radbatch/report/frame_labels.hpp"
#include "radbatch/report/frame_rows.hpp"
#include "radbatch/report/part.hpp"

namespace radbatch {

/// Videos with labels and frames that are test units; the others are counted.
class JudgedVideos {
 public:
  JudgedVideos(const PartContext& context, const RunData& run, const FrameLabels& labels);

  bool is_judged(std::string_view case_id) const;
  const std::vector<LabelTrack>& tracks(std::string_view case_id) const;
  /// Number of the patient of that video, for clustering: from the analysis where it names patients.
  std::uint32_t cluster(std::string_view case_id) const;

  std::size_t n_unknown = 0;   ///< labelled, not in the run
  std::size_t n_not_test = 0;  ///< labelled, and left out by --where

 private:
  struct Video {
    const std::vector<LabelTrack>* tracks = nullptr;
    std::uint32_t cluster = 0;
  };
  std::map<std::string, Video, std::less<>> videos_;
};

/// Where a scored frame stands on the labels' own scale. Throws Error(ExitCode::usage) where labels have
/// seconds and the frames none.
double label_position(const FrameLabels& labels, const FrameRow& row);

}  // namespace radbatch
