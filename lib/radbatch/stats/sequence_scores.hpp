// Phases over time: how a sequence of predicted labels follows the true one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace radbatch {

/// A stretch of frames with one label.
struct LabelRun {
  std::int32_t label = 0;
  std::size_t begin = 0, end = 0;  ///< frames, end outside
};
std::vector<LabelRun> label_runs(std::span<const std::int32_t> labels);

/// Segmental edit score, 1 best: 1 - Levenshtein distance of the two sequences of segment labels over the
/// length of the longer (C. Lea, M. D. Flynn, R. Vidal, A. Reiter and G. D. Hager, CVPR 2017, 156-165; there
/// times 100). Says nothing of when. No value for no frames.
std::optional<double> edit_score(std::span<const std::int32_t> truth,
                                 std::span<const std::int32_t> predicted);

/// Of predicted segments: right when a true segment of the label overlaps by at least `overlap` (intersection
/// over union of frames) and has not been found before; the rest are wrong, true segments left over missed.
struct SegmentCounts {
  std::size_t right = 0, wrong = 0, missed = 0;
};
/// Lea et al. 2017: each predicted segment is held against the true one that overlaps it most.
SegmentCounts count_segments(std::span<const std::int32_t> truth, std::span<const std::int32_t> predicted,
                             double overlap);
/// 2 TP / (2 TP + FP + FN); nothing without segments.
std::optional<double> segmental_f1(const SegmentCounts& counts);

/// Share of frames that are right, where at most `window_s` seconds from a change of the true label either
/// side of the change counts as right. The relaxed boundaries of the M2CAI 2016 challenge, without its
/// special cases for single phases of cholecystectomy. `seconds` ascends.
std::optional<double> relaxed_accuracy(std::span<const std::int32_t> truth,
                                       std::span<const std::int32_t> predicted,
                                       std::span<const double> seconds, double window_s);

/// Mean and sample standard deviation of those values that are there.
struct VideoSpread {
  std::size_t n = 0;
  std::optional<double> mean, standard_deviation;  ///< of at least one, of at least two
};
VideoSpread spread_of(std::span<const std::optional<double>> values);

}  // namespace radbatch
