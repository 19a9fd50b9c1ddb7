// Rows about frames or stretches of time, one after the other, into a track of spans.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "radbatch/report/frame_labels.hpp"

namespace radbatch {

/// Takes rows per frame or stretches, never both. Keeps one span per change of label, so that the labels of
/// every frame of hours need no memory.
class TrackBuilder {
 public:
  /// A labelled frame. False where it does not come after the one before.
  bool add_row(double at, std::int32_t value);
  /// A stretch, in any order. One that begins less than `shared` before the end of another is cut there: both
  /// name the frame between them as theirs.
  void add_span(const LabelSpan& span, double shared);
  void set_outside(std::int32_t value) { outside_ = value; }

  LabelTrack track();
  /// After track(): whether stretches of different labels overlap.
  bool overlaps() const { return overlaps_; }

 private:
  void settle_spans();

  std::vector<LabelSpan> runs_;  ///< of rows: positions of the first and the last; of stretches: themselves
  std::optional<double> last_;
  double step_ = 0;  ///< smallest distance of two rows, 0: not known
  double shared_ = 0;
  bool is_rows_ = false, overlaps_ = false;
  std::int32_t outside_ = -1;
};

}  // namespace radbatch
