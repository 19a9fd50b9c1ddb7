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
    const std::int64_t blocks = (runs_[lane_].size + lanes_per_block - 1) / lanes_per_block;
    const std::int64_t chunks = (runs_[outer_].size + lines_per_unit - 1) / lines_per_unit;
    std::vector<char> finite(static_cast<std::size_t>(channels * blocks * chunks), 1);
    parallel_for(finite.size(), p_.run->threads, [&](std::size_t unit) {
      const auto u = static_cast<std::int64_t>(unit);
      finite[unit] =
          compute(u / (blocks * chunks), u / chunks % blocks * lanes_per_block, u % chunks * lines_per_unit)
              ? 1
              : 0;
    });
    return std::find(finite.begin(), finite.end(), 0) == finite.end();
  }

 private:
  // Lines of a cache line's length, stepped along the source's rows, so that the rows of a block stay in the
  // cache.
  static constexpr std::int64_t lanes_per_block = 32;
  static constexpr std::int64_t lines_per_unit = 16;

  void choose_axes() {
    for (int a = 0; a < 3; ++a) {
      if (runs_[a].size > 1 && (runs_[lane_].size == 1 || strides_[a + 1] < strides_[lane_ + 1])) lane_ = a;
    }
    const auto step = [&](int a) {
      return p_.source.shape[a + 1] == 1 ? INT64_MAX : std::abs(p_.source.strides[a + 1]);
    };
    for (int a = 1; a < 3; ++a) {
      if (step(a) < step(memory_)) memory_ = a;
    }
    const int a = lane_ == 0 ? 1 : 0;
    const int b = 3 - lane_ - a;
    const auto along_memory = [&](int axis) { return std::abs(grid_.mapping.m[memory_][grid_axis_[axis]]); };
    inner_ = along_memory(a) >= along_memory(b) ? a : b;
    outer_ = 3 - lane_ - inner_;
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

  /// A block of lanes and of lines.
  bool compute(std::int64_t c, std::int64_t first_lane, std::int64_t first_line) const {
    const std::int64_t lanes = std::min(lanes_per_block, runs_[lane_].size - first_lane);
    const std::int64_t last = std::min(first_line + lines_per_unit, runs_[outer_].size);
    bool finite = true;
    std::array<std::int64_t, 3> at{};
    at[lane_] = first_lane;
    for (at[outer_] = first_line; at[outer_] < last; ++at[outer_]) {
      for (at[inner_] = 0; at[inner_] < runs_[inner_].size; ++at[inner_])
        finite = compute_line(c, at, lanes) && finite;
    }
    return finite;
  }

  bool compute_line(std::int64_t c, std::array<std::int64_t, 3> at, std::int64_t lanes) const {
    float* target = target_ + c * strides_[0];
    for (int a = 0; a < 3; ++a) target += at[a] * strides_[a + 1];
    const std::int64_t step = strides_[lane_ + 1];
    if (grid_.mode == step::SampleMode::bilinear && grid_.padding == step::SamplePadding::border &&
        step == 1) {
      const ObliqueLine line = line_from(c, at);
      if (can_sample(line)) return sample_line(line, lanes, target);
    }
    bool finite = true;
    for (std::int64_t l = 0; l < lanes; ++l, ++at[lane_]) {
      const float v = mapped(p_.channels[c].after, value_at(c, place(at[0], at[1], at[2])));
      finite = finite && std::isfinite(v);
      target[l * step] = v;
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

  float value_at(std::int64_t channel, std::array<double, 3> at) const {
    const bool nearest = grid_.mode == step::SampleMode::nearest;
    std::array<std::array<std::int64_t, 2>, 3> index{};
    std::array<std::array<double, 2>, 3> weight{};
    for (int a = 0; a < 3; ++a) {
      const auto last = static_cast<double>(p_.source.shape[a + 1] - 1);
      if (grid_.padding == step::SamplePadding::border) at[a] = std::clamp(at[a], 0.0, last);
      const double below = nearest ? std::nearbyint(at[a]) : std::floor(at[a]);
      const std::array<double, 2> by{nearest ? 1.0 : below + 1 - at[a], nearest ? 0.0 : at[a] - below};
      for (int t = 0; t < 2; ++t) {
        if (below + t < 0 || below + t > last) continue;
        index[a][t] = static_cast<std::int64_t>(below) + t;
        weight[a][t] = by[t];
      }
    }
    double sum = 0;
    for (int corner = 0; corner < 8; ++corner) {
      double by = 1;
      std::int64_t offset = 0;
      for (int a = 0; a < 3; ++a) {
        const int t = (corner >> (2 - a)) & 1;
        by *= weight[a][t];
        offset += index[a][t] * p_.source.strides[a + 1];
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
  int lane_ = 2, inner_ = 0, outer_ = 1;   ///< axes of the image
  int memory_ = 0;                         ///< the source's axis of the smallest stride
  std::array<int, 3> grid_axis_{0, 1, 2};  ///< of the grid, per axis of the image
};

}  // namespace

bool execute_oblique(const Pending& inside, float* target, const std::array<std::int64_t, 4>& strides) {
  return Oblique(inside, target, strides).run();
}

}  // namespace radbatch::prepare_detail
