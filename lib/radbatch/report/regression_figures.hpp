// The two pictures of a regression: predicted over true, and their difference over their mean.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "radbatch/report/level_numbers.hpp"
#include "radbatch/report/part.hpp"

namespace radbatch {

struct RegressionPoints {
  std::span<const double> truth, predicted;
  std::size_t most_points = 0;  ///< of more, every n-th is drawn

  std::size_t step() const {
    return most_points == 0 ? truth.size() + 1 : (truth.size() + most_points - 1) / most_points;
  }
};

struct FigureName {
  std::string id;
  std::string title;
};

/// Scatter plot with the line of identity, and Bland and Altman's plot with bias and limits from `measures`.
/// None without points.
std::vector<Figure> regression_figures(const PartContext& context, const FigureName& name,
                                       const RegressionPoints& points, const std::vector<Measure>& measures);

/// [[true, predicted], ...] as drawn.
Json drawn_points(const RegressionPoints& points);

}  // namespace radbatch
