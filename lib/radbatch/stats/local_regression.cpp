#include "radbatch/stats/local_regression.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace radbatch {
namespace {

struct Points {
  std::span<const double> x, y, weights;

  double weight(std::size_t i) const { return weights.empty() ? 1 : weights[i]; }
};

/// Indices [first, last) around the place, and the distance of the farthest.
struct Neighbourhood {
  std::size_t first, last;
  double radius;
};

Neighbourhood neighbours(const Points& points, double place, double wanted) {
  const auto middle = static_cast<std::size_t>(std::ranges::lower_bound(points.x, place) - points.x.begin());
  Neighbourhood result{middle, middle, 0};
  double found = 0;
  while (found < wanted && (result.first > 0 || result.last < points.x.size())) {
    const double below =
        result.first > 0 ? place - points.x[result.first - 1] : std::numeric_limits<double>::infinity();
    const double above = result.last < points.x.size() ? points.x[result.last] - place
                                                       : std::numeric_limits<double>::infinity();
    const std::size_t next = below <= above ? --result.first : result.last++;
    found += points.weight(next);
    if (points.weight(next) > 0) result.radius = std::min(below, above);
  }
  // Points as far as the farthest belong to it too, so that the order of equal ones does not matter.
  while (result.first > 0 && place - points.x[result.first - 1] <= result.radius) --result.first;
  while (result.last < points.x.size() && points.x[result.last] - place <= result.radius) ++result.last;
  return result;
}

/// Sums of w u^k (k = 0..4) and w u^k y (k = 0..2) with u = (x - place) / radius.
struct Moments {
  std::array<double, 5> powers{};
  std::array<double, 3> products{};
};

Moments moments(const Points& points, const Neighbourhood& near, double place) {
  Moments sums;
  for (std::size_t i = near.first; i < near.last; ++i) {
    const double u = near.radius > 0 ? (points.x[i] - place) / near.radius : 0;
    const double distance = std::abs(u);
    if (distance > 0.999) continue;
    const double cube = 1 - distance * distance * distance;
    const double weight = points.weight(i) * (distance <= 0.001 ? 1 : cube * cube * cube);
    double power = weight;
    for (std::size_t k = 0; k < 5; ++k) {
      sums.powers[k] += power;
      if (k < 3) sums.products[k] += power * points.y[i];
      power *= u;
    }
  }
  return sums;
}

/// The constant of the least-squares polynomial, its value at u = 0; NaN when the points do not determine it.
/// The matrix is that of a Gram matrix over [-1, 1]: elimination without pivots is stable for it.
double constant_term(const Moments& sums, int degree) {
  const auto n = static_cast<std::size_t>(degree) + 1;
  std::array<std::array<double, 4>, 3> rows{};
  for (std::size_t r = 0; r < n; ++r) {
    // The unknown that is wanted comes last, so that no back substitution is needed.
    for (std::size_t c = 0; c < n; ++c) rows[r][c] = sums.powers[(n - 1 - r) + (n - 1 - c)];
    rows[r][n] = sums.products[n - 1 - r];
  }
  for (std::size_t k = 0; k < n; ++k) {
    const double scale = sums.powers[2 * (n - 1 - k)];
    if (!(rows[k][k] > 1e-9 * scale)) return std::numeric_limits<double>::quiet_NaN();
    for (std::size_t r = k + 1; r < n; ++r) {
      const double factor = rows[r][k] / rows[k][k];
      for (std::size_t c = k; c <= n; ++c) rows[r][c] -= factor * rows[k][c];
    }
  }
  return rows[n - 1][n] / rows[n - 1][n - 1];
}

double value_at(const Points& points, double place, double wanted, int degree) {
  const Neighbourhood near = neighbours(points, place, wanted);
  const Moments sums = moments(points, near, place);
  for (int d = near.radius > 0 ? degree : 0; d >= 0; --d) {
    const double value = constant_term(sums, d);
    if (!std::isnan(value)) return value;
  }
  // All that is near lies at the edge of the bandwidth: two points at equal distance.
  double weight = 0, sum = 0;
  for (std::size_t i = near.first; i < near.last; ++i) {
    weight += points.weight(i);
    sum += points.weight(i) * points.y[i];
  }
  return sum / weight;
}

}  // namespace

std::vector<double> loess(std::span<const double> x, std::span<const double> y,
                          std::span<const double> weights, std::span<const double> at,
                          const LoessOptions& options) {
  const Points points{x, y, weights};
  double total = 0;
  for (std::size_t i = 0; i < x.size(); ++i) total += points.weight(i);
  std::vector<double> values(at.size(), std::numeric_limits<double>::quiet_NaN());
  if (total <= 0) return values;
  const double wanted = std::max(1.0, std::floor(options.span * total + 1e-10));
  for (std::size_t i = 0; i < at.size(); ++i) values[i] = value_at(points, at[i], wanted, options.degree);
  return values;
}

}  // namespace radbatch
