#include <doctest/doctest.h>

#include <algorithm>

#include "made_data.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/report/ordinal_part.hpp"
#include "radbatch/report/readers_part.hpp"
#include "radbatch/report/regression_part.hpp"
#include "radbatch/stats/auroc.hpp"
#include "radbatch/stats/regression.hpp"

using namespace radbatch;

namespace {

const Language english;

PartContext context_of(const AnalysisData& data) {
  return {.data = data, .lang = english, .seed = 1, .n_bootstrap = 200};
}

Estimate metric(const ReportPart& part, const std::string& model, const std::string& finding,
                const std::string& name) {
  for (const MetricRow& row : part.metrics)
    if (row.model == model && row.finding == finding && row.metric == name) return row.estimate;
  FAIL("no metric " << name << " of " << model << " for " << finding);
  return {};
}

std::string message_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    return error.message();
  }
  return "no error";
}

}  // namespace

TEST_CASE("a part has nothing to say of another kind of truth") {
  const AnalysisData classes = made_data(TruthKind::classes, 20);
  CHECK(regression_part(context_of(classes)).html.empty());
  CHECK(ordinal_part(context_of(classes)).html.empty());
  AnalysisData alone = made_data(TruthKind::findings, 20);
  alone.raters.resize(1);
  CHECK(readers_part(context_of(alone)).html.empty());
}

TEST_CASE("regression: numbers of the statistics, on test units with a truth only") {
  AnalysisData data = made_data(TruthKind::continuous, 30);
  data.is_test[0] = 0;
  data.true_value[0][1] = std::nan("");
  data.raters[0].scores[0][2] = std::nan("");
  const std::span<const double> truth = data.true_value[0], predicted = data.raters[0].scores[0];
  const RegressionNumbers expected = regression_numbers(truth.subspan(3), predicted.subspan(3));
  const ReportPart part = regression_part(context_of(data));
  const Estimate error = metric(part, "model", "mild", "mean_absolute_error");
  CHECK(*error.value == *expected.mean_absolute_error);
  CHECK(error.n == 27);
  CHECK(part.numbers["results"][0]["n_without_score"] == 1);
  CHECK(metric(part, "model", "mild", "bias").interval->method == "Student t");
  CHECK(metric(part, "model", "mild", "limit_of_agreement_low").interval->method == "Carkeet, noncentral t");
}

TEST_CASE("regression: several cases of a patient are drawn together") {
  const AnalysisData data = made_data(TruthKind::continuous, 40, true);
  const ReportPart part = regression_part(context_of(data));
  for (const char* name : {"bias", "pearson", "icc_2_1", "concordance", "limit_of_agreement_high"})
    CHECK(metric(part, "model", "mild", name).interval->method.find("of patients") != std::string::npos);
}

TEST_CASE("regression: cases outside the limits of agreement are listed") {
  AnalysisData data = made_data(TruthKind::continuous, 40);
  data.raters[0].scores[0][7] = data.true_value[0][7] + 1000;
  const ReportPart part = regression_part(context_of(data));
  const auto list = std::ranges::find(part.lists, "regression-mild-outside", &CaseList::id);
  REQUIRE(list != part.lists.end());
  CHECK(list->units == std::vector<std::uint32_t>{7});
}

TEST_CASE("regression: of many cases every n-th is drawn, and this is said") {
  const AnalysisData data = made_data(TruthKind::continuous, 100);
  const ReportPart part = regression_part(context_of(data), {.most_points = 30});
  CHECK(part.numbers["results"][0]["points"].size() == 25);
  CHECK(part.figures.front().caption == "One of every 4 of 100 cases is drawn.");
}

TEST_CASE("ordinal: a case off by two grades is listed and counts four times one grade in the weights") {
  AnalysisData data = made_data(TruthKind::ordinal, 4);
  data.true_class = {0, 1, 2, 2};
  data.raters[0].top = {0, 1, 2, 0};
  const ReportPart part = ordinal_part(context_of(data));
  // Weights 1, 3/4, 0 by steps: observed 3/4; expected from the margins (1, 1, 2) and (2, 1, 1) 0.59375.
  CHECK(*metric(part, "model", "", "kappa_quadratic").value ==
        doctest::Approx((0.75 - 0.59375) / (1 - 0.59375)));
  CHECK(*metric(part, "model", "", "accuracy").value == 0.75);
  CHECK(*metric(part, "model", "", "mean_grade_distance").value == 0.5);
  CHECK(part.lists.front().units == std::vector<std::uint32_t>{3});
}

TEST_CASE("ordinal: a cut-off is a yes-or-no test") {
  AnalysisData data = made_data(TruthKind::ordinal, 6);
  data.true_class = {0, 0, 1, 1, 2, 2};
  data.raters[0].top = {0, 1, 1, 2, 2, 0};
  const ReportPart part = ordinal_part(context_of(data));
  CHECK(*metric(part, "model", "≥ moderate", "sensitivity").value == 0.75);
  CHECK(*metric(part, "model", "≥ moderate", "specificity").value == 0.5);
  CHECK(*metric(part, "model", "≥ severe", "sensitivity").value == 0.5);
  CHECK(metric(part, "model", "≥ severe", "sensitivity").n == 2);
}

TEST_CASE("readers: agreement of two with each other and with the model") {
  AnalysisData data = made_data(TruthKind::findings, 4);
  using enum Answer;
  data.raters[0].decisions[0] = {yes, yes, no, no};
  data.raters[1].decisions[0] = {yes, no, no, unknown};
  data.raters[2].decisions[0] = {yes, yes, no, no};
  const ReportPart part = readers_part(context_of(data));
  const Estimate two = metric(part, "reader r1 - reader r2", "mild", "percent_agreement");
  CHECK(two.n == 3);
  CHECK(*two.value == doctest::Approx(2.0 / 3));
  CHECK(two.interval->method == "Wilson");
  CHECK(*metric(part, "reader r1 - reader r2", "mild", "kappa").value == doctest::Approx(0.4));
  CHECK(*metric(part, "reader r1 - reader r2", "mild", "prevalence_adjusted_kappa").value ==
        doctest::Approx(1.0 / 3));
  CHECK(*metric(part, "reader r2 - model", "mild", "kappa").value == 1);
  CHECK(*metric(part, "readers", "mild", "readers_agreement").value == doctest::Approx(2.0 / 3));
}

TEST_CASE("readers: the mean AUROC less the model's is that of the areas") {
  const AnalysisData data = made_data(TruthKind::findings, 60);
  const ReportPart part = readers_part(context_of(data));
  std::vector<double> areas;
  for (const Rater& rater : data.raters) {
    std::vector<bool> positive;
    for (const Answer answer : data.truth[0]) positive.push_back(answer == Answer::yes);
    areas.push_back(*auroc(rater.scores[0], positive).value);
  }
  const Estimate mean = metric(part, "readers", "mild", "reader_mean_auroc");
  CHECK(*mean.value == doctest::Approx((areas[1] + areas[2]) / 2).epsilon(1e-12));
  REQUIRE(mean.interval);
  CHECK(mean.interval->method == "Obuchowski-Rockette, Hillis df");
  CHECK(*metric(part, "readers", "mild", "reader_mean_minus_model_auroc").value ==
        doctest::Approx((areas[1] + areas[2]) / 2 - areas[0]).epsilon(1e-12));
}

TEST_CASE("readers: arms of a study have to name readers, as many in each") {
  const AnalysisData data = made_data(TruthKind::findings, 40);
  const PartContext context = context_of(data);
  CHECK(message_of([&] {
          readers_part(context, {{{"unaided", {"r1"}}}});
        }) == "--reader-arm is given twice, with the same readers in the same order");
  CHECK(message_of([&] {
          readers_part(context, {{{"unaided", {"r1"}}, {"aided", {"r3"}}}});
        }) == "--reader-arm: 'r3' is no reader with graded scores");
  const ReportPart part = readers_part(context, {{{"unaided", {"r1"}}, {"aided", {"reader r2"}}}});
  CHECK(metric(part, "readers", "mild", "reader_mean_auroc_difference").why_not == "fewer than two readers");
}

TEST_CASE("readers: classes are compared over all classes, grades with weights") {
  const ReportPart classes = readers_part(context_of(made_data(TruthKind::classes, 30)));
  CHECK(metric(classes, "reader r1 - reader r2", "", "kappa").value);
  const AnalysisData grades = made_data(TruthKind::ordinal, 30);
  const ReportPart part = readers_part(context_of(grades));
  CHECK(metric(part, "reader r1 - reader r2", "", "kappa_quadratic").value);
  CHECK(metric(part, "readers", "", "krippendorff_alpha_ordinal").value);
}
