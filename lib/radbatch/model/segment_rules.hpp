// How scores of frames become stretches of time, as a bundle declares it ("segments" of radbatch.json).
#pragma once

#include <optional>
#include <vector>

#include "radbatch/model/fields.hpp"

namespace radbatch {

struct Head;

enum class Smoothing { none, mean, median };

struct SegmentRules {
  Smoothing smoothing = Smoothing::none;
  double smooth_s = 0;                  ///< full width of the window, centred on each frame
  std::optional<double> threshold;      ///< of every finding; otherwise each finding's own
  std::optional<double> low_threshold;  ///< a segment, once begun, goes on down to this (hysteresis)
  double minimum_s = 0;                 ///< shorter ones are dropped, after gaps are closed
  double merge_gap_s = 0;               ///< a gap of at most this is closed
};

/// Reads the sidecar's "segments"; nothing when it has none. Throws Error(ExitCode::model) with the place of
/// the fault, also when no finding of `heads` could ever have a segment.
std::optional<SegmentRules> read_segments(const Fields& sidecar, const std::vector<Head>& heads);

}  // namespace radbatch
