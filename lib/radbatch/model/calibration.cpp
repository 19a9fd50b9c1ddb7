#include "radbatch/model/calibration.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include "radbatch/base/error.hpp"
#include "radbatch/model/bundle.hpp"
#include "radbatch/model/fields.hpp"

namespace radbatch {
namespace {

const std::vector<std::string> kinds{"temperature", "platt", "isotonic", "beta"};

CalibrationCurve read_platt(const Json& json, const std::string& place) {
  const Fields fields(json, place, {"slope", "intercept"});
  CalibrationCurve curve;
  curve.slope = fields.number("slope");
  curve.intercept = fields.number("intercept");
  if (!(curve.slope > 0)) fields.refuse("slope", "must be above 0: a calibration keeps the order of cases");
  return curve;
}

CalibrationCurve read_beta(const Json& json, const std::string& place) {
  const Fields fields(json, place, {"a", "b", "c"});
  CalibrationCurve curve;
  curve.a = fields.number("a");
  curve.b = fields.number("b");
  curve.c = fields.number("c");
  if (!(curve.a >= 0 && curve.b >= 0 && curve.a + curve.b > 0))
    fields.refuse("a", "and b must be 0 or more, one of them above: a calibration keeps the order of cases");
  return curve;
}

CalibrationCurve read_isotonic(const Json& json, const std::string& place) {
  const Fields fields(json, place, {"x", "y"});
  CalibrationCurve curve;
  curve.x = fields.numbers("x");
  curve.y = fields.numbers("y");
  if (curve.x.size() != curve.y.size()) fields.refuse("y", "must have as many numbers as x");
  if (std::ranges::adjacent_find(curve.x, std::greater_equal<>()) != curve.x.end())
    fields.refuse("x", "must rise");
  const bool is_probability =
      std::ranges::all_of(curve.y, [](double value) { return value >= 0 && value <= 1; });
  if (!is_probability || !std::ranges::is_sorted(curve.y))
    fields.refuse("y", "must be probabilities that do not fall");
  return curve;
}

std::vector<CalibrationCurve> read_curves(const Fields& fields, CalibrationKind kind, const Head& head) {
  const std::string place = fields.place("parameters");
  if (kind == CalibrationKind::temperature) {
    const Fields parameters(fields.at("parameters"), place, {"temperature"});
    CalibrationCurve curve;
    curve.slope = 1 / parameters.number("temperature");
    if (!(curve.slope > 0) || !std::isfinite(curve.slope))
      parameters.refuse("temperature", "must be above 0");
    return {curve};
  }
  std::vector<std::string> slugs;
  for (const Finding& finding : head.findings) slugs.push_back(finding.slug);
  const Fields parameters(fields.at("parameters"), place, slugs);
  std::vector<CalibrationCurve> curves;
  for (const std::string& slug : slugs) {
    const Json& json = parameters.at(slug);
    const std::string inner = parameters.place(slug);
    if (kind == CalibrationKind::platt) curves.push_back(read_platt(json, inner));
    if (kind == CalibrationKind::isotonic) curves.push_back(read_isotonic(json, inner));
    if (kind == CalibrationKind::beta) curves.push_back(read_beta(json, inner));
  }
  return curves;
}

HeadCalibration read_one(const Json& json, const std::string& place, const std::vector<Head>& heads) {
  const Fields fields(json, place, {"kind", "head", "parameters", "fitted_on"});
  HeadCalibration calibration;
  calibration.kind = static_cast<CalibrationKind>(fields.choice("kind", kinds));
  if (!fields.has("head") && heads.size() > 1)
    fields.refuse("head", "is missing: the model has several heads");
  calibration.head = fields.text("head", heads.front().name);
  const auto head = std::ranges::find(heads, calibration.head, &Head::name);
  if (head == heads.end()) fields.refuse("head", "names no head of the model");
  if (head->kind == HeadKind::regression)
    fields.refuse("head", "is a regression, which has no probabilities");
  calibration.curves = read_curves(fields, calibration.kind, *head);
  calibration.fitted_on = fields.text("fitted_on", "");
  return calibration;
}

double sigmoid(double value) {
  return value >= 0 ? 1 / (1 + std::exp(-value)) : std::exp(value) / (1 + std::exp(value));
}

/// 0 * log 0 is 0: a term without weight.
double weighted_log(double weight, double value) {
  return weight == 0 ? 0 : weight * std::log(value);
}

double interpolate(const CalibrationCurve& curve, double p) {
  const auto above = std::ranges::upper_bound(curve.x, p);
  if (above == curve.x.begin()) return curve.y.front();
  if (above == curve.x.end()) return curve.y.back();
  const auto i = static_cast<std::size_t>(above - curve.x.begin());
  const double share = (p - curve.x[i - 1]) / (curve.x[i] - curve.x[i - 1]);
  return curve.y[i - 1] + share * (curve.y[i] - curve.y[i - 1]);
}

double calibrated(CalibrationKind kind, const CalibrationCurve& curve, double p) {
  if (kind == CalibrationKind::isotonic) return interpolate(curve, p);
  // At p = 0 and 1 the logarithms are infinite and the sigmoid is 0 or 1 again.
  if (kind == CalibrationKind::beta)
    return sigmoid(weighted_log(curve.a, p) - weighted_log(curve.b, 1 - p) + curve.c);
  return sigmoid(curve.slope * (std::log(p) - std::log1p(-p)) + curve.intercept);
}

std::vector<double> cooled(double slope, std::span<const double> probabilities) {
  const double largest = std::ranges::max(probabilities);
  std::vector<double> values;
  for (const double p : probabilities) values.push_back(std::exp(slope * (std::log(p) - std::log(largest))));
  return values;
}

Json curve_json(CalibrationKind kind, const CalibrationCurve& curve) {
  if (kind == CalibrationKind::platt) return {{"slope", curve.slope}, {"intercept", curve.intercept}};
  if (kind == CalibrationKind::beta) return {{"a", curve.a}, {"b", curve.b}, {"c", curve.c}};
  return {{"x", curve.x}, {"y", curve.y}};
}

void normalise(std::vector<double>& values) {
  const double sum = std::accumulate(values.begin(), values.end(), 0.0);
  for (double& value : values) value = sum > 0 ? value / sum : 1 / static_cast<double>(values.size());
}

}  // namespace

std::string_view name(CalibrationKind kind) {
  return kinds.at(static_cast<std::size_t>(kind));
}

std::vector<HeadCalibration> read_calibration(const Fields& sidecar, const std::vector<Head>& heads) {
  std::vector<HeadCalibration> calibrations;
  if (!sidecar.has("calibration")) return calibrations;
  const std::string place = sidecar.place("calibration");
  const Json& json = sidecar.at("calibration");
  if (!json.is_array()) return {read_one(json, place, heads)};
  sidecar.list("calibration");  // refuses an empty one
  std::set<std::string> calibrated_heads;
  for (std::size_t i = 0; i < json.size(); ++i) {
    calibrations.push_back(read_one(json[i], place + "[" + std::to_string(i) + "]", heads));
    if (!calibrated_heads.insert(calibrations.back().head).second)
      sidecar.refuse("calibration", "has the head '" + calibrations.back().head + "' twice");
  }
  return calibrations;
}

std::vector<double> calibrated(const HeadCalibration& calibration, const Head& head,
                               std::span<const double> probabilities) {
  return calibrated(calibration, head.kind == HeadKind::multi_class, probabilities);
}

Json calibration_json(const HeadCalibration& calibration, const std::vector<std::string>& slugs) {
  Json parameters = Json::object();
  if (calibration.kind == CalibrationKind::temperature) {
    parameters["temperature"] = 1 / calibration.curves.at(0).slope;
  } else {
    for (std::size_t i = 0; i < slugs.size(); ++i)
      parameters[slugs[i]] = curve_json(calibration.kind, calibration.curves.at(i));
  }
  Json json = {{"kind", name(calibration.kind)}, {"parameters", parameters}};
  if (!calibration.head.empty()) json["head"] = calibration.head;
  if (!calibration.fitted_on.empty()) json["fitted_on"] = calibration.fitted_on;
  return json;
}

std::vector<double> calibrated(const HeadCalibration& calibration, bool is_multi_class,
                               std::span<const double> probabilities) {
  std::vector<double> values;
  if (is_multi_class && calibration.kind == CalibrationKind::temperature) {
    values = cooled(calibration.curves.front().slope, probabilities);
  } else {
    for (std::size_t i = 0; i < probabilities.size(); ++i) {
      const std::size_t curve = calibration.curves.size() == 1 ? 0 : i;
      values.push_back(calibrated(calibration.kind, calibration.curves[curve], probabilities[i]));
    }
  }
  if (is_multi_class) normalise(values);
  return values;
}

}  // namespace radbatch
