// frames.csv.gz in as many points as a drawing has: hours of frames, read once through, never held.
#pragma once

#include <cstddef>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "radbatch/report/run_data.hpp"

namespace radbatch {

/// What the frames of one stretch of time say of one finding.
struct TracePoint {
  float low = std::numeric_limits<float>::infinity();
  float high = -std::numeric_limits<float>::infinity();
  double sum = 0;
  std::size_t n = 0;  ///< 0: no frame fell into it
};

struct ClipTrace {
  std::string case_id;
  double end_s = 0;  ///< time of the last frame
  std::size_t n_frames = 0;
  std::vector<std::vector<TracePoint>> findings;  ///< per finding of the run, one point per stretch
};

struct ClipTraces {
  std::size_t n_clips = 0;       ///< of the table
  std::vector<ClipTrace> clips;  ///< the first of them
};

/// The first `most_clips` clips in `n_points` equal stretches of time each; nothing where the run has no such
/// table or its frames no times. Throws Error(ExitCode::usage) when the table is damaged or lacks a finding's
/// column.
ClipTraces read_clip_traces(const RunData& run, std::size_t most_clips, std::size_t n_points);

}  // namespace radbatch
