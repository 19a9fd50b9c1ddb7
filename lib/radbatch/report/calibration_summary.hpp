// How well the scores of one finding are calibrated, as numbers.
#pragma once

#include <string>
#include <vector>

#include "radbatch/base/json.hpp"
#include "radbatch/report/part.hpp"
#include "radbatch/stats/brier.hpp"
#include "radbatch/stats/reliability_bins.hpp"
#include "radbatch/stats/smooth_calibration.hpp"

namespace radbatch {

struct CalibrationOptions;

struct NamedEstimate {
  std::string metric;  ///< of metrics.csv: "calibration_slope"
  Estimate estimate;
};

struct CurvePoint {
  double score = 0, frequency = 0;
  std::optional<Interval> interval;
};

struct CalibrationSummary {
  std::size_t n = 0, n_positive = 0;
  std::size_t n_certain = 0;  ///< scores so near to 0 or 1 that their log odds were held
  std::string why_not;        ///< nothing can be said; the rest is empty then
  std::vector<NamedEstimate> estimates;
  std::optional<double> log_loss;
  BrierParts parts;
  ReliabilityBins equal_width, equal_mass;
  std::vector<CurvePoint> curve;

  const Estimate& of(const std::string& metric) const;  ///< must be there
};

/// `units` are those of one finding and rater. Clustered where units share a patient.
CalibrationSummary summarize_calibration(const PartContext& context, const JudgedUnits& units,
                                         const CalibrationOptions& options);

/// Everything, curve points and bins too.
Json to_json(const CalibrationSummary& summary);

}  // namespace radbatch
