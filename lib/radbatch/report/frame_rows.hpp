// frames.csv.gz row by row: hours of frames, read once through, never held.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "radbatch/report/run_data.hpp"

namespace radbatch {

/// Valid until the next row is read.
struct FrameRow {
  std::string_view case_id;
  std::int64_t frame = 0;     ///< number in the clip, from 0
  std::optional<double> t_s;  ///< seconds after the clip's first frame; missing where a cine has no times
  std::span<const double> scores;  ///< per finding of the run
};

/// Whether the run has such a table, and findings to read from it.
bool has_frames(const RunData& run);

/// Hands over every row, cases and frames in their order. Throws Error(ExitCode::usage) when the table is
/// damaged or lacks the column of a finding.
void for_each_frame(const RunData& run, const std::function<void(const FrameRow& row)>& take);

}  // namespace radbatch
