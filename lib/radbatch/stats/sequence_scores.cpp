#include "radbatch/stats/sequence_scores.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace radbatch {
namespace {

std::size_t levenshtein(const std::vector<LabelRun>& a, const std::vector<LabelRun>& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t change = diagonal + (a[i].label == b[j].label ? 0 : 1);
      diagonal = std::exchange(row[j + 1], std::min({row[j] + 1, row[j + 1] + 1, change}));
    }
  }
  return row.back();
}

double overlap_of(const LabelRun& a, const LabelRun& b) {
  if (a.label != b.label) return 0;
  const std::size_t begin = std::max(a.begin, b.begin), end = std::min(a.end, b.end);
  if (begin >= end) return 0;
  return static_cast<double>(end - begin) /
         static_cast<double>(std::max(a.end, b.end) - std::min(a.begin, b.begin));
}

/// The first of the true segments that overlap most; segments are few, frames many.
std::size_t best_match(const LabelRun& segment, const std::vector<LabelRun>& truth) {
  std::size_t best = 0;
  for (std::size_t t = 1; t < truth.size(); ++t)
    if (overlap_of(segment, truth[t]) > overlap_of(segment, truth[best])) best = t;
  return best;
}

}  // namespace

std::vector<LabelRun> label_runs(std::span<const std::int32_t> labels) {
  std::vector<LabelRun> runs;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (runs.empty() || runs.back().label != labels[i]) runs.push_back({labels[i], i, i});
    runs.back().end = i + 1;
  }
  return runs;
}

std::optional<double> edit_score(std::span<const std::int32_t> truth,
                                 std::span<const std::int32_t> predicted) {
  const std::vector<LabelRun> a = label_runs(truth), b = label_runs(predicted);
  if (a.empty() && b.empty()) return std::nullopt;
  return 1 - static_cast<double>(levenshtein(a, b)) / static_cast<double>(std::max(a.size(), b.size()));
}

SegmentCounts count_segments(std::span<const std::int32_t> truth, std::span<const std::int32_t> predicted,
                             double overlap) {
  const std::vector<LabelRun> true_runs = label_runs(truth);
  std::vector<bool> is_found(true_runs.size());
  SegmentCounts counts;
  for (const LabelRun& segment : label_runs(predicted)) {
    const std::size_t match = best_match(segment, true_runs);
    const bool is_right =
        match < true_runs.size() && overlap_of(segment, true_runs[match]) >= overlap && !is_found[match];
    if (is_right) is_found[match] = true;
    ++(is_right ? counts.right : counts.wrong);
  }
  counts.missed = static_cast<std::size_t>(std::ranges::count(is_found, false));
  return counts;
}

std::optional<double> segmental_f1(const SegmentCounts& counts) {
  const std::size_t below = 2 * counts.right + counts.wrong + counts.missed;
  if (below == 0) return std::nullopt;
  return 2 * static_cast<double>(counts.right) / static_cast<double>(below);
}

std::optional<double> relaxed_accuracy(std::span<const std::int32_t> truth,
                                       std::span<const std::int32_t> predicted,
                                       std::span<const double> seconds, double window_s) {
  if (truth.empty()) return std::nullopt;
  const std::vector<LabelRun> runs = label_runs(truth);
  std::size_t n_right = 0;
  for (std::size_t r = 0; r < runs.size(); ++r) {
    for (std::size_t i = runs[r].begin; i < runs[r].end; ++i) {
      const bool is_early = r > 0 && seconds[i] - seconds[runs[r].begin] <= window_s;
      const bool is_late = r + 1 < runs.size() && seconds[runs[r].end] - seconds[i] <= window_s;
      const bool is_right = predicted[i] == truth[i] || (is_early && predicted[i] == runs[r - 1].label) ||
                            (is_late && predicted[i] == runs[r + 1].label);
      n_right += is_right ? 1U : 0U;
    }
  }
  return static_cast<double>(n_right) / static_cast<double>(truth.size());
}

VideoSpread spread_of(std::span<const std::optional<double>> values) {
  VideoSpread spread;
  double sum = 0, squares = 0;
  for (const std::optional<double>& value : values) {
    if (!value) continue;
    ++spread.n;
    sum += *value;
  }
  if (spread.n == 0) return spread;
  const double n = static_cast<double>(spread.n), mean = sum / n;
  spread.mean = mean;
  for (const std::optional<double>& value : values)
    if (value) squares += (*value - mean) * (*value - mean);
  if (spread.n > 1) spread.standard_deviation = std::sqrt(squares / (n - 1));
  return spread;
}

}  // namespace radbatch
