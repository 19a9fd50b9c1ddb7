// Stretches of a clip in which a finding is seen: scores of frames, smoothed in time, held against
// thresholds.
//
// Windows are measured in seconds and not in frames, because a recorder may drop frames. Everything is
// computed in double precision from the float32 scores that frames.csv.gz prints, so it can be repeated.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "radbatch/model/bundle.hpp"
#include "radbatch/model/segment_rules.hpp"

namespace radbatch {

struct Segment {
  std::size_t finding = 0;
  double start_s = 0;  ///< of its first frame
  double end_s = 0;    ///< when the frame after its last one is shown
  double mean_p = 0;   ///< over its frames, as the network gave them: not smoothed
  double max_p = 0;
  std::size_t n_frames = 0;

  double duration_s() const { return end_s - start_s; }
};

/// Each value becomes the mean or median of those at most half the window away in time; the median of an even
/// number is the mean of the middle two. `seconds` ascends and has as many entries as `values`.
std::vector<double> smoothed(std::span<const double> values, std::span<const double> seconds,
                             const SegmentRules& rules);

/// The segments of one head, by start and then finding. `scores` is [frame, finding] in C order. Multi-class:
/// the finding with the largest smoothed score of a frame (the first of equals), where it reaches
/// rules.threshold if that is given. Binary and multi-label: each finding where its smoothed score reaches
/// the threshold, and from there on as long as it reaches rules.low_threshold. A regression has none. A frame
/// lasts until the next one is shown, the last one as long as the one before it.
std::vector<Segment> find_segments(const Head& head, const SegmentRules& rules, std::span<const float> scores,
                                   std::span<const double> seconds);

}  // namespace radbatch
