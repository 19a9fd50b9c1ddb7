// How the scores of each finding are spread; shared by the page and report.json.
#pragma once

#include <optional>
#include <vector>

#include "radbatch/report/charts.hpp"
#include "radbatch/report/evaluation.hpp"
#include "radbatch/report/run_data.hpp"

namespace radbatch {

struct ScoreSummary {
  std::size_t finding = 0;
  std::size_t n = 0;
  std::optional<double> minimum, median, maximum;
  Histogram up;                   ///< all cases, or those with the finding
  std::optional<Histogram> down;  ///< with labels: those without it
};

/// One per finding. With labels, only labelled cases are in the histograms.
std::vector<ScoreSummary> summarize_scores(const RunData& run, const std::optional<Evaluation>& evaluation);

}  // namespace radbatch
