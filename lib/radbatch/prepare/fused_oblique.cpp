// Sampling along an affine that mixes axes: one gather over the source for the values that are wanted, no
// grid of coordinates.
#include <algorithm>
#include <cmath>

#include "radbatch/base/parallel.hpp"
#include "radbatch/prepare/fused_execution.hpp"
#include "radbatch/prepare/fused_kernels.hpp"

namespace radbatch::prepare_detail {
namespace {

/// The straight run of grid indices along an axis of the image.
struct GridRun {
  double start = 0, step = 1;
  std::int64_t size = 1;

  explicit GridRun(const AxisTable& table)
      : start(static_cast<double>(*table.row(0).index)), size(table.size()) {
    if (size > 1) step = static_cast<double>(*table.row(1).index) - start;
  }
  double at(std::int64_t o) const { return start + step * static_cast<double>(o); }
};

class Oblique {
 public:
  Oblique(const Pending& p, float* target, const std::array<std::int64_t, 4>& strides)
      : p_(p), grid_(*p.oblique), target_(target), strides_(strides) {
    for (int a = 1; a < 4; ++a) {
      runs_.emplace_back(p.tables[a]);
      grid_axis_[a - 1] = p.tables[a].source_axis() - 1;
    }
  }

  bool run() {
    choose_axes();
    const std::int64_t channels = p_.tables[0].size();
    const std::int64_t blocks = blocks_of(lane_, lanes_per_tile);
    const std::int64_t tiles = blocks_of(line_, lines_per_tile);
    const std::int64_t planes = runs_[plane_].size;
    std::vector<char> finite(static_cast<std::size_t>(channels * blocks * tiles * planes), 1);
    parallel_for(finite.size(), p_.run->threads, [&](std::size_t unit) {
      const auto u = static_cast<std::int64_t>(unit);
      std::array<std::int64_t, 3> first{};
      first[plane_] = u % planes;
      first[line_] = u / planes % tiles * lines_per_tile;
      first[lane_] = u / (planes * tiles) % blocks * lanes_per_tile;
      finite[unit] = compute_tile(u / (planes * tiles * blocks), first) ? 1 : 0;
    });
    return std::find(finite.begin(), finite.end(), 0) == finite.end();
  }

 private:
  static constexpr std::int64_t lanes_per_tile = 128;
  static constexpr std::int64_t lines_per_tile = 16;

  std::int64_t blocks_of(int axis, std::int64_t n) const { return (runs_[axis].size + n - 1) / n; }

  /// Lanes run where the source's memory runs, so that a vector gathers from few cache lines (slices of 512 x
  /// 512 fall on one another in every cache). The lines of a tile lie side by side in the target.
  void choose_axes() {
    const auto source_step = [&](int a) {
      return p_.source.shape[a + 1] == 1 ? INT64_MAX : std::abs(p_.source.strides[a + 1]);
    };
    for (int a = 1; a < 3; ++a) {
      if (source_step(a) < source_step(memory_)) memory_ = a;
    }
    const auto along_memory = [&](int a) {
      return runs_[a].size == 1 ? -1 : std::abs(grid_.mapping.m[memory_][grid_axis_[a]]);
    };
    for (int a = 1; a < 3; ++a) {
      if (along_memory(a) > along_memory(lane_)) lane_ = a;
    }
    const int a = lane_ == 0 ? 1 : 0;
    const int b = 3 - lane_ - a;
    line_ = strides_[a + 1] < strides_[b + 1] ? a : b;
    plane_ = 3 - lane_ - line_;
  }

  /// Index in the source of the value at (i, j, k), in the order of operations of the reference.
  std::array<double, 3> place(std::int64_t i, std::int64_t j, std::int64_t k) const {
    std::array<double, 3> grid{};
    grid[grid_axis_[0]] = runs_[0].at(i);
    grid[grid_axis_[1]] = runs_[1].at(j);
    grid[grid_axis_[2]] = runs_[2].at(k);
    std::array<double, 3> at{};
    for (int a = 0; a < 3; ++a) {
      const auto& m = grid_.mapping.m[a];
      at[a] = m[0] * grid[0] + m[1] * grid[1] + m[2] * grid[2] + m[3];
    }
    return at;
  }

  bool compute_tile(std::int64_t channel, std::array<std::int64_t, 3> at) const {
    const std::int64_t lanes = std::min(lanes_per_tile, runs_[lane_].size - at[lane_]);
    const std::int64_t lines = std::min(lines_per_tile, runs_[line_].size - at[line_]);
    float* target = target_ + channel * strides_[0];
    for (int a = 0; a < 3; ++a) target += at[a] * strides_[a + 1];
    std::array<float, lanes_per_tile * lines_per_tile> tile;
    bool finite = true;
    for (std::int64_t l = 0; l < lines; ++l, ++at[line_])
      finite = compute_line(channel, at, lanes, tile.data() + l * lanes_per_tile) && finite;
    for (std::int64_t x = 0; x < lanes; ++x) {
      float* to = target + x * strides_[lane_ + 1];
      for (std::int64_t l = 0; l < lines; ++l)
        to[l * strides_[line_ + 1]] = tile[static_cast<std::size_t>(l * lanes_per_tile + x)];
    }
    return finite;
  }

  bool compute_line(std::int64_t c, std::array<std::int64_t, 3> at, std::int64_t lanes, float* target) const {
    if (grid_.mode == step::SampleMode::bilinear && grid_.padding == step::SamplePadding::border) {
      const ObliqueLine line = line_from(c, at);
      if (can_sample(line)) return sample_line(line, lanes, target);
    }
    bool finite = true;
    for (std::int64_t l = 0; l < lanes; ++l, ++at[lane_]) {
      target[l] = mapped(p_.channels[c].after, value_at(c, place(at[0], at[1], at[2])));
      finite = finite && std::isfinite(target[l]);
    }
    return finite;
  }

  /// Flipped source axes are counted from their other end.
  ObliqueLine line_from(std::int64_t c, std::array<std::int64_t, 3> at) const {
    const std::int64_t channel = *p_.tables[0].row(c).index;
    ObliqueLine line;
    line.type = p_.source.type;
    line.before = p_.before[channel];
    line.after = p_.channels[c].after;
    std::int64_t origin = channel * p_.source.strides[0];
    const std::array<double, 3> first = place(at[0], at[1], at[2]);
    for (int n = 0; n < 3; ++n) {
      const int a = (memory_ + n) % 3;
      const std::int64_t stride = p_.source.strides[a + 1], size = p_.source.shape[a + 1];
      const double step = grid_.mapping.m[a][grid_axis_[lane_]] * runs_[lane_].step;
      line.axes[n] = {size, stride, first[a], step};
      if (stride >= 0) continue;
      origin += (size - 1) * stride;
      line.axes[n] = {size, -stride, static_cast<double>(size - 1) - first[a], -step};
    }
    line.samples = static_cast<const std::byte*>(p_.source.samples) +
                   origin * static_cast<std::int64_t>(bytes_per_sample(line.type));
    return line;
  }

  float sample(std::int64_t channel, std::int64_t offset) const {
    float v = 0;
    const std::int64_t source_channel = *p_.tables[0].row(channel).index;
    load_row(p_.source.type, p_.source.samples, source_channel * p_.source.strides[0] + offset, 1, 1, &v);
    return mapped(p_.before[source_channel], v);
  }

  float value_at(std::int64_t channel, const std::array<double, 3>& at) const {
    std::array<Neighbours, 3> near;
    for (int a = 0; a < 3; ++a)
      near[a] = neighbours(at[a], p_.source.shape[a + 1], grid_.mode, grid_.padding);
    double sum = 0;
    for (int corner = 0; corner < 8; ++corner) {
      double by = 1;
      std::int64_t offset = 0;
      for (int a = 0; a < 3; ++a) {
        const int t = (corner >> (2 - a)) & 1;
        by *= near[a].weight[t];
        offset += near[a].index[t] * p_.source.strides[a + 1];
      }
      if (by != 0) sum += by * sample(channel, offset);
    }
    return static_cast<float>(sum);
  }

  const Pending& p_;
  const ObliqueGrid& grid_;
  float* target_;
  std::array<std::int64_t, 4> strides_;
  std::vector<GridRun> runs_;              ///< per axis i, j, k of the image
  int lane_ = 0, line_ = 2, plane_ = 1;    ///< axes of the image
  int memory_ = 0;                         ///< the source's axis of the smallest stride
  std::array<int, 3> grid_axis_{0, 1, 2};  ///< of the grid, per axis of the image
};

}  // namespace

bool execute_oblique(const Pending& inside, float* target, const std::array<std::int64_t, 4>& strides) {
  return Oblique(inside, target, strides).run();
}

}  // namespace radbatch::prepare_detail
