#include "radbatch/report/calibration_part.hpp"

#include <doctest/doctest.h>

#include <filesystem>

#include "analysis_example.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/report/use_part.hpp"

using namespace radbatch;
using radbatch::testing::overconfident_example;

namespace {

const Language english;

PartContext context_of(const AnalysisData& data) {
  return {data, english, 1, 200, 1, 0.95};
}

CalibrationOptions fit_on_val(CalibrationKind kind) {
  CalibrationOptions options;
  options.fit.kind = kind;
  options.fit.fitted_on = "split==\"val\"";
  return options;
}

std::string message_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& problem) {
    return problem.message() + " | " + problem.hint();
  }
  return "no error";
}

const MetricRow& row_of(const ReportPart& part, const std::string& model, const std::string& metric) {
  const auto found = std::ranges::find_if(part.metrics, [&](const MetricRow& row) {
    return row.model == model && row.finding == "Effusion" && row.metric == metric;
  });
  REQUIRE(found != part.metrics.end());
  return *found;
}

/// No number anywhere may be NaN or infinite: JSON would turn it into null.
bool has_bad_number(const Json& json) {
  if (json.is_number_float()) return !std::isfinite(json.get<double>());
  if (!json.is_structured()) return false;
  return std::ranges::any_of(json, [](const Json& inner) { return has_bad_number(inner); });
}

void check_sound(const ReportPart& part) {
  CHECK_FALSE(has_bad_number(part.numbers));
  CHECK(part.html.find("nan") == std::string::npos);
  CHECK(part.html.find("气胸 <b>") == std::string::npos);
  for (const MetricRow& row : part.metrics) {
    CHECK((row.estimate.value || !row.estimate.why_not.empty()));
    if (row.estimate.value) CHECK(std::isfinite(*row.estimate.value));
    if (row.estimate.interval) {
      CHECK(row.estimate.interval->low <= row.estimate.interval->high);
      CHECK_FALSE(row.estimate.interval->method.empty());
    }
  }
}

}  // namespace

TEST_CASE("the slope of overconfident scores, by patient, is statsmodels' of the same cases") {
  const AnalysisData data = overconfident_example(4000);
  const ReportPart part = calibration_part(context_of(data), {});
  const Estimate& slope = row_of(part, "net <i>", "calibration_slope").estimate;
  // GLM(truth, [1, log odds], Binomial).fit(cov_type="cluster") without its (n - 1) / (n - 2)
  CHECK(*slope.value == doctest::Approx(0.43673637).epsilon(1e-7));
  CHECK(slope.interval->high == doctest::Approx(0.43673637 + 1.959963985 * 0.02160703).epsilon(1e-5));
  CHECK(slope.interval->method == "Wald, sandwich, clustered by patient");
  CHECK(slope.n == 2000);
  CHECK(part.figures.size() == 2);
  CHECK(part.tables.size() == 3);
  check_sound(part);
}

TEST_CASE("a fit on val mends the test cases, and the part shows both") {
  const AnalysisData data = overconfident_example(4000);
  for (const CalibrationKind kind :
       {CalibrationKind::platt, CalibrationKind::isotonic, CalibrationKind::temperature}) {
    const ReportPart part = calibration_part(context_of(data), fit_on_val(kind));
    const std::string after = "net <i>, " + std::string(name(kind));
    const double before_ece = *row_of(part, "net <i>", "ece").estimate.value;
    CHECK(*row_of(part, after, "ece").estimate.value < before_ece / 2);
    CHECK(*row_of(part, after, "brier").estimate.value < *row_of(part, "net <i>", "brier").estimate.value);
    CHECK(part.numbers["fit"]["fitted_on"] == "2000 cases of 1000 patients where split==\"val\"");
    check_sound(part);
  }
}

TEST_CASE("a fit may not see a judged case, nor its patient") {
  AnalysisData data = overconfident_example(400);
  const CalibrationOptions options = fit_on_val(CalibrationKind::platt);
  data.is_test[0] = 1;
  const std::string leak = message_of([&] { calibration_part(context_of(data), options); });
  CHECK(leak.starts_with("--calibrate-on 'split==\"val\"' and the test cases share 1 case |"));
  data = overconfident_example(400);
  data.is_test.assign(400, 1);
  CHECK(message_of([&] { calibration_part(context_of(data), options); }).starts_with("--calibrate-on"));
}

TEST_CASE("a fit without cases says so") {
  AnalysisData data = overconfident_example(400);
  CalibrationOptions options = fit_on_val(CalibrationKind::platt);
  options.fit.fitted_on = "split==\"train\"";
  CHECK(message_of([&] { calibration_part(context_of(data), options); }) ==
        "--calibrate-on split==\"train\" holds for no case with a label and a score | look at the columns of "
        "the "
        "label table");
  options.fit.fitted_on.clear();
  CHECK(message_of([&] {
          calibration_part(context_of(data), options);
        }).starts_with("--calibrate needs cases to fit on"));
}

TEST_CASE("a finding that cannot be fitted keeps its scores, and this is said") {
  AnalysisData data = overconfident_example(400);
  for (std::size_t i = 0; i < data.size(); ++i)
    if (!data.is_test[i]) data.truth[1][i] = Answer::no;
  const CalibrationFit fit = fit_calibration(data, fit_on_val(CalibrationKind::platt).fit);
  CHECK(fit.heads.at(0).findings.at(1).left_alone == "no case of the condition has the finding");
  CHECK(fit.warnings.at(0) ==
        "the scores of 气胸 <b> stay as they are: no case of the condition has the finding");
  const Rater after = calibrated_rater(data, data.raters[0], fit);
  CHECK(after.scores[1][399] == doctest::Approx(data.raters[0].scores[1][399]).epsilon(1e-12));
  CHECK(after.scores[0][399] != data.raters[0].scores[0][399]);
}

TEST_CASE("scores that fall with the finding are not turned round") {
  AnalysisData data = overconfident_example(400);
  for (double& score : data.raters[0].scores[0]) score = 1 - score;
  const CalibrationFit fit = fit_calibration(data, fit_on_val(CalibrationKind::platt).fit);
  CHECK(fit.heads.at(0).findings.at(0).left_alone.find("its scores fall with the finding") !=
        std::string::npos);
}

TEST_CASE("classes of one softmax are calibrated together and still add up to one") {
  AnalysisData data = overconfident_example(2000);
  data.kind = TruthKind::classes;
  for (std::size_t i = 0; i < data.size(); ++i) {
    data.raters[0].scores[1][i] = 1 - data.raters[0].scores[0][i];
    data.truth[1][i] = data.truth[0][i] == Answer::yes ? Answer::no : Answer::yes;
  }
  const CalibrationFit fit = fit_calibration(data, fit_on_val(CalibrationKind::temperature).fit);
  CHECK(fit.heads.at(0).is_multi_class);
  CHECK(1 / fit.heads[0].calibration.curves[0].slope == doctest::Approx(2).epsilon(0.15));
  const Rater after = calibrated_rater(data, data.raters[0], fit);
  for (std::size_t i = 0; i < data.size(); i += 97)
    CHECK(after.scores[0][i] + after.scores[1][i] == doctest::Approx(1).epsilon(1e-12));
}

TEST_CASE("decision curves, predictive values and workload of the test cases") {
  const AnalysisData data = overconfident_example(2000);
  UseOptions options;
  options.prevalences = {0.01, 0.2};
  const ReportPart part = use_part(context_of(data), options);
  check_sound(part);
  CHECK(part.figures.size() == 4);
  CHECK(part.tables.size() == 3);
  const Json& effusion = part.numbers["subjects"][0];
  CHECK(effusion["decision_curve"].size() == 50);
  CHECK(effusion["predictive_values"][0]["calls"] == "0.5, the model's");
  CHECK(part.numbers["subjects"][1]["predictive_values"][0]["calls"] == "0.5, none is declared");
  const Json& at_one_percent = effusion["predictive_values"][0]["by_prevalence"][1];
  const double sensitivity = effusion["predictive_values"][0]["sensitivity"]["value"];
  const double specificity = effusion["predictive_values"][0]["specificity"]["value"];
  CHECK(at_one_percent["ppv"]["value"].get<double>() ==
        doctest::Approx(0.01 * sensitivity / (0.01 * sensitivity + 0.99 * (1 - specificity))));
  CHECK(effusion["workload"].back()["sensitivity"]["value"] == 1.0);
  CHECK(effusion["decision_curve"][0]["net_benefit"]["method"].get<std::string>().find("patients") !=
        std::string::npos);
}

TEST_CASE("parts without truth are empty") {
  AnalysisData data = overconfident_example(40);
  data.kind = TruthKind::none;
  CHECK(calibration_part(context_of(data), {}).html.empty());
  CHECK(use_part(context_of(data), {}).metrics.empty());
  CHECK(message_of([&] { calibration_part(context_of(data), fit_on_val(CalibrationKind::platt)); }) ==
        "--calibrate needs labels of findings or classes | give them with --labels");
}

TEST_CASE("degenerate data are said in words and never in NaN") {
  const auto sound = [](const AnalysisData& data) {
    UseOptions use;
    use.prevalences = {0.1};
    check_sound(calibration_part(context_of(data), {}));
    check_sound(use_part(context_of(data), use));
    CalibrationOptions isotonic;
    isotonic.smooth.kind = CurveKind::isotonic;
    check_sound(calibration_part(context_of(data), isotonic));
  };
  for (const std::uint32_t n : {0U, 1U, 2U, 4U, 6U}) sound(overconfident_example(n));
  AnalysisData data = overconfident_example(60);
  for (const Answer only : {Answer::no, Answer::yes, Answer::unknown}) {
    data.truth[0].assign(60, only);
    sound(data);
  }
  data = overconfident_example(60);
  for (const double only : {0.0, 0.5, 1.0, std::nan(""), 17.0}) {
    data.raters[0].scores[0].assign(60, only);
    sound(data);
  }
  data = overconfident_example(60);
  for (std::size_t i = 0; i < 60; ++i) data.raters[0].scores[0][i] = data.truth[0][i] == Answer::yes ? 1 : 0;
  sound(data);
  data = overconfident_example(60);
  data.cluster.assign(60, 0);
  data.n_clusters = 1;
  sound(data);
  data.raters[0].decisions.clear();
  sound(data);
}
