// The scores month by month.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "radbatch/report/part.hpp"
#include "radbatch/report/study_date.hpp"

namespace radbatch {

/// Steps with fewer cases are not shown: a month of one patient would be that patient's date.
inline constexpr std::size_t FEWEST_PER_STEP = 5;
/// More steps than this are made coarser.
inline constexpr std::size_t MOST_STEPS = 60;

/// One finding in one step of time.
struct StepNumbers {
  std::optional<double> mean;   ///< of the scores
  std::size_t n = 0;            ///< scores
  Estimate called;              ///< share called positive
  std::optional<double> index;  ///< stability index against the first shown step
  Estimate auroc;               ///< of the labelled cases
};

struct TimeSeries {
  TimeStep step = TimeStep::month;                 ///< as asked for or coarser
  std::vector<int> steps;                          ///< those shown, ascending
  std::vector<std::size_t> n;                      ///< [step] units
  std::vector<std::vector<StepNumbers>> findings;  ///< [finding][step]
  std::size_t n_without_date = 0;
  std::size_t n_left_out = 0;  ///< in steps with too few
  std::optional<int> split;    ///< steps from here on are the later half; missing with one step only
};

/// Of the first rater's test units by the dates of a column. Throws Error(ExitCode::usage) when there is no
/// such column, or no date in it.
TimeSeries time_series(const PartContext& context, const std::string& column, TimeStep step);

/// [unit] 1 for test units whose date lies before (false) or from (true) the split on.
std::vector<std::uint8_t> half_of(const AnalysisData& data, const std::string& column,
                                  const TimeSeries& series, bool later);

/// Charts over time and a folded table.
void add_time_series(ReportPart& part, const PartContext& context, const TimeSeries& series);

}  // namespace radbatch
