// Fitting a calibration on cases that are not judged, and writing it into a copy of the model's bundle.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "radbatch/base/json.hpp"
#include "radbatch/model/calibration.hpp"
#include "radbatch/report/analysis_data.hpp"

namespace radbatch {

struct CalibrationFitOptions {
  std::optional<CalibrationKind> kind;      ///< temperature, platt or isotonic; nothing: no fit
  std::string fitted_on;                    ///< condition: `split=="val"`
  std::filesystem::path model;              ///< bundle that made the run; empty: not given
  std::filesystem::path calibrated_bundle;  ///< folder to write; empty: nothing is written
};

/// What the fit of one finding stands on.
struct FittedFinding {
  std::size_t finding = 0;  ///< position in AnalysisData::findings
  std::size_t n = 0, n_positive = 0;
  std::string left_alone;  ///< why its scores stay as they are; empty: fitted
};

struct FittedHead {
  HeadCalibration calibration;
  bool is_multi_class = false;
  std::vector<std::string> slugs;       ///< of all the head's findings, in the network's order
  std::vector<FittedFinding> findings;  ///< the same
};

struct CalibrationFit {
  CalibrationKind kind = CalibrationKind::platt;
  std::vector<FittedHead> heads;
  std::string fitted_on;  ///< for people
  std::vector<std::string> warnings;
};

/// Fits the first rater's scores on the units of the condition. Platt's targets are those of Lin, Lin and
/// Weng, Mach Learn 68 (2007) 267-276: they keep the fit finite where scores separate the classes. A finding
/// that cannot be fitted (one class only, a curve that would turn the order round) keeps its scores, which is
/// said. Temperature is one number for all findings of a head.
///
/// Throws Error(ExitCode::usage) when the condition holds for no labelled unit, or for a test unit or one of
/// a test unit's patient; when scores are no probabilities; when the model's heads do not match the findings.
CalibrationFit fit_calibration(const AnalysisData& data, const CalibrationFitOptions& options);

/// The rater with calibrated scores, by the very function that radbatch-infer calls. Decisions are not
/// carried over. A unit of a multi-class head without all its scores has none.
Rater calibrated_rater(const AnalysisData& data, const Rater& rater, const CalibrationFit& fit);

/// What the key `calibration` of radbatch.json has to be.
Json calibration_json(const CalibrationFit& fit);

/// With a model, a calibrated copy of it in the folder; without one, the folder gets calibration.json, to be
/// put under that key by hand. `run` is the run's run.json: scores that are calibrated already, or of another
/// model, are refused with Error(ExitCode::usage). Returns sentences for the terminal.
std::vector<std::string> write_calibration(const CalibrationFit& fit, const CalibrationFitOptions& options,
                                           const Json& run);

}  // namespace radbatch
