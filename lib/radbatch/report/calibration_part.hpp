// The report's part on calibration: do the scores mean what they say?
#pragma once

#include "radbatch/report/calibration_fit.hpp"
#include "radbatch/report/part.hpp"
#include "radbatch/stats/reliability_bins.hpp"
#include "radbatch/stats/smooth_calibration.hpp"

namespace radbatch {

struct CalibrationOptions {
  std::size_t n_bins = 10;
  Binning binning = Binning::equal_width;  ///< of the diagram and of Brier's parts; ECE is given of both
  SmoothOptions smooth = {};
  CalibrationFitOptions fit = {};
};

/// Slope, intercept, Brier and its parts, calibration errors and the reliability diagram of every finding and
/// model; with --calibrate also what the fitted calibration makes of the test units. Readers, who give no
/// probabilities, are left out. Empty without 0/1 truth. Throws as fit_calibration does; writes no files.
ReportPart calibration_part(const PartContext& context, const CalibrationOptions& options);

/// What --calibrated-bundle asks for, after the report is made: fits again (the same numbers) and writes.
/// Nothing where it was not asked for. Returns sentences for the terminal.
std::vector<std::string> write_asked_calibration(const AnalysisData& data, const CalibrationOptions& options,
                                                 const Json& run);

}  // namespace radbatch
