#include "radbatch/stats/auroc.hpp"

#include <algorithm>
#include <boost/math/tools/roots.hpp>
#include <cmath>
#include <limits>

namespace radbatch {
namespace {

/// Why there is no area; empty when there is one.
std::string why_no_value(std::size_t n_positive, std::size_t n_negative) {
  if (n_positive + n_negative == 0) return "there are no labelled cases";
  if (n_positive == 0) return "no case has the finding";
  return n_negative == 0 ? "every case has the finding" : "";
}

/// A group of equal scores and what is ranked above it.
struct Group {
  std::size_t first = 0, end = 0;
  std::size_t positives = 0, negatives = 0;
  std::size_t positives_above = 0, negatives_above = 0;
};

template <typename Visit>
void for_each_group(const RankedScores& ranked, const Visit& visit) {
  Group group;
  for (const std::uint32_t end : ranked.group_end) {
    group.end = end;
    group.positives = 0;
    for (std::size_t i = group.first; i < end; ++i) group.positives += ranked.positive[i];
    group.negatives = end - group.first - group.positives;
    visit(group);
    group.positives_above += group.positives;
    group.negatives_above += group.negatives;
    group.first = end;
  }
}

/// DeLong's structural components of a group: the share of the other class that its positive units, and its
/// negative units, are ranked rightly against.
struct Placement {
  double of_positives, of_negatives;
};

Placement placement_of(const Group& group, double n_positive, double n_negative) {
  const auto half = [](std::size_t ties) { return 0.5 * static_cast<double>(ties); };
  const double above = static_cast<double>(group.negatives_above) + half(group.negatives);
  return {1 - above / n_negative,
          (static_cast<double>(group.positives_above) + half(group.positives)) / n_positive};
}

/// Counted in halves, so exact.
double area_of(const RankedScores& ranked) {
  std::uint64_t half_wins = 0;
  for_each_group(ranked, [&](const Group& group) {
    half_wins += group.negatives * (2 * group.positives_above + group.positives);
  });
  return 0.5 * static_cast<double>(half_wins) / static_cast<double>(ranked.n_positive) /
         static_cast<double>(ranked.n_negative());
}

/// Variance of the area when all units are independent.
double delong_variance(const RankedScores& ranked, double area) {
  const double m = static_cast<double>(ranked.n_positive);
  const double n = static_cast<double>(ranked.n_negative());
  double of_positives = 0, of_negatives = 0;
  for_each_group(ranked, [&](const Group& group) {
    const Placement placed = placement_of(group, m, n);
    of_positives +=
        static_cast<double>(group.positives) * (placed.of_positives - area) * (placed.of_positives - area);
    of_negatives +=
        static_cast<double>(group.negatives) * (placed.of_negatives - area) * (placed.of_negatives - area);
  });
  return of_positives / (m - 1) / m + of_negatives / (n - 1) / n;
}

/// Which clusters there are, and which have units of a class.
struct Clusters {
  std::size_t all = 0, with_positive = 0, with_negative = 0;
};

Clusters count_clusters(const RankedScores& ranked, std::span<const std::uint32_t> cluster,
                        std::size_t n_clusters) {
  std::vector<std::uint8_t> classes(n_clusters, 0);
  for (std::size_t i = 0; i < ranked.size(); ++i)
    classes[cluster[ranked.unit[i]]] |= ranked.positive[i] != 0 ? 1U : 2U;
  Clusters count;
  for (const std::uint8_t seen : classes) {
    count.all += seen != 0 ? 1U : 0U;
    count.with_positive += seen & 1U;
    count.with_negative += seen >> 1U;
  }
  return count;
}

/// Per cluster, the sums of its units' components less the area.
struct ClusterSums {
  std::vector<double> positive, negative;
};

ClusterSums cluster_sums(const RankedScores& ranked, double area, std::span<const std::uint32_t> cluster,
                         std::size_t n_clusters) {
  const double m = static_cast<double>(ranked.n_positive);
  const double n = static_cast<double>(ranked.n_negative());
  ClusterSums sums{std::vector<double>(n_clusters), std::vector<double>(n_clusters)};
  for_each_group(ranked, [&](const Group& group) {
    const Placement placed = placement_of(group, m, n);
    for (std::size_t i = group.first; i < group.end; ++i) {
      const std::uint32_t of = cluster[ranked.unit[i]];
      if (ranked.positive[i] != 0) {
        sums.positive[of] += placed.of_positives - area;
      } else {
        sums.negative[of] += placed.of_negatives - area;
      }
    }
  });
  return sums;
}

double products(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

/// Obuchowski 1997, equations 5 to 8, for two areas.
double clustered_covariance(const ClusterSums& a, const ClusterSums& b, const Clusters& clusters, double m,
                            double n) {
  const auto correction = [](std::size_t count) {
    return static_cast<double>(count) / static_cast<double>(count - 1);
  };
  return correction(clusters.with_positive) * products(a.positive, b.positive) / (m * m) +
         correction(clusters.with_negative) * products(a.negative, b.negative) / (n * n) +
         correction(clusters.all) * (products(a.positive, b.negative) + products(a.negative, b.positive)) /
             (m * n);
}

Interval logit_interval(double value, double standard_error, double level, const char* method) {
  const double center = std::log(value / (1 - value));
  const double half = normal_quantile(level) * standard_error / (value * (1 - value));
  auto expit = [](double x) { return 1 / (1 + std::exp(-x)); };
  return {expit(center - half), expit(center + half), level, method};
}

Auroc area_without_interval(const RankedScores& ranked) {
  Auroc result;
  result.n_positive = ranked.n_positive;
  result.n_negative = ranked.n_negative();
  result.why_not = why_no_value(result.n_positive, result.n_negative);
  if (result.why_not.empty()) result.value = area_of(ranked);
  return result;
}

/// `n_positive` and `n_negative` are numbers of independent things: units, or clusters.
void add_interval(Auroc& result, double variance, double level, bool is_clustered, std::size_t n_positive,
                  std::size_t n_negative) {
  const char* method = is_clustered ? "Obuchowski, clustered by patient, logit scale" : "DeLong, logit scale";
  // Rounding leaves a variance of about 1e-33 where all components are equal.
  result.standard_error = std::sqrt(std::max(0.0, variance));
  const bool has_few = std::min(n_positive, n_negative) < FEWEST_FOR_DELONG;
  if (has_few || *result.value <= 0 || *result.value >= 1 || *result.standard_error < 1e-12) {
    result.interval = newcombe_auroc_interval(*result.value, n_positive, n_negative, level);
    if (is_clustered) result.interval->method += ", numbers of patients";
  } else {
    result.interval = logit_interval(*result.value, *result.standard_error, level, method);
  }
}

}  // namespace

Auroc auroc(const RankedScores& ranked, double level) {
  Auroc result = area_without_interval(ranked);
  if (!result.value) return result;
  if (result.n_positive < 2 || result.n_negative < 2) {
    result.why_not = "one case of a class gives no variance";
    return result;
  }
  add_interval(result, delong_variance(ranked, *result.value), level, false, result.n_positive,
               result.n_negative);
  return result;
}

Auroc auroc(std::span<const double> scores, const std::vector<bool>& positive, double level) {
  return auroc(rank_scores(scores, positive), level);
}

Auroc clustered_auroc(const RankedScores& ranked, std::span<const std::uint32_t> cluster,
                      std::size_t n_clusters, double level) {
  Auroc result = area_without_interval(ranked);
  if (!result.value) return result;
  const Clusters clusters = count_clusters(ranked, cluster, n_clusters);
  if (clusters.with_positive < 2 || clusters.with_negative < 2) {
    result.why_not = "all cases of a class are of one patient, which gives no variance";
    return result;
  }
  const ClusterSums sums = cluster_sums(ranked, *result.value, cluster, n_clusters);
  const double variance = clustered_covariance(sums, sums, clusters, static_cast<double>(result.n_positive),
                                               static_cast<double>(result.n_negative));
  add_interval(result, variance, level, true, clusters.with_positive, clusters.with_negative);
  return result;
}

Interval newcombe_auroc_interval(double value, std::size_t n_positive, std::size_t n_negative, double level) {
  const double m = static_cast<double>(n_positive), n = static_cast<double>(n_negative);
  const double others = 0.5 * (m + n) - 1;
  const double z = normal_quantile(level);
  const auto standard_error = [&](double area) {
    const double spread = 1 + others * (1 - area) / (2 - area) + others * area / (1 + area);
    return std::sqrt(std::max(0.0, area * (1 - area) * spread / (m * n)));
  };
  // At 0 and 1 the variance is zero: the bound on that side is the estimate, and the search for the other one
  // begins beside it.
  constexpr double beside = 1e-12;
  const auto root = [&](double low, double high, double sign) {
    const auto apart = [&](double area) { return sign * (value - area) - z * standard_error(area); };
    std::uintmax_t steps = 200;
    const auto bounds = boost::math::tools::toms748_solve(
        apart, low, high, boost::math::tools::eps_tolerance<double>(50), steps);
    return 0.5 * (bounds.first + bounds.second);
  };
  const double low = value <= beside ? 0 : root(1e-300, std::min(value, 1 - beside), 1);
  const double high = value >= 1 - beside ? 1 : root(std::max(value, beside), 1, -1);
  return {low, high, level, "Newcombe method 5"};
}

PairedAuroc paired_auroc(std::span<const std::vector<double>> scores, const std::vector<bool>& positive,
                         std::span<const std::uint32_t> cluster) {
  PairedAuroc result;
  result.n_positive = static_cast<std::size_t>(std::ranges::count(positive, true));
  result.n_negative = positive.size() - result.n_positive;
  result.why_not = why_no_value(result.n_positive, result.n_negative);
  if (!result.why_not.empty() || scores.empty()) return result;
  std::vector<std::uint32_t> own(cluster.empty() ? positive.size() : 0);
  for (std::size_t i = 0; i < own.size(); ++i) own[i] = static_cast<std::uint32_t>(i);
  const std::span<const std::uint32_t> of = cluster.empty() ? own : cluster;
  const std::size_t n_clusters = std::ranges::max(of) + std::size_t{1};
  std::vector<ClusterSums> sums;
  Clusters clusters;
  for (const std::vector<double>& one : scores) {
    const RankedScores ranked = rank_scores(one, positive);
    result.values.push_back(area_of(ranked));
    sums.push_back(cluster_sums(ranked, result.values.back(), of, n_clusters));
    clusters = count_clusters(ranked, of, n_clusters);
  }
  if (clusters.with_positive < 2 || clusters.with_negative < 2) {
    result.why_not = cluster.empty() ? "one case of a class gives no variance"
                                     : "all cases of a class are of one patient, which gives no variance";
    return result;
  }
  const double m = static_cast<double>(result.n_positive), n = static_cast<double>(result.n_negative);
  result.covariance.assign(scores.size(), std::vector<double>(scores.size()));
  for (std::size_t a = 0; a < scores.size(); ++a)
    for (std::size_t b = 0; b < scores.size(); ++b)
      result.covariance[a][b] = clustered_covariance(sums[a], sums[b], clusters, m, n);
  return result;
}

std::vector<RocPoint> roc_curve(const RankedScores& ranked) {
  if (ranked.n_positive == 0 || ranked.n_negative() == 0) return {};
  std::vector<CalledCounts> corners{{std::numeric_limits<double>::infinity(), 0, 0}};
  auto straight = [](const CalledCounts& a, const CalledCounts& b, const CalledCounts& c) {
    return (b.true_positive - a.true_positive) * (c.false_positive - b.false_positive) ==
           (c.true_positive - b.true_positive) * (b.false_positive - a.false_positive);
  };
  for (const CalledCounts& next : called_counts(ranked)) {
    const std::size_t size = corners.size();
    if (size >= 2 && straight(corners[size - 2], corners[size - 1], next)) corners.pop_back();
    corners.push_back(next);
  }
  std::vector<RocPoint> points;
  points.reserve(corners.size());
  for (const CalledCounts& corner : corners) {
    points.push_back({corner.threshold,
                      static_cast<double>(corner.false_positive) / static_cast<double>(ranked.n_negative()),
                      static_cast<double>(corner.true_positive) / static_cast<double>(ranked.n_positive)});
  }
  return points;
}

std::vector<RocPoint> roc_curve(std::span<const double> scores, const std::vector<bool>& positive) {
  return roc_curve(rank_scores(scores, positive));
}

}  // namespace radbatch
