// The units that two raters have both judged: every comparison stands on these and no others.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "radbatch/report/analysis_data.hpp"

namespace radbatch {

/// Positions in AnalysisData::raters.
struct RaterPair {
  std::size_t first = 0, second = 0;
};

/// NaN where the rater has none.
double score_of(const Rater& rater, std::size_t finding, std::size_t unit);

/// Yes or no of one rater for one finding: its decision, and where one class is called per unit the call.
Answer call_of(const AnalysisData& data, const Rater& rater, std::size_t finding, std::size_t unit);

struct PairedScores {
  std::vector<std::uint32_t> unit;  ///< positions in AnalysisData
  std::vector<double> first, second;
  std::vector<bool> positive;  ///< only where truth was asked for
  std::vector<std::uint32_t> cluster;
  std::size_t n_positive = 0;
};

struct PairedCalls {
  std::vector<std::uint32_t> unit;
  std::vector<bool> first, second;
  std::vector<bool> positive;
  std::vector<std::uint32_t> cluster;
  std::size_t n_positive = 0;
};

/// Test units with a score of both; with `with_truth` those whose truth is known.
PairedScores paired_scores(const AnalysisData& data, RaterPair pair, std::size_t finding, bool with_truth);
PairedCalls paired_calls(const AnalysisData& data, RaterPair pair, std::size_t finding, bool with_truth);

/// "a - b": the model of a comparison's rows in metrics.csv.
std::string name_of(const AnalysisData& data, RaterPair pair);

}  // namespace radbatch
