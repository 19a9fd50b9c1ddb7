// What a chain of steps does to one axis, as one sparse table: for every output index the source indices it
// is made of, with weights.
//
// Flips, crops and pads pick rows; interpolations multiply tables. Consecutive separable steps so become one,
// and only the source indices that the last output needs are left in it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "radbatch/prepare/extent.hpp"
#include "radbatch/prepare/resample.hpp"

namespace radbatch::prepare_detail {

/// A half-open range of indices.
struct Range {
  std::int64_t begin = 0, end = 0;
};

class AxisTable {
 public:
  AxisTable() = default;
  /// Every index of an axis of n voxels as it is; `source_axis` says of which one.
  AxisTable(int source_axis, std::int64_t n);

  int source_axis() const { return source_axis_; }
  std::int64_t size() const { return static_cast<std::int64_t>(begin_.size()) - 1; }

  /// Rows start, start + step, ... (count of them); step is 1 or -1.
  AxisTable view(std::int64_t start, int step, std::int64_t count) const;
  /// Row map[o] for every o, or a row outside.
  AxisTable picked(const IndexMap& map) const;
  /// The product: `outer` indexes this table's rows. No row may be outside.
  AxisTable under(const AxisTaps& outer) const;

  /// No row is a mixture: values are moved, never computed.
  bool is_move() const;
  /// A move that neither repeats nor leaves out: start, start + step, ...; none outside.
  bool is_run() const;
  /// The rows that are not outside; nothing where they are not in one piece.
  std::optional<Range> inside() const;
  bool has_outside() const;

  struct Row {
    const std::int64_t* index;
    const double* weight;
    std::int64_t taps;
  };
  Row row(std::int64_t o) const {
    return {index_.data() + begin_[o], weight_.data() + begin_[o], begin_[o + 1] - begin_[o]};
  }
  std::int64_t most_taps() const;

 private:
  void add_row(const Row& row, bool is_outside);

  int source_axis_ = 0;
  std::vector<std::int64_t> begin_{0};
  std::vector<std::int64_t> index_;
  std::vector<double> weight_;
  std::vector<char> outside_;  ///< per row
};

/// True when every output of `taps` is a weighted mean: its weights sum to 1.
bool are_means(const AxisTaps& taps);
/// True when every output is one input as it is, or 0.
bool are_moves(const AxisTaps& taps);
/// A table of moves as an index map; weight 0 becomes `outside`.
IndexMap as_map(const AxisTaps& moves);

}  // namespace radbatch::prepare_detail
