#include "radbatch/model/segments.hpp"

#include <algorithm>
#include <optional>
#include <tuple>

namespace radbatch {
namespace {

// Times and their differences are rounded.
constexpr double same_time = 1e-6;

double median_of(std::span<const double> values) {
  std::vector<double> sorted(values.begin(), values.end());
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::ranges::nth_element(sorted, middle);
  if (sorted.size() % 2 == 1) return *middle;
  return (*std::max_element(sorted.begin(), middle) + *middle) / 2;
}

double mean_of(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

/// Frames [begin, end).
struct Run {
  std::size_t begin = 0, end = 0;
};

/// When each frame goes.
std::vector<double> ends_of(std::span<const double> seconds) {
  const std::size_t n = seconds.size();
  std::vector<double> ends(seconds.begin() + 1, seconds.end());
  ends.push_back(n > 1 ? seconds[n - 1] + (seconds[n - 1] - seconds[n - 2]) : seconds[n - 1]);
  return ends;
}

/// As float32, so that a segment can be repeated from the printed scores.
bool reaches(double value, double threshold) {
  return static_cast<float>(value) >= static_cast<float>(threshold);
}

std::vector<Run> runs_above(std::span<const double> values, double threshold, double low) {
  std::vector<Run> runs;
  bool is_on = false;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const bool was_on = is_on;
    is_on = reaches(values[i], was_on ? low : threshold);
    if (is_on && !was_on) runs.push_back({i, i});
    if (is_on) runs.back().end = i + 1;
  }
  return runs;
}

/// Per finding, the runs of frames in which it is the top one.
std::vector<std::vector<Run>> runs_of_top(const std::vector<std::vector<double>>& scores, double threshold) {
  std::vector<std::vector<Run>> runs(scores.size());
  std::optional<std::size_t> before;
  for (std::size_t i = 0; i < scores.front().size(); ++i) {
    std::size_t top = 0;
    for (std::size_t f = 1; f < scores.size(); ++f) top = scores[f][i] > scores[top][i] ? f : top;
    const bool counts = reaches(scores[top][i], threshold);
    if (counts && before != top) runs[top].push_back({i, i});
    if (counts) runs[top].back().end = i + 1;
    before = counts ? std::optional(top) : std::nullopt;
  }
  return runs;
}

void close_gaps(std::vector<Run>& runs, double gap_s, std::span<const double> seconds,
                std::span<const double> ends) {
  std::vector<Run> closed;
  for (const Run& run : runs) {
    const bool joins =
        !closed.empty() && gap_s > 0 && seconds[run.begin] - ends[closed.back().end - 1] <= gap_s + same_time;
    if (joins) closed.back().end = run.end;
    if (!joins) closed.push_back(run);
  }
  runs = std::move(closed);
}

Segment segment_of(const Run& run, std::size_t finding, std::span<const double> values,
                   std::span<const double> seconds, std::span<const double> ends) {
  const std::span<const double> inside = values.subspan(run.begin, run.end - run.begin);
  return {
      finding,      seconds[run.begin], ends[run.end - 1], mean_of(inside), *std::ranges::max_element(inside),
      inside.size()};
}

/// Scores per finding, one after the other frame.
std::vector<std::vector<double>> by_finding(std::span<const float> scores, std::size_t n_findings) {
  std::vector<std::vector<double>> columns(n_findings);
  for (std::size_t at = 0; at < scores.size(); ++at)
    columns[at % n_findings].push_back(static_cast<double>(scores[at]));
  return columns;
}

std::vector<std::vector<Run>> runs_of(const Head& head, const SegmentRules& rules,
                                      const std::vector<std::vector<double>>& scores) {
  const bool has_top = head.kind == HeadKind::multi_class || head.kind == HeadKind::ordinal;
  if (has_top) return runs_of_top(scores, rules.threshold.value_or(0));
  std::vector<std::vector<Run>> runs(scores.size());
  for (std::size_t f = 0; f < scores.size(); ++f) {
    const std::optional<double> threshold = rules.threshold ? rules.threshold : head.findings[f].threshold;
    if (threshold) runs[f] = runs_above(scores[f], *threshold, rules.low_threshold.value_or(*threshold));
  }
  return runs;
}

}  // namespace

std::vector<double> smoothed(std::span<const double> values, std::span<const double> seconds,
                             const SegmentRules& rules) {
  std::vector<double> out(values.begin(), values.end());
  if (rules.smoothing == Smoothing::none) return out;
  const double half = rules.smooth_s / 2 + same_time;
  std::size_t begin = 0, end = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    while (seconds[i] - seconds[begin] > half) ++begin;
    while (end < values.size() && seconds[end] - seconds[i] <= half) ++end;
    const std::span<const double> window = values.subspan(begin, end - begin);
    out[i] = rules.smoothing == Smoothing::mean ? mean_of(window) : median_of(window);
  }
  return out;
}

std::vector<Segment> find_segments(const Head& head, const SegmentRules& rules, std::span<const float> scores,
                                   std::span<const double> seconds) {
  if (head.kind == HeadKind::regression || seconds.empty()) return {};
  const std::vector<std::vector<double>> raw = by_finding(scores, head.findings.size());
  std::vector<std::vector<double>> smooth;
  for (const auto& column : raw) smooth.push_back(smoothed(column, seconds, rules));
  const std::vector<double> ends = ends_of(seconds);
  std::vector<std::vector<Run>> runs = runs_of(head, rules, smooth);
  std::vector<Segment> segments;
  for (std::size_t f = 0; f < runs.size(); ++f) {
    close_gaps(runs[f], rules.merge_gap_s, seconds, ends);
    for (const Run& run : runs[f]) segments.push_back(segment_of(run, f, raw[f], seconds, ends));
  }
  std::erase_if(segments, [&](const Segment& one) { return one.duration_s() < rules.minimum_s - same_time; });
  std::ranges::sort(segments, {}, [](const Segment& one) { return std::tuple(one.start_s, one.finding); });
  return segments;
}

}  // namespace radbatch
