// A calibration curve without bins, and how far it lies from the diagonal.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "radbatch/stats/local_regression.hpp"

namespace radbatch {

enum class CurveKind { loess, isotonic };

std::string_view name(CurveKind kind);  ///< "LOESS", "isotonic"

struct SmoothOptions {
  CurveKind kind = CurveKind::loess;
  LoessOptions loess = {};
};

/// Scores, ascending and distinct, with how many units have them and how many of these have the finding.
struct ScorePoints {
  std::vector<double> score, n, n_positive;
};

ScorePoints score_points(std::span<const double> scores, const std::vector<bool>& positive);

/// Frequency of the finding as a smooth function of the score: LOESS (Austin and Steyerberg, Stat Med 33
/// (2014) 517-535), held within [0, 1], or isotonic regression (Dimitriadis, Gneiting and Jordan, PNAS 118
/// (2021) e2016191118). At the places, which ascend; NaN when no point has a unit.
/// LOESS of more than 6,000 different scores sees them in 4,000 groups, each at its mean.
std::vector<double> calibration_curve(const ScorePoints& points, std::span<const double> places,
                                      const SmoothOptions& options);

/// `n` places from the lowest to the highest score, half of them spread evenly, half at the scores'
/// quantiles; ascending and distinct, so there may be fewer.
std::vector<double> curve_places(const ScorePoints& points, std::size_t n);

/// Mean, median and 90th percentile over the units of |score - smoothed frequency at that score| (Austin and
/// Steyerberg, Stat Med 38 (2019) 4051-4065; percentiles as R's quantile type 7).
struct IntegratedErrors {
  double ici = 0, e50 = 0, e90 = 0;
};

/// From a curve that is known at `places`, linear between them.
IntegratedErrors integrated_errors(const ScorePoints& points, std::span<const double> places,
                                   std::span<const double> curve);
/// From the curve at every score; with more than 1,000 different ones from 400 places.
IntegratedErrors integrated_errors(const ScorePoints& points, const SmoothOptions& options);

}  // namespace radbatch
