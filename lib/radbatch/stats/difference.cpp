#include "radbatch/stats/difference.hpp"

#include <algorithm>
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <numeric>
#include <utility>

#include "radbatch/stats/student_difference.hpp"

namespace radbatch {
namespace {

double chi_squared_p(double value) {
  return boost::math::cdf(boost::math::complement(boost::math::chi_squared(1), value));
}

/// Newcombe's phi: the correlation of two ratings, corrected for continuity where it is positive.
double corrected_phi(const PairedCounts& counts) {
  const double a = static_cast<double>(counts.both);
  const double b = static_cast<double>(counts.only_first);
  const double c = static_cast<double>(counts.only_second);
  const double d = static_cast<double>(counts.neither);
  const double margins = (a + b) * (c + d) * (a + c) * (b + d);
  if (margins == 0) return 0;
  const double cross = a * d - b * c;
  const double half = static_cast<double>(counts.total()) / 2;
  const double corrected = cross > half ? cross - half : std::min(cross, 0.0);
  return corrected / std::sqrt(margins);
}

/// Wilson limits of two shares, squared and added.
Interval square_and_add(const Proportion& first, const Proportion& second, double phi, double level,
                        const std::string& method) {
  const double difference = *first.value - *second.value;
  auto reach = [phi](double x, double y) {
    return std::sqrt(std::max(0.0, x * x - 2 * phi * x * y + y * y));
  };
  const double down = reach(*first.value - first.interval->low, second.interval->high - *second.value);
  const double up = reach(first.interval->high - *first.value, *second.value - second.interval->low);
  return {std::max(-1.0, difference - down), std::min(1.0, difference + up), level, method};
}

/// Sum of the values of each cluster that has any.
std::vector<double> sums_by_cluster(std::span<const double> values, std::span<const std::uint32_t> cluster) {
  std::vector<std::pair<std::uint32_t, double>> pairs;
  pairs.reserve(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) pairs.emplace_back(cluster[i], values[i]);
  std::ranges::stable_sort(pairs, {}, &std::pair<std::uint32_t, double>::first);
  std::vector<double> sums;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (i == 0 || pairs[i].first != pairs[i - 1].first) sums.push_back(0);
    sums.back() += pairs[i].second;
  }
  return sums;
}

double sum_of_squares(const std::vector<double>& sums) {
  return std::inner_product(sums.begin(), sums.end(), sums.begin(), 0.0);
}

constexpr const char* CLUSTERED = "t, clustered by patient";

}  // namespace

Difference normal_difference(double value, double standard_error, double level, const std::string& method,
                             const std::string& when_zero) {
  Difference result;
  result.estimate.value = value;
  if (!(standard_error > 0)) {
    result.estimate.why_not = when_zero;
    return result;
  }
  result.standard_error = standard_error;
  const double half = normal_quantile(level) * standard_error;
  result.estimate.interval = Interval{value - half, value + half, level, method};
  result.p =
      2 * boost::math::cdf(boost::math::complement(boost::math::normal(), std::abs(value) / standard_error));
  return result;
}

Difference paired_shares(const PairedCounts& counts, double level) {
  Difference result;
  const std::size_t n = counts.total();
  result.estimate.n = n;
  if (n == 0) {
    result.estimate.why_not = "no unit was rated by both";
    return result;
  }
  const Proportion first = proportion(counts.both + counts.only_first, n, level);
  const Proportion second = proportion(counts.both + counts.only_second, n, level);
  result.estimate.value = (static_cast<double>(counts.only_first) - static_cast<double>(counts.only_second)) /
                          static_cast<double>(n);
  result.estimate.interval =
      square_and_add(first, second, corrected_phi(counts), level, "Newcombe, paired (method 10)");
  const McnemarTest test = mcnemar(counts.only_first, counts.only_second);
  const bool is_small = counts.discordant() < FEWEST_FOR_CHI_SQUARE;
  result.p = is_small ? test.mid_p : *test.asymptotic_p;
  result.test = is_small ? "McNemar, exact mid-p" : "McNemar, chi-squared";
  return result;
}

Difference independent_shares(const TwoGroups& groups, double level) {
  Difference result;
  result.estimate.n = groups.first_n + groups.second_n;
  if (groups.first_n == 0 || groups.second_n == 0) {
    result.estimate.why_not = "one of the two groups is empty";
    return result;
  }
  const Proportion first = proportion(groups.first_yes, groups.first_n, level);
  const Proportion second = proportion(groups.second_yes, groups.second_n, level);
  result.estimate.value = *first.value - *second.value;
  result.estimate.interval = square_and_add(first, second, 0, level, "Newcombe, independent (method 10)");
  const ShareTest test = test_shares(groups);
  result.p = test.p;
  result.test = test.test;
  return result;
}

Difference clustered_mean(std::span<const double> values, std::span<const std::uint32_t> cluster,
                          double level) {
  Difference result;
  result.estimate.n = values.size();
  if (values.empty()) {
    result.estimate.why_not = "no unit was rated by both";
    return result;
  }
  const double n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  std::vector<double> deviations(values.begin(), values.end());
  for (double& value : deviations) value -= mean;
  const auto sums = sums_by_cluster(deviations, cluster);
  if (sums.size() < 2) {
    result.estimate.value = mean;
    result.estimate.why_not = values.size() == 1 ? "there is one unit" : "all units are of one patient";
    return result;
  }
  const double k = static_cast<double>(sums.size());
  const double error = std::sqrt(k / (k - 1) * sum_of_squares(sums)) / n;
  const bool alone = sums.size() == values.size();
  result = student_difference(mean, error, k - 1, level, alone ? "Student's t" : CLUSTERED, "nothing varies");
  result.estimate.n = values.size();
  result.test = alone ? "Student's t" : "t, clustered by patient";
  return result;
}

Difference clustered_paired(std::span<const double> values, std::span<const std::uint32_t> cluster,
                            double level) {
  Difference result = clustered_mean(values, cluster, level);
  const auto sums = sums_by_cluster(values, cluster);
  if (sums.size() < 2) return result;
  const double total = std::accumulate(values.begin(), values.end(), 0.0);
  const double squares = sum_of_squares(sums);
  if (squares == 0) {
    result.p.reset();
    result.estimate.why_not = "the two do not differ in any patient";
    return result;
  }
  const double k = static_cast<double>(sums.size());
  result.p = chi_squared_p((k - 1) / k * total * total / squares);
  result.test = "Obuchowski 1998, clustered";
  return result;
}

Difference clustered_groups(std::span<const double> values, const std::vector<bool>& in_first,
                            std::span<const std::uint32_t> cluster, double level) {
  Difference result;
  result.estimate.n = values.size();
  double sum[2] = {0, 0};
  double count[2] = {0, 0};
  for (std::size_t i = 0; i < values.size(); ++i) {
    sum[in_first[i] ? 0 : 1] += values[i];
    ++count[in_first[i] ? 0 : 1];
  }
  if (count[0] == 0 || count[1] == 0) {
    result.estimate.why_not = "one of the two groups is empty";
    return result;
  }
  std::vector<double> contributions(values.begin(), values.end());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t group = in_first[i] ? 0 : 1;
    contributions[i] = (group == 0 ? 1 : -1) * (values[i] - sum[group] / count[group]) / count[group];
  }
  const auto sums = sums_by_cluster(contributions, cluster);
  const double k = static_cast<double>(sums.size());
  const double variance = sums.size() < 2 ? 0 : k / (k - 1) * sum_of_squares(sums);
  result =
      student_difference(sum[0] / count[0] - sum[1] / count[1], std::sqrt(variance), k - 1, level, CLUSTERED,
                         sums.size() < 2 ? "all units are of one patient" : "neither group varies");
  result.estimate.n = values.size();
  result.test = "t, clustered by patient";
  return result;
}

}  // namespace radbatch
