#include "radbatch/stats/rank_correlation.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

namespace radbatch {
namespace {

std::vector<std::uint32_t> ascending(std::span<const double> values) {
  std::vector<std::uint32_t> order(values.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::sort(order, [&](std::uint32_t a, std::uint32_t b) { return values[a] < values[b]; });
  return order;
}

/// Equal values share the mean of the ranks that they take up; a unit of weight w takes up w ranks.
std::vector<double> mid_ranks(std::span<const double> values, const std::vector<std::uint32_t>& order,
                              std::span<const double> weights) {
  std::vector<double> ranks(values.size());
  double before = 0;
  for (std::size_t i = 0; i < order.size();) {
    std::size_t end = i;
    double width = 0;
    for (; end < order.size() && values[order[end]] == values[order[i]]; ++end)
      width += weights.empty() ? 1 : weights[order[end]];
    for (; i < end; ++i) ranks[order[i]] = before + (width + 1) / 2;
    before += width;
  }
  return ranks;
}

std::optional<double> weighted_pearson(const std::vector<double>& x, const std::vector<double>& y,
                                       std::span<const double> weights) {
  double n = 0, mean_x = 0, mean_y = 0;
  auto weight = [&](std::size_t i) { return weights.empty() ? 1.0 : weights[i]; };
  for (std::size_t i = 0; i < x.size(); ++i) {
    n += weight(i);
    mean_x += weight(i) * x[i];
    mean_y += weight(i) * y[i];
  }
  if (n <= 0) return std::nullopt;
  mean_x /= n;
  mean_y /= n;
  double xx = 0, yy = 0, xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xx += weight(i) * (x[i] - mean_x) * (x[i] - mean_x);
    yy += weight(i) * (y[i] - mean_y) * (y[i] - mean_y);
    xy += weight(i) * (x[i] - mean_x) * (y[i] - mean_y);
  }
  if (xx <= 0 || yy <= 0) return std::nullopt;
  return std::clamp(xy / std::sqrt(xx * yy), -1.0, 1.0);
}

/// Pairs within stretches of equal entries of a sorted order.
template <typename Same>
double tied_pairs(std::size_t n, Same same) {
  double pairs = 0;
  for (std::size_t i = 0; i < n;) {
    std::size_t end = i + 1;
    while (end < n && same(i, end)) ++end;
    const double length = static_cast<double>(end - i);
    pairs += length * (length - 1) / 2;
    i = end;
  }
  return pairs;
}

/// Sorts and counts the exchanges that a bubble sort would need: the discordant pairs.
double count_exchanges(std::vector<double>& values, std::vector<double>& scratch, std::size_t begin,
                       std::size_t end) {
  if (end - begin < 2) return 0;
  const std::size_t middle = begin + (end - begin) / 2;
  double n = count_exchanges(values, scratch, begin, middle) + count_exchanges(values, scratch, middle, end);
  std::size_t left = begin, right = middle;
  for (std::size_t at = begin; at < end; ++at) {
    const bool is_left = right == end || (left < middle && values[left] <= values[right]);
    if (!is_left) n += static_cast<double>(middle - left);
    scratch[at] = values[is_left ? left++ : right++];
  }
  std::copy(scratch.begin() + static_cast<std::ptrdiff_t>(begin),
            scratch.begin() + static_cast<std::ptrdiff_t>(end),
            values.begin() + static_cast<std::ptrdiff_t>(begin));
  return n;
}

std::optional<Interval> on_z_scale(double r, double variance, double level, const std::string& method) {
  if (!(std::abs(r) < 1)) return std::nullopt;
  const double reach = normal_quantile(level) * std::sqrt(variance), middle = std::atanh(r);
  return Interval{std::tanh(middle - reach), std::tanh(middle + reach), level, method};
}

}  // namespace

Spearman::Spearman(std::span<const double> x, std::span<const double> y)
    : x_(x.begin(), x.end()), y_(y.begin(), y.end()), order_x_(ascending(x)), order_y_(ascending(y)) {}

std::optional<double> Spearman::correlation(std::span<const double> weights) const {
  return weighted_pearson(mid_ranks(x_, order_x_, weights), mid_ranks(y_, order_y_, weights), weights);
}

std::optional<double> kendall_tau_b(std::span<const double> x, std::span<const double> y) {
  const std::size_t n = x.size();
  std::vector<std::uint32_t> order(n);
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::sort(
      order, [&](std::uint32_t a, std::uint32_t b) { return x[a] != x[b] ? x[a] < x[b] : y[a] < y[b]; });
  const double ties_x =
      tied_pairs(n, [&](std::size_t a, std::size_t b) { return x[order[a]] == x[order[b]]; });
  const double ties_both = tied_pairs(n, [&](std::size_t a, std::size_t b) {
    return x[order[a]] == x[order[b]] && y[order[a]] == y[order[b]];
  });
  std::vector<double> by_x(n), scratch(n);
  for (std::size_t i = 0; i < n; ++i) by_x[i] = y[order[i]];
  const double discordant = count_exchanges(by_x, scratch, 0, n);
  const double ties_y = tied_pairs(n, [&](std::size_t a, std::size_t b) { return by_x[a] == by_x[b]; });
  const double all = n < 2 ? 0 : static_cast<double>(n) * static_cast<double>(n - 1) / 2;
  if (all - ties_x <= 0 || all - ties_y <= 0) return std::nullopt;
  const double concordant_less_discordant = all - ties_x - ties_y + ties_both - 2 * discordant;
  return std::clamp(concordant_less_discordant / (std::sqrt(all - ties_x) * std::sqrt(all - ties_y)), -1.0,
                    1.0);
}

std::optional<double> kendall_tau_b(std::span<const double> counts, std::size_t n_columns) {
  const std::size_t n_rows = n_columns == 0 ? 0 : counts.size() / n_columns;
  std::vector<double> rows(n_rows), columns(n_columns), above(n_columns);
  double concordant = 0, discordant = 0, total = 0;
  for (std::size_t x = 0; x < n_rows; ++x) {
    double left = 0, right = std::accumulate(above.begin(), above.end(), 0.0);
    for (std::size_t y = 0; y < n_columns; ++y) {
      const double n = counts[x * n_columns + y];
      right -= above[y];
      concordant += n * left;
      discordant += n * right;
      left += above[y];
      rows[x] += n;
      columns[y] += n;
      total += n;
    }
    for (std::size_t y = 0; y < n_columns; ++y) above[y] += counts[x * n_columns + y];
  }
  auto untied = [total](const std::vector<double>& margin) {
    double pairs = total * total;
    for (const double n : margin) pairs -= n * n;
    return pairs / 2;
  };
  const double of_rows = untied(rows), of_columns = untied(columns), least = 1e-12 * total * total;
  if (of_rows <= least || of_columns <= least) return std::nullopt;
  return (concordant - discordant) / std::sqrt(of_rows * of_columns);
}

std::optional<Interval> pearson_interval(double r, std::size_t n, double level) {
  if (n < 4) return std::nullopt;
  return on_z_scale(r, 1 / static_cast<double>(n - 3), level, "Fisher z");
}

std::optional<Interval> spearman_interval(double rho, std::size_t n, double level) {
  if (n < 4) return std::nullopt;
  return on_z_scale(rho, (1 + rho * rho / 2) / static_cast<double>(n - 3), level, "Bonett and Wright");
}

std::optional<Interval> kendall_interval(double tau, std::size_t n, double level) {
  if (n < 5) return std::nullopt;
  return on_z_scale(tau, 0.437 / static_cast<double>(n - 4), level, "Bonett and Wright");
}

}  // namespace radbatch
