// Observed against predicted, above the histogram of the scores: a curve is worth as much as there are cases
// below it (Van Calster et al., J Clin Epidemiol 74 (2016) 167-176).
#pragma once

#include <optional>
#include <string>

#include "radbatch/report/charts.hpp"
#include "radbatch/report/line_chart.hpp"

namespace radbatch {

/// The scores of the cases with the finding (up) and without it (down), over the range of the curve's x axis.
/// Each has a scale of its own; the label says how many the fullest bin has.
struct ScoreHistogram {
  Histogram up;
  std::optional<Histogram> down;
  std::string up_name = "with";  ///< plain text, stands in the strip with the number of cases
  std::string down_name = "without";
};

/// `curves.x.title` stands below the histogram.
std::string reliability_chart(const LineChart& curves, const ScoreHistogram& scores);

}  // namespace radbatch
