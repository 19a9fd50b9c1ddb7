#include "radbatch/stats/tensor_compare.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "radbatch/base/error.hpp"

namespace radbatch {
namespace {

constexpr std::int64_t MOST_SHIFT = 3;
constexpr std::int64_t SAMPLES = 20000;  // voxels that the search looks at
constexpr std::size_t KEPT = 4;          // orders and flips whose shifts are tried
constexpr double AS_GOOD = 1e-6;         // what is left unexplained of equal values

/// One way to lay mine over ours.
struct Placement {
  std::vector<std::size_t> axes;
  std::vector<bool> flipped;
  std::vector<std::int64_t> shift;
  double correlation = -2;

  /// Changes a person would have to explain.
  std::size_t cost() const {
    std::size_t n = 0;
    for (std::size_t a = 0; a < axes.size(); ++a) {
      n += (axes[a] != a ? 8U : 0U) + (flipped[a] ? 4U : 0U) + static_cast<std::size_t>(std::abs(shift[a]));
    }
    return n;
  }
};

TensorPart squeezed(TensorPart tensor, std::size_t n_space) {
  while (tensor.shape.size() > n_space && tensor.shape.front() == 1) tensor.shape.erase(tensor.shape.begin());
  return tensor;
}

/// Our indices, mine for each, and the values there.
class Overlay {
 public:
  Overlay(const TensorPart& ours, const TensorPart& mine, const Placement& placement)
      : ours_(ours), mine_(mine) {
    const std::size_t rank = ours.shape.size();
    std::vector<std::int64_t> steps(rank, 1);
    for (std::size_t a = rank - 1; a-- > 0;) steps[a] = steps[a + 1] * mine.shape[a + 1];
    for (std::size_t a = 0; a < rank; ++a) {
      const std::size_t from = placement.axes[a];
      const std::int64_t n = ours.shape[a], m = mine.shape[from];
      // Around the same centre, then shifted.
      const std::int64_t start = (m - n) / 2 + placement.shift[a];
      first_.push_back(std::max<std::int64_t>(0, -start));
      last_.push_back(std::min(n, m - start));
      step_.push_back(placement.flipped[a] ? -steps[from] : steps[from]);
      origin_ += (placement.flipped[a] ? m - 1 - start : start) * steps[from];
    }
  }

  std::int64_t count() const {
    std::int64_t n = 1;
    for (std::size_t a = 0; a < first_.size(); ++a) n *= std::max<std::int64_t>(last_[a] - first_[a], 0);
    return n;
  }

  /// Calls f(index in ours, our value, my value) for all voxels, or for about `most` on a coarser lattice.
  template <class Function>
  void for_each(std::int64_t most, Function f) const {
    if (count() == 0) return;
    const std::size_t rank = first_.size();
    const double sparse = static_cast<double>(count()) / static_cast<double>(most);
    const auto stride =
        static_cast<std::int64_t>(std::max(std::pow(sparse, 1.0 / static_cast<double>(long_axes())), 1.0));
    std::vector<std::int64_t> at = first_;
    for (;;) {
      visit(at, f);
      std::size_t axis = rank;
      while (axis-- > 0 && (at[axis] += stride) >= last_[axis]) at[axis] = first_[axis];
      if (axis == static_cast<std::size_t>(-1)) return;
    }
  }

 private:
  std::int64_t long_axes() const {
    std::int64_t n = 0;
    for (std::size_t a = 0; a < first_.size(); ++a) n += last_[a] - first_[a] > 8 ? 1 : 0;
    return std::max<std::int64_t>(n, 1);
  }

  template <class Function>
  void visit(const std::vector<std::int64_t>& at, Function& f) const {
    std::int64_t here = 0, there = origin_;
    for (std::size_t a = 0; a < at.size(); ++a) {
      here = here * ours_.shape[a] + at[a];
      there += at[a] * step_[a];
    }
    f(here, ours_.values[static_cast<std::size_t>(here)], mine_.values[static_cast<std::size_t>(there)]);
  }

  const TensorPart &ours_, &mine_;
  std::vector<std::int64_t> first_, last_, step_;
  std::int64_t origin_ = 0;
};

/// Sums of least squares of ours over mine.
struct Line {
  double n = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0;

  void add(double ours, double mine) {
    ++n, x += mine, y += ours, xx += mine * mine, yy += ours * ours, xy += mine * ours;
  }
  double spread_x() const { return xx - x * x / n; }
  double spread_y() const { return yy - y * y / n; }
  double together() const { return xy - x * y / n; }
  double correlation() const {
    const double spread = spread_x() * spread_y();
    return spread > 0 ? together() / std::sqrt(spread) : 0;
  }
  double scale() const { return spread_x() > 0 ? together() / spread_x() : 1; }
  double offset() const { return (y - scale() * x) / n; }
};

double correlation_of(const TensorPart& ours, const TensorPart& mine, const Placement& placement) {
  Line line;
  Overlay(ours, mine, placement).for_each(SAMPLES, [&](std::int64_t, float a, float b) { line.add(a, b); });
  return line.n > 1 ? std::abs(line.correlation()) : -2;
}

/// Whether to believe in `one` rather than in `current`. A placement with more changes has to explain at
/// least half of what is left unexplained: where it only cuts off an odd border, it does not.
bool is_better(const Placement& one, const Placement& current) {
  const double left = 1 - one.correlation, left_now = 1 - current.correlation;
  if (one.cost() > current.cost()) return left_now > AS_GOOD && left < 0.5 * left_now;
  return left <= std::max(2 * left_now, AS_GOOD);
}

/// Every order and flip of the axes of space, the best first; orders that fit the lengths before those that
/// do not.
std::vector<Placement> orders_and_flips(const TensorPart& ours, const TensorPart& mine, std::size_t n_space) {
  const std::size_t rank = ours.shape.size(), first = rank - n_space;
  std::vector<std::size_t> axes(rank);
  std::iota(axes.begin(), axes.end(), std::size_t{0});
  std::vector<Placement> fitting, others;
  do {
    bool fits = true;
    for (std::size_t a = 0; a < rank; ++a) fits = fits && ours.shape[a] == mine.shape[axes[a]];
    for (std::size_t flips = 0; flips < std::size_t{1} << n_space; ++flips) {
      Placement placement{axes, std::vector<bool>(rank, false), std::vector<std::int64_t>(rank, 0)};
      for (std::size_t a = 0; a < n_space; ++a) placement.flipped[first + a] = (flips >> a & 1U) != 0;
      (fits ? fitting : others).push_back(std::move(placement));
    }
  } while (std::next_permutation(axes.begin() + static_cast<std::ptrdiff_t>(first), axes.end()));
  std::vector<Placement>& tried = fitting.empty() ? others : fitting;
  for (Placement& one : tried) one.correlation = correlation_of(ours, mine, one);
  std::ranges::sort(tried, {}, [](const Placement& one) { return std::pair(-one.correlation, one.cost()); });
  return tried;
}

/// The shift along the axes of space that fits best.
Placement shifted(const TensorPart& ours, const TensorPart& mine, const Placement& start,
                  std::size_t n_space) {
  const std::size_t rank = ours.shape.size(), first = rank - n_space;
  Placement best = start;
  std::vector<std::int64_t> shift(n_space, -MOST_SHIFT);
  for (;;) {
    Placement one = start;
    for (std::size_t a = 0; a < n_space; ++a) one.shift[first + a] = shift[a];
    one.correlation = correlation_of(ours, mine, one);
    if (one.correlation > best.correlation) best = one;
    std::size_t axis = n_space;
    while (axis-- > 0 && ++shift[axis] > MOST_SHIFT) shift[axis] = -MOST_SHIFT;
    if (axis == static_cast<std::size_t>(-1)) return best;
  }
}

Placement best_placement(const TensorPart& ours, const TensorPart& mine, std::size_t n_space) {
  const std::vector<Placement> tried = orders_and_flips(ours, mine, n_space);
  Placement best = *std::ranges::min_element(tried, {}, &Placement::cost);
  for (const Placement& one : tried) {
    if (is_better(one, best)) best = one;
  }
  for (std::size_t i = 0; i < std::min(KEPT, tried.size()); ++i) {
    const Placement one = shifted(ours, mine, tried[i], n_space);
    if (is_better(one, best)) best = one;
  }
  return best;
}

void check_axes(const TensorPart& ours, const TensorPart& mine, std::size_t n_space) {
  const bool has_equal_rank = ours.shape.size() == mine.shape.size() && ours.shape.size() >= n_space;
  const auto n_other = static_cast<std::ptrdiff_t>(ours.shape.size() - n_space);
  if (has_equal_rank && std::equal(ours.shape.begin(), ours.shape.begin() + n_other, mine.shape.begin()))
    return;
  throw Error(
      ExitCode::usage,
      fmt::format("ours has the axes [{}], the other tensor [{}]: items and channels have to be the same",
                  fmt::join(ours.shape, ", "), fmt::join(mine.shape, ", ")),
      "items and channels come first, as in [channels, i, j, k]");
}

void measure(TensorDifference& found, const TensorPart& ours, const TensorPart& mine) {
  const Overlay overlay(ours, mine, {found.axes, found.flipped, found.shift});
  Line line;
  overlay.for_each(overlay.count(), [&](std::int64_t, float a, float b) { line.add(a, b); });
  found.correlation = line.correlation();
  found.scale = line.scale();
  found.offset = line.offset();
  found.overlap = static_cast<double>(overlay.count()) / static_cast<double>(ours.values.size());
  double plain = 0, fitted = 0;
  overlay.for_each(overlay.count(), [&](std::int64_t, float a, float b) {
    plain = std::max(plain, std::abs(static_cast<double>(a) - b));
    fitted = std::max(fitted, std::abs(a - (found.scale * b + found.offset)));
  });
  // A line that changes next to nothing is no scaling.
  const bool needs_line = plain > COMPARE_TOLERANCE * found.our_range && fitted < 0.5 * plain;
  if (!needs_line) found.scale = 1, found.offset = 0;
  found.largest_left = needs_line ? fitted : plain;
}

}  // namespace

bool TensorDifference::is_reordered() const {
  return !std::ranges::is_sorted(axes);
}
bool TensorDifference::is_flipped() const {
  return std::ranges::find(flipped, true) != flipped.end();
}
bool TensorDifference::is_shifted() const {
  return std::ranges::any_of(shift, [](std::int64_t n) { return n != 0; });
}
bool TensorDifference::is_scaled() const {
  return scale != 1 || offset != 0;
}

TensorDifference compare_tensors(const TensorPart& our_tensor, const TensorPart& my_tensor,
                                 std::size_t n_space) {
  const TensorPart ours = squeezed(our_tensor, n_space), mine = squeezed(my_tensor, n_space);
  check_axes(ours, mine, n_space);
  TensorDifference found;
  const auto [low, high] = std::ranges::minmax(ours.values);
  found.our_range = static_cast<double>(high) - low;
  found.has_same_shape = ours.shape == mine.shape;
  const std::size_t rank = ours.shape.size();
  found.axes.resize(rank);
  std::iota(found.axes.begin(), found.axes.end(), std::size_t{0});
  found.flipped.assign(rank, false);
  found.shift.assign(rank, 0);
  if (found.has_same_shape) {
    const Overlay same(ours, mine, {found.axes, found.flipped, found.shift});
    std::int64_t worst = 0;
    same.for_each(same.count(), [&](std::int64_t at, float a, float b) {
      const double distance = std::abs(static_cast<double>(a) - b);
      if (distance > found.largest) found.largest = distance, worst = at;
    });
    found.largest_at.resize(rank);
    for (std::size_t a = rank; a-- > 0; worst /= ours.shape[a]) found.largest_at[a] = worst % ours.shape[a];
    found.largest_left = found.largest;
    if (is_equal(found)) return found;
  }
  const Placement best = best_placement(ours, mine, n_space);
  found.axes = best.axes;
  found.flipped = best.flipped;
  found.shift = best.shift;
  measure(found, ours, mine);
  return found;
}

bool is_equal(const TensorDifference& difference) {
  return difference.has_same_shape && difference.largest <= COMPARE_TOLERANCE * difference.our_range;
}

}  // namespace radbatch
