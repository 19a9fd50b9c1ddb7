// Calibration that a bundle declares: from the network's probability of a case to the frequency that was
// observed where the calibration was fitted.
//
// It is applied to the one probability of a case, after slices, test-time passes and folds are averaged,
// because that is the number whose frequencies can be observed; thresholds are of calibrated probabilities.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "radbatch/base/json.hpp"

namespace radbatch {

class Fields;
struct Head;

enum class CalibrationKind { temperature, platt, isotonic, beta };

std::string_view name(CalibrationKind kind);  ///< "platt"

/// The curve of one probability p.
struct CalibrationCurve {
  /// platt: sigmoid(slope * logit p + intercept) (Platt 1999, on the log odds);
  /// temperature: slope = 1 / T, intercept = 0 (Guo et al. 2017).
  double slope = 1, intercept = 0;
  /// beta: sigmoid(a ln p - b ln(1 - p) + c) (Kull, Silva Filho and Flach 2017).
  double a = 1, b = 1, c = 0;
  /// isotonic: linear between (x, y), held beyond the ends, as scikit-learn's IsotonicRegression with
  /// out_of_bounds="clip".
  std::vector<double> x, y;
};

struct HeadCalibration {
  std::string head;
  CalibrationKind kind = CalibrationKind::temperature;
  std::vector<CalibrationCurve> curves;  ///< one per finding; of temperature one for all
  std::string fitted_on;                 ///< for people: data, number of cases
};

/// `calibration` of radbatch.json: an object, or a list with one for each calibrated head. Throws
/// Error(ExitCode::model) for a curve that is not increasing or a head that has no probabilities.
std::vector<HeadCalibration> read_calibration(const Fields& sidecar, const std::vector<Head>& heads);

/// The calibrated probabilities of a case. Of a multi-class head temperature is softmax(ln p / T); the other
/// kinds go finding by finding and are divided by their sum (all zero: equal shares), as scikit-learn's
/// CalibratedClassifierCV does.
std::vector<double> calibrated(const HeadCalibration& calibration, const Head& head,
                               std::span<const double> probabilities);
/// The same for whoever knows of the head no more than that.
std::vector<double> calibrated(const HeadCalibration& calibration, bool is_multi_class,
                               std::span<const double> probabilities);

/// The object that read_calibration reads; `slugs` are those of the head's findings, in its order. Without
/// the name of the head where it is empty.
Json calibration_json(const HeadCalibration& calibration, const std::vector<std::string>& slugs);

}  // namespace radbatch
