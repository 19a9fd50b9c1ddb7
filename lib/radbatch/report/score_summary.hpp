// How the scores of each finding are spread.
#pragma once

#include <optional>
#include <vector>

#include "radbatch/report/analysis_data.hpp"
#include "radbatch/report/charts.hpp"
#include "radbatch/report/run_data.hpp"

namespace radbatch {

struct ScoreSummary {
  std::size_t finding = 0;
  std::size_t n = 0;
  std::optional<double> minimum, median, maximum;
  Histogram up;                   ///< all cases, or the test units with the finding
  std::optional<Histogram> down;  ///< with labels: those without it
};

/// One per finding. With 0/1 labels the histograms hold the labelled test units, without them all cases.
std::vector<ScoreSummary> summarize_scores(const RunData& run, const AnalysisData& data);

}  // namespace radbatch
