#include "radbatch/report/calibration_fit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/model/calibrated_bundle.hpp"
#include "radbatch/report/condition.hpp"
#include "radbatch/report/leaks.hpp"
#include "radbatch/stats/isotonic.hpp"
#include "radbatch/stats/logistic_fit.hpp"
#include "radbatch/stats/temperature.hpp"

namespace radbatch {
namespace {

constexpr std::size_t FEW = 10;
constexpr std::size_t FEW_FOR_ISOTONIC = 1000;

/// A head before it is fitted.
struct HeadPlan {
  std::string name;  ///< empty: the model's only one
  bool is_multi_class = false;
  std::vector<std::string> slugs;
  std::vector<std::size_t> findings;  ///< positions in AnalysisData
};

bool is_probability(double score) {
  return std::isnan(score) || (score >= 0 && score <= 1);
}

/// Every unit's scores add up to 1: shares of one softmax.
bool adds_up_to_one(const Rater& rater, const std::vector<std::size_t>& findings, std::size_t n_units) {
  if (findings.size() < 2) return false;
  bool has_any = false;
  for (std::size_t i = 0; i < n_units; ++i) {
    double sum = 0;
    for (const std::size_t f : findings) sum += rater.scores[f][i];
    if (std::isnan(sum)) continue;
    has_any = true;
    if (std::abs(sum - 1) > 1e-3) return false;
  }
  return has_any;
}

/// "<head>_p_<slug>" has a head; "p_<slug>" and what other software writes has none.
std::string head_of(const Finding& finding) {
  const std::string ending = "_p_" + finding.slug;
  return finding.column.ends_with(ending) ? finding.column.substr(0, finding.column.size() - ending.size())
                                          : std::string();
}

std::vector<HeadPlan> heads_by_column(const AnalysisData& data, const Rater& rater) {
  std::vector<HeadPlan> heads;
  for (std::size_t f = 0; f < data.findings.size(); ++f) {
    const std::string name = head_of(data.findings[f]);
    auto head = std::ranges::find(heads, name, &HeadPlan::name);
    if (head == heads.end()) head = heads.insert(heads.end(), {name, false, {}, {}});
    head->findings.push_back(f);
    head->slugs.push_back(data.findings[f].slug);
  }
  for (HeadPlan& head : heads) head.is_multi_class = adds_up_to_one(rater, head.findings, data.size());
  return heads;
}

std::vector<HeadPlan> heads_of_bundle(const AnalysisData& data, const CalibratableBundle& bundle) {
  std::vector<HeadPlan> heads;
  for (const ProbabilityHead& known : bundle.heads) {
    HeadPlan head{known.name, known.is_multi_class, known.slugs, {}};
    for (const std::string& column : known.columns) {
      const auto found = std::ranges::find(data.findings, column, &Finding::column);
      if (found == data.findings.end())
        throw Error(ExitCode::usage,
                    "the scores lack " + column + ", a finding of the model '" + printable(bundle.name) + "'",
                    "give the bundle that made this run with --model");
      head.findings.push_back(static_cast<std::size_t>(found - data.findings.begin()));
    }
    heads.push_back(std::move(head));
  }
  if (heads.empty())
    throw Error(ExitCode::usage, "no head of the model '" + printable(bundle.name) + "' gives probabilities",
                "only such scores can be calibrated");
  return heads;
}

struct FindingSample {
  std::vector<double> scores, targets;
  std::vector<bool> positive;
  std::size_t n_positive = 0;

  std::string missing_class() const {
    if (targets.empty()) return "no case of the condition has a label and a score";
    if (n_positive == 0) return "no case of the condition has the finding";
    if (n_positive == targets.size()) return "every case of the condition has the finding";
    return {};
  }
};

FindingSample sample_of(const AnalysisData& data, const Rater& rater, std::size_t finding,
                        const std::vector<std::uint8_t>& fitted_on) {
  FindingSample sample;
  for (std::size_t i = 0; i < data.size(); ++i) {
    const Answer truth = data.truth[finding][i];
    const double score = rater.scores[finding][i];
    if (!fitted_on[i] || truth == Answer::unknown || std::isnan(score)) continue;
    sample.scores.push_back(score);
    sample.positive.push_back(truth == Answer::yes);
    sample.n_positive += truth == Answer::yes ? 1U : 0U;
  }
  sample.targets = as_targets(sample.positive);
  return sample;
}

/// Lin, Lin and Weng (2007): what a prior of one more case on each side makes of 0 and 1.
std::vector<double> platt_targets(const FindingSample& sample) {
  const double n_positive = static_cast<double>(sample.n_positive);
  const double n_negative = static_cast<double>(sample.positive.size()) - n_positive;
  std::vector<double> targets;
  for (const bool truth : sample.positive)
    targets.push_back(truth ? (n_positive + 1) / (n_positive + 2) : 1 / (n_negative + 2));
  return targets;
}

/// The curve of one finding; with a reason when it stays the identity.
std::string fit_curve(CalibrationKind kind, const FindingSample& sample, CalibrationCurve& curve) {
  std::string why = sample.missing_class();
  if (!why.empty()) return why;
  if (kind == CalibrationKind::isotonic) {
    const IsotonicFit fit = fit_isotonic(sample.scores, sample.targets);
    if (fit.y.front() == fit.y.back()) return "its scores do not rise with the finding";
    curve.x = fit.x;
    curve.y = fit.y;
    return {};
  }
  const LogisticFit fit = fit_logistic(log_odds(sample.scores), platt_targets(sample));
  if (!fit.why_not.empty()) return fit.why_not;
  if (!(fit.slope > 0))
    return fmt::format("the fitted slope is {:.3g}: its scores fall with the finding", fit.slope);
  curve.slope = fit.slope;
  curve.intercept = fit.intercept;
  return {};
}

CalibrationCurve identity(CalibrationKind kind) {
  CalibrationCurve curve;
  if (kind == CalibrationKind::isotonic) curve.x = curve.y = {0, 1};
  return curve;
}

/// Of all findings of a head together.
TemperatureFit fit_temperature_of(const AnalysisData& data, const Rater& rater, const HeadPlan& head,
                                  const std::vector<std::uint8_t>& fitted_on) {
  if (!head.is_multi_class) {
    std::vector<double> odds, targets;
    for (const std::size_t f : head.findings) {
      const FindingSample sample = sample_of(data, rater, f, fitted_on);
      for (const double score : sample.scores) odds.push_back(log_odds(score));
      targets.insert(targets.end(), sample.targets.begin(), sample.targets.end());
    }
    const LogisticFit fit = fit_slope(odds, targets);
    TemperatureFit result{fit.slope, fit.why_not};
    if (result.why_not.empty() && !(fit.slope > 0))
      result.why_not = "the scores fall with the findings: no temperature mends that";
    return result;
  }
  std::vector<std::vector<double>> probabilities(head.findings.size());
  std::vector<std::uint32_t> truth;
  for (std::size_t i = 0; i < data.size(); ++i) {
    std::optional<std::uint32_t> true_class;
    bool is_scored = fitted_on[i] != 0;
    for (std::size_t k = 0; k < head.findings.size(); ++k) {
      if (data.truth[head.findings[k]][i] == Answer::yes) true_class = static_cast<std::uint32_t>(k);
      is_scored = is_scored && !std::isnan(rater.scores[head.findings[k]][i]);
    }
    if (!is_scored || !true_class) continue;
    truth.push_back(*true_class);
    for (std::size_t k = 0; k < head.findings.size(); ++k)
      probabilities[k].push_back(rater.scores[head.findings[k]][i]);
  }
  return fit_temperature(probabilities, truth);
}

void warn_of_few(const AnalysisData& data, const FittedFinding& finding, CalibrationFit& fit) {
  const std::string name = data.findings[finding.finding].name;
  if (!finding.left_alone.empty()) {
    fit.warnings.push_back("the scores of " + name + " stay as they are: " + finding.left_alone);
    return;
  }
  const std::size_t fewest = std::min(finding.n_positive, finding.n - finding.n_positive);
  if (fewest < FEW)
    fit.warnings.push_back(fmt::format("the calibration of {} stands on {} with and {} without the finding",
                                       name, finding.n_positive, finding.n - finding.n_positive));
  else if (fit.kind == CalibrationKind::isotonic && finding.n < FEW_FOR_ISOTONIC)
    fit.warnings.push_back(
        fmt::format("isotonic calibration of {} on {} cases: below about 1,000 it follows "
                    "chance (Niculescu-Mizil and Caruana 2005); platt needs fewer",
                    name, finding.n));
}

FittedHead fit_head(const AnalysisData& data, const Rater& rater, const HeadPlan& plan,
                    const std::vector<std::uint8_t>& fitted_on, CalibrationKind kind) {
  FittedHead head{{plan.name, kind, {}, {}}, plan.is_multi_class, plan.slugs, {}};
  TemperatureFit temperature;
  if (kind == CalibrationKind::temperature) {
    temperature = fit_temperature_of(data, rater, plan, fitted_on);
    CalibrationCurve curve;
    if (temperature.why_not.empty()) curve.slope = temperature.slope;
    head.calibration.curves.push_back(curve);
  }
  for (const std::size_t f : plan.findings) {
    const FindingSample sample = sample_of(data, rater, f, fitted_on);
    FittedFinding finding{f, sample.targets.size(), sample.n_positive, temperature.why_not};
    if (kind != CalibrationKind::temperature) {
      CalibrationCurve curve = identity(kind);
      finding.left_alone = fit_curve(kind, sample, curve);
      head.calibration.curves.push_back(curve);
    }
    head.findings.push_back(std::move(finding));
  }
  return head;
}

std::string described(const AnalysisData& data, const std::vector<std::uint8_t>& fitted_on,
                      const std::string& condition) {
  std::set<std::uint32_t> patients;
  std::size_t n = 0;
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (!fitted_on[i]) continue;
    ++n;
    patients.insert(data.cluster[i]);
  }
  return counted(n, "case") + (data.has_patients ? " of " + counted(patients.size(), "patient") : "") +
         " where " + printable(condition);
}

/// The units of the condition that have a label and a score of any finding.
std::vector<std::uint8_t> fitted_units(const AnalysisData& data, const Rater& rater,
                                       const std::string& condition) {
  std::vector<std::uint8_t> fitted_on = units_where(data, condition);
  refuse_leak(data, fitted_on, "--calibrate-on '" + printable(condition) + "'");
  bool has_any = false;
  for (std::size_t i = 0; i < data.size(); ++i) {
    bool is_usable = false;
    for (std::size_t f = 0; f < data.findings.size(); ++f)
      is_usable = is_usable || (data.truth[f][i] != Answer::unknown && !std::isnan(rater.scores[f][i]));
    fitted_on[i] = fitted_on[i] && is_usable ? 1 : 0;
    has_any = has_any || fitted_on[i];
  }
  if (!has_any)
    throw Error(ExitCode::usage,
                "--calibrate-on " + printable(condition) + " holds for no case with a label and a score",
                "look at the columns of the label table");
  return fitted_on;
}

void refuse_what_is_no_probability(const AnalysisData& data, const Rater& rater,
                                   const std::vector<HeadPlan>& heads) {
  for (const HeadPlan& head : heads)
    for (const std::size_t f : head.findings)
      if (!std::ranges::all_of(rater.scores[f], is_probability))
        throw Error(ExitCode::usage,
                    "the scores of " + printable(data.findings[f].name) +
                        " are no probabilities: some are outside 0 to 1",
                    "calibration needs probabilities; leave out --calibrate");
}

}  // namespace

CalibrationFit fit_calibration(const AnalysisData& data, const CalibrationFitOptions& options) {
  if (options.fitted_on.empty())
    throw Error(ExitCode::usage, "--calibrate needs cases to fit on",
                "name them, e.g. --calibrate-on 'split==\"val\"'");
  if (data.truth.empty() || data.raters.empty())
    throw Error(ExitCode::usage, "--calibrate needs labels of findings or classes",
                "give them with --labels");
  const Rater& rater = data.raters.front();
  const std::vector<HeadPlan> heads = options.model.empty()
                                          ? heads_by_column(data, rater)
                                          : heads_of_bundle(data, calibratable_bundle(options.model));
  refuse_what_is_no_probability(data, rater, heads);
  const std::vector<std::uint8_t> fitted_on = fitted_units(data, rater, options.fitted_on);
  CalibrationFit fit;
  fit.kind = options.kind.value();
  fit.fitted_on = described(data, fitted_on, options.fitted_on);
  for (const HeadPlan& plan : heads) {
    fit.heads.push_back(fit_head(data, rater, plan, fitted_on, fit.kind));
    fit.heads.back().calibration.fitted_on = fit.fitted_on;
    for (const FittedFinding& finding : fit.heads.back().findings) warn_of_few(data, finding, fit);
  }
  return fit;
}

Rater calibrated_rater(const AnalysisData& data, const Rater& rater, const CalibrationFit& fit) {
  Rater result{rater.name + ", " + std::string(name(fit.kind)), false, rater.scores, {}, {}};
  result.decisions.assign(data.findings.size(), std::vector<Answer>(data.size(), Answer::unknown));
  for (const FittedHead& head : fit.heads) {
    std::vector<double> probabilities(head.findings.size());
    for (std::size_t i = 0; i < data.size(); ++i) {
      bool is_whole = true;
      for (std::size_t k = 0; k < probabilities.size(); ++k) {
        probabilities[k] = rater.scores[head.findings[k].finding][i];
        is_whole = is_whole && !std::isnan(probabilities[k]);
      }
      std::vector<double> values(probabilities.size(), std::nan(""));
      if (is_whole || !head.is_multi_class)
        values = calibrated(head.calibration, head.is_multi_class, probabilities);
      for (std::size_t k = 0; k < values.size(); ++k)
        result.scores[head.findings[k].finding][i] =
            std::isnan(probabilities[k]) ? probabilities[k] : values[k];
    }
  }
  return result;
}

Json calibration_json(const CalibrationFit& fit) {
  Json list = Json::array();
  for (const FittedHead& head : fit.heads) list.push_back(calibration_json(head.calibration, head.slugs));
  return list.size() == 1 ? list[0] : list;
}

namespace {

void refuse_other_scores(const CalibratableBundle& bundle, const Json& run) {
  const Json identity = run.value("identity", Json::object());
  const std::string made_by = text_at(identity, {"model", "sidecar_sha256"});
  if (!made_by.empty() && made_by != bundle.sidecar_sha256)
    throw Error(ExitCode::usage,
                "the run is of another model than --model " + printable(bundle.name) + " " +
                    printable(bundle.version),
                "give the bundle that made this run");
  if (bundle.is_calibrated && text_at(identity, {"options", "calibration"}) != "false")
    throw Error(ExitCode::usage, "the run's scores are calibrated already, by the model's own calibration",
                "fit on a run made with: radbatch-infer --no-calibration");
}

}  // namespace

std::vector<std::string> write_calibration(const CalibrationFit& fit, const CalibrationFitOptions& options,
                                           const Json& run) {
  const std::string folder = printable(options.calibrated_bundle.string());
  if (options.model.empty()) {
    make_folder(options.calibrated_bundle);
    write_file_atomically(options.calibrated_bundle / "calibration.json", pretty(calibration_json(fit)));
    return {folder +
            "/calibration.json has the calibration; put it into the model's radbatch.json under "
            "\"calibration\", or name the model with --model to get a calibrated copy"};
  }
  refuse_other_scores(calibratable_bundle(options.model), run);
  std::vector<HeadCalibration> calibrations;
  for (const FittedHead& head : fit.heads) calibrations.push_back(head.calibration);
  std::vector<std::string> notes =
      write_calibrated_bundle(options.model, options.calibrated_bundle, calibrations);
  notes.insert(notes.begin(),
               folder + " is the model with this calibration: radbatch-infer --model " + folder);
  return notes;
}

}  // namespace radbatch
