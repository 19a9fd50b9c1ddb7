#include "radbatch/report/label_track.hpp"

#include <algorithm>

namespace radbatch {
namespace {
// Rows further apart than this many of the video's smallest steps have a gap between them.
constexpr double LARGEST_STEP = 1.5;
}  // namespace

std::int32_t LabelTrack::at(double position) const {
  const auto after = std::ranges::upper_bound(spans, position, {}, &LabelSpan::begin);
  if (after == spans.begin()) return outside;
  const LabelSpan& span = *std::prev(after);
  return position < span.end ? span.value : outside;
}

bool TrackBuilder::add_row(double at, std::int32_t value) {
  is_rows_ = true;
  if (last_ && at <= *last_) return false;
  if (last_ && (step_ == 0 || at - *last_ < step_)) step_ = at - *last_;
  const bool goes_on =
      last_ && !runs_.empty() && runs_.back().value == value && at - *last_ <= LARGEST_STEP * step_;
  if (goes_on) {
    runs_.back().end = at;
  } else {
    runs_.push_back({at, at, value});
  }
  last_ = at;
  return true;
}

void TrackBuilder::add_span(const LabelSpan& span, double shared) {
  runs_.push_back(span);
  shared_ = shared;
}

void TrackBuilder::settle_spans() {
  std::ranges::stable_sort(runs_, {}, &LabelSpan::begin);
  std::vector<LabelSpan> settled;
  for (LabelSpan span : runs_) {
    if (!settled.empty() && span.begin < settled.back().end) {
      LabelSpan& before = settled.back();
      if (before.value == span.value) {
        before.end = std::max(before.end, span.end);
        continue;
      }
      // Times are multiples of the frame only nearly.
      overlaps_ = overlaps_ || before.end - span.begin > 1.001 * shared_;
      before.end = span.begin;
    }
    settled.push_back(span);
  }
  std::erase_if(settled, [](const LabelSpan& span) { return span.end <= span.begin; });
  runs_ = std::move(settled);
}

LabelTrack TrackBuilder::track() {
  if (!is_rows_) {
    settle_spans();
    return {runs_, outside_};
  }
  // A row reaches half a step to both sides, or halfway to a neighbour that is nearer.
  const double reach = step_ / 2;
  LabelTrack track{{}, outside_};
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    LabelSpan span{runs_[i].begin - reach, runs_[i].end + reach, runs_[i].value};
    const bool touches_before = i > 0 && runs_[i].begin - runs_[i - 1].end <= LARGEST_STEP * step_;
    const bool touches_after =
        i + 1 < runs_.size() && runs_[i + 1].begin - runs_[i].end <= LARGEST_STEP * step_;
    if (touches_before) span.begin = (runs_[i - 1].end + runs_[i].begin) / 2;
    if (touches_after) span.end = (runs_[i].end + runs_[i + 1].begin) / 2;
    if (step_ == 0) span.end = span.begin + 1e-6;  // a single row speaks for its own moment
    if (span.value >= 0) track.spans.push_back(span);
  }
  return track;
}

}  // namespace radbatch
