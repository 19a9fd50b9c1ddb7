// A bundle with a calibration of its own: the same network, and probabilities that mean what they say.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "radbatch/model/calibration.hpp"

namespace radbatch {

/// A head whose scores are probabilities, as a calibration sees it.
struct ProbabilityHead {
  std::string name;
  bool is_multi_class = false;
  std::vector<std::string> slugs;    ///< of the findings, in the network's order
  std::vector<std::string> columns;  ///< of predictions.csv
};

/// What of a bundle matters for calibrating it.
struct CalibratableBundle {
  std::string name, version;
  std::string sidecar_sha256;  ///< as runs record it
  bool is_calibrated = false;  ///< declares a calibration already
  std::vector<ProbabilityHead> heads;
};

/// Heads for regression and grades are left out: they have no calibration. Throws Error(ExitCode::model) as
/// load_bundle does.
CalibratableBundle calibratable_bundle(const std::filesystem::path& folder);

/// Copies the bundle `source` into the new folder `target`, with these calibrations in its radbatch.json in
/// place of any there, its version followed by "+platt" (or which it is), and thresholds of binary and
/// multi-label heads moved along the curves, so that they still decide as before. Thresholds of a multi-class
/// head stay, as there each depends on all probabilities. The copy is loaded before it gets its name. Returns
/// sentences on what was done to thresholds.
///
/// Throws Error(ExitCode::usage) when `target` is there or within `source`, Error(ExitCode::output) when it
/// cannot be written, Error(ExitCode::model) as load_bundle does.
std::vector<std::string> write_calibrated_bundle(const std::filesystem::path& source,
                                                 const std::filesystem::path& target,
                                                 const std::vector<HeadCalibration>& calibrations);

}  // namespace radbatch
