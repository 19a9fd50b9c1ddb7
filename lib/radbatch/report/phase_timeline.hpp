// Truth above prediction over time, of the first videos.
#pragma once

#include <string>
#include <vector>

#include "radbatch/report/part.hpp"
#include "radbatch/report/video_scores.hpp"

namespace radbatch {

class PhaseTimelines {
 public:
  PhaseTimelines(const PartContext& context, const RunData& run) : context_(context), run_(run) {}

  void add(const LabelledFrames& frames);
  /// Pictures of the first videos into the page, segments of them into its numbers.
  void finish(ReportPart& part);

 private:
  const PartContext& context_;
  const RunData& run_;
  std::vector<Figure> figures_;
  Json segments_ = Json::array();
  std::size_t n_videos_ = 0;
};

}  // namespace radbatch
