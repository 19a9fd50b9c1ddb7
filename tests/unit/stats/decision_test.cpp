#include "calibration_golden.hpp"
#include "radbatch/stats/net_benefit.hpp"
#include "radbatch/stats/predictive_values.hpp"
#include "radbatch/stats/workload.hpp"

using namespace radbatch;
using radbatch::testing::agrees;
using radbatch::testing::CalibrationGolden;

TEST_CASE("net benefit and interventions avoided as dcurves gives them") {
  const CalibrationGolden golden;
  const Json& theirs = golden.json["decisions"];
  const DecisionCurve curve(golden.scores, golden.positive, theirs["thresholds"].get<std::vector<double>>());
  const auto errors = curve.errors(golden.cluster);
  for (std::size_t k = 0; k < curve.thresholds().size(); ++k) {
    const NetBenefit point = curve.points()[k];
    agrees(point.model, theirs["model"][k]);
    agrees(point.treat_all, theirs["treat_all"][k]);
    agrees(point.avoided_per_100(), theirs["avoided_per_100"][k]);
    agrees(*errors[k].model, theirs["clustered_errors"][k]["model"]);
    agrees(*errors[k].difference, theirs["clustered_errors"][k]["difference"]);
  }
}

TEST_CASE("a score at the threshold is acted on") {
  const std::vector<double> scores{0.2, 0.1};
  CHECK(DecisionCurve(scores, {true, false}, {0.2}).points()[0].model == 0.5);
}

TEST_CASE("predictive values at other prevalences: Bayes and Mercaldo's intervals") {
  const CalibrationGolden golden;
  const Json& theirs = golden.json["predictive"];
  CalledUnits units;
  for (const double score : golden.scores) units.called.push_back(score >= 0.5);
  units.positive = golden.positive;
  agrees(*units.sensitivity(0.95).value, theirs["sensitivity"]);
  agrees(*units.specificity(0.95).value, theirs["specificity"]);
  for (const Json& row : theirs["rows"]) {
    const PredictiveValues plain = predictive_values(units, row["prevalence"], 0.95);
    agrees(*plain.positive.value, row["ppv"]);
    agrees(*plain.negative.value, row["npv"]);
    agrees({plain.positive.interval->low, plain.positive.interval->high}, row["ppv_interval"]);
    agrees({plain.negative.interval->low, plain.negative.interval->high}, row["npv_interval"]);
    CHECK(plain.positive.interval->method == "logit, delta method");
  }
  units.cluster = golden.cluster;
  const Json& row = theirs["rows"][1];
  const PredictiveValues clustered = predictive_values(units, row["prevalence"], 0.95);
  agrees({clustered.positive.interval->low, clustered.positive.interval->high}, row["ppv_clustered"]);
  CHECK(clustered.positive.interval->method == "logit, delta method, clustered by patient");
}

TEST_CASE("at the study's own prevalence the predictive values are the plain proportions") {
  const CalledUnits units{{true, true, false, false, true}, {true, false, true, false, true}, {}};
  const PredictiveValues values = predictive_values(units, 0.6, 0.95);
  CHECK(*values.positive.value == doctest::Approx(2.0 / 3));
  CHECK(*values.negative.value == doctest::Approx(0.5));
}

TEST_CASE("predictive values without calls, without a class, and of a perfect test") {
  const CalledUnits nobody{{false, false}, {true, false}, {}};
  CHECK(predictive_values(nobody, 0.1, 0.95).positive.why_not == "no case is called positive");
  CHECK_FALSE(predictive_values(nobody, 0.1, 0.95).positive.value);
  const CalledUnits healthy{{true, false}, {false, false}, {}};
  CHECK(predictive_values(healthy, 0.1, 0.95).negative.why_not == "no case has the finding");
  const CalledUnits perfect{{true, false}, {true, false}, {}};
  const PredictiveValues values = predictive_values(perfect, 0.1, 0.95);
  CHECK(*values.positive.value == 1);
  CHECK(values.positive.interval->low < 0.9);
  CHECK(values.positive.interval->method == "logit, delta method, adjusted counts");
}

TEST_CASE("predictive values of one patient have no interval") {
  const std::vector<std::uint32_t> same{3, 3, 3, 3};
  const CalledUnits units{{true, false, true, false}, {true, true, false, false}, same};
  const PredictiveValues values = predictive_values(units, 0.1, 0.95);
  CHECK(*values.positive.value == doctest::Approx(0.1));
  CHECK_FALSE(values.positive.interval);
  CHECK(values.positive.why_not == "one patient gives no variance");
}

TEST_CASE("workload: the fewest studies to read for a sensitivity, ties read together") {
  const std::vector<double> scores{0.9, 0.8, 0.8, 0.3, 0.1};
  const std::vector<WorkloadPoint> curve = workload_curve(scores, {true, false, true, true, false});
  REQUIRE(curve.size() == 4);
  CHECK(point_at_sensitivity(curve, 0.5)->n_flagged == 3);
  CHECK(point_at_sensitivity(curve, 1.0)->threshold == 0.3);
  CHECK(point_at_flagged(curve, 0.5)->n_flagged == 1);
  CHECK(point_at_flagged(curve, 0.6)->true_positive == 2);
  CHECK(curve[1].reads_per_true_positive() == 1.5);
  CHECK(point_at_flagged(curve, 0.1) == nullptr);
  CHECK(point_at_sensitivity({}, 0.9) == nullptr);
}

TEST_CASE("the bootstrap's error of net benefit is the analytic one, plain and by patient") {
  const CalibrationGolden golden;
  const DecisionCurve curve(golden.scores, golden.positive, {0.1, 0.2, 0.5});
  BootstrapPlan plan;
  plan.n_resamples = 4000;
  for (const std::vector<std::uint32_t>& cluster : {std::vector<std::uint32_t>{}, golden.cluster}) {
    const std::vector<Bootstrapped> benefits = curve.bootstrapped(plan, cluster);
    const auto errors = curve.errors(cluster);
    REQUIRE(benefits.size() == 9);
    for (std::size_t k = 0; k < 3; ++k) {
      CHECK(*benefits[3 * k].value == doctest::Approx(curve.points()[k].model));
      CHECK(*benefits[3 * k].standard_error == doctest::Approx(*errors[k].model).epsilon(0.05));
      CHECK(*benefits[3 * k + 1].standard_error == doctest::Approx(*errors[k].treat_all).epsilon(0.05));
      CHECK(*benefits[3 * k + 2].standard_error == doctest::Approx(*errors[k].difference).epsilon(0.05));
    }
  }
}
