// The separable resampling: three passes over a working set that stays in the cache.
//
// A unit of work is a block of `lanes` along the axis that is fastest in the target and a range of rows. For
// each row: (1) the source rows of every slice the block needs are blended along the row axis, int16 to
// float32 on the way; (2) those are blended along the lanes' axis, four lanes side by side, which turns the
// source's fastest axis into the slowest; (3) blends along the source's fastest axis are then sums of whole
// vectors, and come out as lines of the target. A flip, crop or plain copy is a table with single taps.
#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>

#include "radbatch/base/parallel.hpp"
#include "radbatch/prepare/fused_execution.hpp"
#include "radbatch/prepare/fused_kernels.hpp"

namespace radbatch::prepare_detail {
namespace {

/// A table as the kernels read it: float32 weights, indices from `lowest` on.
struct KernelTable {
  std::vector<std::int32_t> begin{0}, index;
  std::vector<float> weight;
  std::int64_t lowest = 0, extent = 1;

  explicit KernelTable(const AxisTable& table) {
    std::int64_t highest = 0;
    lowest = INT64_MAX;
    for (std::int64_t o = 0; o < table.size(); ++o) {
      const AxisTable::Row row = table.row(o);
      for (std::int64_t t = 0; t < row.taps; ++t) {
        lowest = std::min(lowest, row.index[t]);
        highest = std::max(highest, row.index[t]);
      }
    }
    if (lowest > highest) lowest = highest = 0;
    extent = highest - lowest + 1;
    for (std::int64_t o = 0; o < table.size(); ++o) {
      const AxisTable::Row row = table.row(o);
      const std::size_t first = weight.size();
      double sum = 0;
      for (std::int64_t t = 0; t < row.taps; ++t) {
        index.push_back(static_cast<std::int32_t>(row.index[t] - lowest));
        weight.push_back(static_cast<float>(row.weight[t]));
        sum += row.weight[t];
      }
      // The form of FloatTaps; weights that were rounded to float32 are still those of a mean.
      if (row.taps > 0) weight[first] = std::abs(sum - 1) < 1e-6 ? 1.0f : static_cast<float>(sum);
      begin.push_back(static_cast<std::int32_t>(index.size()));
    }
  }
  std::int64_t size() const { return static_cast<std::int64_t>(begin.size()) - 1; }
  FloatTaps taps(std::int64_t o) const {
    return {index.data() + begin[o], weight.data() + begin[o], begin[o + 1] - begin[o]};
  }
};

std::int64_t padded(std::int64_t n) {
  return (n + row_multiple - 1) / row_multiple * row_multiple;
}

class Separable {
 public:
  Separable(const Pending& p, float* target, const std::array<std::int64_t, 4>& strides)
      : p_(p), target_(target), strides_(strides) {
    choose_axes();
    lane_ = std::make_unique<KernelTable>(p.tables[lane_axis_]);
    row_ = std::make_unique<KernelTable>(p.tables[row_axis_]);
    cut_into_blocks();
  }

  bool run() {
    const std::int64_t channels = p_.tables[0].size();
    const std::int64_t blocks = (lane_->size() + lanes_per_block_ - 1) / lanes_per_block_;
    const std::int64_t chunks = (row_->size() + rows_per_unit - 1) / rows_per_unit;
    const auto pieces = static_cast<std::int64_t>(x_.size());
    std::vector<char> finite(static_cast<std::size_t>(channels * blocks * pieces * chunks), 1);
    parallel_for(finite.size(), p_.run->threads, [&](std::size_t unit) {
      const auto u = static_cast<std::int64_t>(unit);
      const Piece& piece = x_[static_cast<std::size_t>(u / chunks % pieces)];
      finite[unit] =
          compute(u / (blocks * pieces * chunks), piece, u / (pieces * chunks) % blocks, u % chunks) ? 1 : 0;
    });
    return std::find(finite.begin(), finite.end(), 0) == finite.end();
  }

 private:
  static constexpr std::int64_t rows_per_unit = 16;

  std::int64_t source_stride(int axis) const { return p_.source.strides[p_.tables[axis].source_axis()]; }

  /// x runs along the source's memory, lanes along the target's; where both are the same axis, lanes take
  /// another and the lines are turned when they are stored.
  void choose_axes() {
    const auto fastest = [&](auto step) {
      int best = 0;
      for (int a = 1; a < 4; ++a) {
        if (p_.tables[a].size() > 1 && (best == 0 || std::abs(step(a)) < std::abs(step(best)))) best = a;
      }
      return best == 0 ? 1 : best;
    };
    x_axis_ = fastest([&](int a) { return source_stride(a); });
    lane_axis_ = fastest([&](int a) { return strides_[a]; });
    turned_ = lane_axis_ == x_axis_;
    if (turned_) {
      const int a = x_axis_ == 1 ? 2 : 1;
      const int b = 6 - x_axis_ - a;
      lane_axis_ = p_.tables[a].size() >= p_.tables[b].size() ? a : b;
    }
    row_axis_ = 6 - x_axis_ - lane_axis_;
  }

  /// Outputs along x that are computed together.
  struct Piece {
    std::int64_t first = 0;
    KernelTable table;
    std::int64_t row_step = 0;  ///< floats of a row of its source samples
  };

  /// Many lanes make long pieces of the target's lines; x is cut so that the blended slices and the lanes of
  /// a block stay in the second cache.
  void cut_into_blocks() {
    constexpr std::int64_t cache = 1 << 18;  // bytes
    const AxisTable& x = p_.tables[x_axis_];
    const KernelTable whole(x);
    const auto bytes = [&](std::int64_t n) {
      return (n * lane_->extent / lane_->size() + 2 + n) * 4 * padded(whole.extent);
    };
    lanes_per_block_ = std::min(max_lanes, (lane_->size() + 7) / 8 * 8);
    std::int64_t pieces = (bytes(lanes_per_block_) + cache - 1) / cache;
    while (lanes_per_block_ > 8 && x.size() / pieces < 32) {
      lanes_per_block_ = (lanes_per_block_ / 2 + 7) / 8 * 8;
      pieces = (bytes(lanes_per_block_) + cache - 1) / cache;
    }
    pieces = std::min(pieces, x.size());
    for (std::int64_t n = 0; n < pieces; ++n) {
      const std::int64_t begin = x.size() * n / pieces;
      KernelTable table(x.view(begin, 1, x.size() * (n + 1) / pieces - begin));
      const std::int64_t row_step = padded(table.extent);
      x_.push_back({begin, std::move(table), row_step});
    }
  }

  /// The lanes of a block with their taps counted in slices that the block needs.
  struct Block {
    std::int64_t first = 0, lanes = 0;
    std::vector<std::int32_t> slices;  ///< indices along the lanes' source axis, ascending
    std::vector<std::int32_t> index;   ///< as KernelTable::index, of slices
    std::vector<FloatTaps> taps;       ///< a multiple of eight
  };

  Block block_at(std::int64_t number) const {
    Block block;
    block.first = number * lanes_per_block_;
    block.lanes = std::min(lanes_per_block_, lane_->size() - block.first);
    const std::int32_t begin = lane_->begin[block.first];
    const std::int32_t end = lane_->begin[block.first + block.lanes];
    block.slices.assign(lane_->index.begin() + begin, lane_->index.begin() + end);
    std::sort(block.slices.begin(), block.slices.end());
    block.slices.erase(std::unique(block.slices.begin(), block.slices.end()), block.slices.end());
    for (std::int32_t t = begin; t < end; ++t) {
      const auto at = std::lower_bound(block.slices.begin(), block.slices.end(), lane_->index[t]);
      block.index.push_back(static_cast<std::int32_t>(at - block.slices.begin()));
    }
    for (std::int64_t l = 0; l < (block.lanes + 7) / 8 * 8; ++l) {
      FloatTaps taps = lane_->taps(block.first + std::min(l, block.lanes - 1));
      taps.index = block.index.data() + (taps.index - lane_->index.data() - begin);
      block.taps.push_back(taps);
    }
    return block;
  }

  bool compute(std::int64_t channel, const Piece& x, std::int64_t block_number, std::int64_t chunk) const {
    thread_local Scratch blended_memory, group_memory;
    const Block block = block_at(block_number);
    float* blended = blended_memory.get(static_cast<std::int64_t>(block.slices.size() + 1) * x.row_step);
    const std::int64_t groups = static_cast<std::int64_t>(block.taps.size()) / 4;
    float* group = group_memory.get(groups * 4 * x.row_step);
    bool finite = true;
    const std::int64_t end = std::min((chunk + 1) * rows_per_unit, row_->size());
    for (std::int64_t m = chunk * rows_per_unit; m < end; ++m) {
      for (std::size_t s = 0; s < block.slices.size(); ++s)
        blend_source_rows(channel, x, block.slices[s], m,
                          blended + static_cast<std::int64_t>(s) * x.row_step);
      for (std::int64_t g = 0; g < groups; ++g)
        interleave_rows(blended, x.row_step, block.taps.data() + 4 * g, x.table.extent,
                        group + g * 4 * x.row_step);
      finite = store_row(channel, x, block, m, group) && finite;
    }
    return finite;
  }

  /// Index of the first sample of a source row.
  std::int64_t row_start(std::int64_t channel, const Piece& x, std::int64_t slice, std::int64_t row) const {
    return *p_.tables[0].row(channel).index * p_.source.strides[0] +
           (lane_->lowest + slice) * source_stride(lane_axis_) +
           (row_->lowest + row) * source_stride(row_axis_) + x.table.lowest * source_stride(x_axis_);
  }

  void blend_source_rows(std::int64_t channel, const Piece& x, std::int64_t slice, std::int64_t m,
                         float* target) const {
    const FloatTaps rows = row_->taps(m);
    if (rows.count == 0) {
      std::fill(target, target + x.row_step, 0.0f);
      return;
    }
    const std::vector<ValueMap>& before = p_.before[*p_.tables[0].row(channel).index];
    thread_local std::vector<const void*> pointers;
    pointers.clear();
    if (source_stride(x_axis_) == 1 && before.empty()) {
      const auto width = static_cast<std::int64_t>(bytes_per_sample(p_.source.type));
      for (std::int32_t t = 0; t < rows.count; ++t)
        pointers.push_back(static_cast<const char*>(p_.source.samples) +
                           row_start(channel, x, slice, rows.index[t]) * width);
      return blend_rows(p_.source.type, pointers, rows.weight, x.table.extent, target);
    }
    thread_local Scratch loaded_memory;
    float* loaded = loaded_memory.get(rows.count * x.row_step);
    for (std::int32_t t = 0; t < rows.count; ++t) {
      float* row = loaded + t * x.row_step;
      load_mapped(row_start(channel, x, slice, rows.index[t]), x.table.extent, before, row);
      pointers.push_back(row);
    }
    blend_rows(SampleType::float32, pointers, rows.weight, x.table.extent, target);
  }

  void load_mapped(std::int64_t start, std::int64_t n, const std::vector<ValueMap>& maps, float* row) const {
    const std::int64_t stride = source_stride(x_axis_);
    if (stride == 1) {
      constexpr float whole = 1;
      const void* samples = static_cast<const char*>(p_.source.samples) +
                            start * static_cast<std::int64_t>(bytes_per_sample(p_.source.type));
      blend_rows(p_.source.type, {&samples, 1}, &whole, n, row);
    } else {
      load_row(p_.source.type, p_.source.samples, start, stride, n, row);
    }
    map_row(maps, row, n);
  }

  bool store_row(std::int64_t channel, const Piece& x, const Block& block, std::int64_t m,
                 const float* groups) const {
    const LastPass pass{groups,
                        4 * x.row_step,
                        block.lanes,
                        x.table.begin.data(),
                        x.table.index.data(),
                        x.table.weight.data(),
                        x.table.size(),
                        p_.channels[channel].after};
    float* first = target_ + channel * strides_[0] + x.first * strides_[x_axis_] +
                   block.first * strides_[lane_axis_] + m * strides_[row_axis_];
    if (!turned_ && strides_[lane_axis_] == 1) return store_lines(pass, first, strides_[x_axis_]);
    thread_local Scratch lines_memory;
    const std::int64_t step = (block.lanes + 7) / 8 * 8;
    float* lines = lines_memory.get(x.table.size() * step);
    const bool finite = store_lines(pass, lines, step);
    for (std::int64_t l = 0; l < block.lanes; ++l) {
      float* line = first + l * strides_[lane_axis_];
      for (std::int64_t o = 0; o < x.table.size(); ++o) line[o * strides_[x_axis_]] = lines[o * step + l];
    }
    return finite;
  }

  const Pending& p_;
  float* target_;
  std::array<std::int64_t, 4> strides_;
  int x_axis_ = 1, lane_axis_ = 3, row_axis_ = 2;
  bool turned_ = false;
  std::vector<Piece> x_;
  std::unique_ptr<KernelTable> lane_, row_;
  std::int64_t lanes_per_block_ = 0;
};

}  // namespace

bool execute_separable(const Pending& inside, float* target, const std::array<std::int64_t, 4>& strides) {
  return Separable(inside, target, strides).run();
}

}  // namespace radbatch::prepare_detail
