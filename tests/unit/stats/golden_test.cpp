// Our statistics against scikit-learn, statsmodels, scipy and the papers' formulas over all pairs: the file
// is made by tests/oracles/make_report_statistics.py.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "radbatch/base/json.hpp"
#include "radbatch/stats/auroc.hpp"
#include "radbatch/stats/binary_metrics.hpp"
#include "radbatch/stats/bootstrap.hpp"
#include "radbatch/stats/bootstrap_interval.hpp"
#include "radbatch/stats/class_metrics.hpp"
#include "radbatch/stats/precision_recall.hpp"
#include "radbatch/stats/threshold_choice.hpp"

using namespace radbatch;

namespace {

const Json& golden() {
  static const Json file = read_json_file(RADBATCH_STATISTICS_DATA "/discrimination.json");
  return file;
}

bool agrees(double ours, const Json& theirs) {
  return std::abs(ours - theirs.get<double>()) <= 1e-9;
}

bool agrees(const Interval& ours, const Json& theirs) {
  return agrees(ours.low, theirs[0]) && agrees(ours.high, theirs[1]);
}

std::vector<bool> flags(const Json& list) {
  std::vector<bool> out;
  for (const Json& one : list) out.push_back(one.get<int>() == 1);
  return out;
}

struct BinaryCase {
  const Json& expected;
  std::string name;
  std::vector<double> scores, other;
  std::vector<bool> truth;
  std::vector<std::uint32_t> cluster;
  RankedScores ranked;
  std::size_t n_clusters;

  explicit BinaryCase(const Json& json)
      : expected(json),
        name(json["name"]),
        scores(json["scores"]),
        other(json["other"]),
        truth(flags(json["truth"])),
        cluster(json["cluster"]),
        ranked(rank_scores(scores, truth)),
        n_clusters(cluster.back() + 1) {}

  DecidedUnits decided(bool is_clustered) const {
    DecidedUnits units{truth, {}, is_clustered ? cluster : std::vector<std::uint32_t>{}};
    for (const double score : scores) units.decision.push_back(score >= expected["threshold"].get<double>());
    return units;
  }
};

const std::vector<const char*> proportions{"sensitivity", "specificity", "ppv",
                                           "npv",         "accuracy",    "prevalence"};

Estimate metric(const std::vector<Estimate>& all, const std::string& name) {
  for (std::size_t m = 0; m < all.size(); ++m)
    if (name == name_of(ALL_BINARY_METRICS[m])) return all[m];
  return {};
}

}  // namespace

TEST_CASE("areas, errors and intervals, of independent units and of clusters") {
  for (const Json& json : golden()["binary"]) {
    const BinaryCase one(json);
    CAPTURE(one.name);
    const Auroc area = auroc(one.ranked);
    CHECK(agrees(*area.value, json["auroc"]));
    CHECK(agrees(*area.standard_error, json["auroc_error"]));
    const bool has_few = std::min(area.n_positive, area.n_negative) < FEWEST_FOR_DELONG;
    CHECK(agrees(*area.interval, json[has_few ? "newcombe" : "auroc_interval"]));
    const Auroc clustered = clustered_auroc(one.ranked, one.cluster, one.n_clusters);
    CHECK(agrees(*clustered.standard_error, json["clustered_auroc_error"]));
    if (clustered.interval->method.starts_with("Obuchowski"))
      CHECK(agrees(*clustered.interval, json["clustered_auroc_interval"]));
    CHECK(agrees(newcombe_auroc_interval(*area.value, area.n_positive, area.n_negative), json["newcombe"]));
    CHECK(agrees(newcombe_auroc_interval(1, area.n_positive, area.n_negative), json["newcombe_perfect"]));
    const Estimate precision = average_precision(one.ranked);
    CHECK(agrees(*precision.value, json["average_precision"]));
    CHECK(agrees(*precision.interval, json["average_precision_interval"]));
  }
}

TEST_CASE("covariance of paired areas") {
  for (const Json& json : golden()["binary"]) {
    const BinaryCase one(json);
    CAPTURE(one.name);
    const std::vector<std::vector<double>> scores{one.scores, one.other};
    const PairedAuroc independent = paired_auroc(scores, one.truth);
    const PairedAuroc clustered = paired_auroc(scores, one.truth, one.cluster);
    for (std::size_t a = 0; a < 2; ++a) {
      for (std::size_t b = 0; b < 2; ++b) {
        CHECK(agrees(independent.covariance[a][b], json["delong_covariance"][a][b]));
        CHECK(agrees(clustered.covariance[a][b], json["obuchowski_covariance"][a][b]));
      }
    }
  }
}

TEST_CASE("proportions by Wilson and Clopper-Pearson, of independent units and of clusters") {
  for (const Json& json : golden()["binary"]) {
    const BinaryCase one(json);
    CAPTURE(one.name);
    for (const bool is_clustered : {false, true}) {
      const Json& expected = is_clustered ? json["clustered"] : json;
      for (const auto kind : {ProportionInterval::wilson, ProportionInterval::clopper_pearson}) {
        const auto ours =
            binary_metrics(one.decided(is_clustered), {.proportion = kind, .by_bootstrap = false});
        const bool is_wilson = kind == ProportionInterval::wilson;
        for (const char* name : proportions) {
          CAPTURE(name);
          CHECK(agrees(*metric(ours, name).value, expected[name]["value"]));
          CHECK(
              agrees(*metric(ours, name).interval, expected[name][is_wilson ? "wilson" : "clopper_pearson"]));
        }
      }
    }
  }
}

TEST_CASE("likelihood ratios, F1, balanced accuracy, MCC and kappa") {
  for (const Json& json : golden()["binary"]) {
    const BinaryCase one(json);
    CAPTURE(one.name);
    const auto ours = binary_metrics(one.decided(false), {.by_bootstrap = false});
    for (const char* name : {"lr_positive", "lr_negative"}) {
      CHECK(agrees(*metric(ours, name).value, json[name]["value"]));
      CHECK(agrees(*metric(ours, name).interval, json[name]["interval"]));
    }
    for (const char* name : {"f1", "balanced_accuracy", "mcc", "kappa"})
      CHECK(agrees(*metric(ours, name).value, json[name]));
  }
}

TEST_CASE("thresholds as a search over all scores finds them") {
  for (const Json& json : golden()["binary"]) {
    const BinaryCase one(json);
    CAPTURE(one.name);
    for (const auto& [aim, threshold] : json["thresholds"].items()) {
      CAPTURE(aim);
      CHECK(agrees(choose_threshold(one.ranked, parse_threshold_aim(aim))->threshold, threshold));
    }
  }
}

TEST_CASE("several classes: accuracy, balanced accuracy, macro F1, top 2 and kappas") {
  const Json& json = golden()["classes"];
  const ClassedUnits units{4, json["truth"], json["called"], {}};
  const ClassMetrics ours = class_metrics(units, {.by_bootstrap = false});
  CHECK(agrees(*ours.accuracy.value, json["accuracy"]));
  CHECK(agrees(*ours.balanced_accuracy.value, json["balanced_accuracy"]));
  CHECK(agrees(*ours.macro_f1.value, json["macro_f1"]));
  CHECK(agrees(*ours.kappa.value, json["kappa"]["none"]["value"]));
  CHECK(agrees(*ours.linear_kappa.value, json["kappa"]["linear"]["value"]));
  CHECK(agrees(*ours.quadratic_kappa.value, json["kappa"]["quadratic"]["value"]));
  const std::vector<std::vector<double>> scores = json["scores"];
  CHECK(agrees(top_k_share(scores, units.truth, 2), json["top_2"]));
}

TEST_CASE("standard errors and intervals of kappas") {
  const Json& json = golden()["classes"];
  std::vector<double> counts;
  for (const Json& row : json["counts"])
    for (const Json& count : row) counts.push_back(count);
  const std::vector<std::pair<KappaWeights, const char*>> kinds{
      {KappaWeights::none, "none"}, {KappaWeights::linear, "linear"}, {KappaWeights::quadratic, "quadratic"}};
  for (const auto& [weights, name] : kinds) {
    CAPTURE(name);
    CHECK(agrees(*kappa_standard_error(counts, 4, weights), json["kappa"][name]["error"]));
    CHECK(agrees(*kappa(counts, 4, weights).interval, json["kappa"][name]["interval"]));
  }
}

TEST_CASE("BCa: the acceleration exactly, the interval within Monte Carlo error of scipy's") {
  const Json& json = golden()["bootstrap"];
  std::vector<LeftOut> left_out;
  for (const Json& value : json["f1_left_out"]) left_out.push_back({value, 1});
  CHECK(agrees(acceleration(left_out), json["f1_acceleration"]));
  const auto ours = binary_metrics({flags(json["truth"]), flags(json["called"]), {}}, {.n_resamples = 20000});
  for (const char* name : {"mcc", "f1"}) {
    CAPTURE(name);
    // A quantile at 2.5 % of 6,000 resamples has a Monte Carlo error of about 0.035 standard errors.
    const double most = 0.15 * json[name]["error"].get<double>();
    CHECK(std::abs(metric(ours, name).interval->low - json[name]["interval"][0].get<double>()) < most);
    CHECK(std::abs(metric(ours, name).interval->high - json[name]["interval"][1].get<double>()) < most);
    CHECK(metric(ours, name).interval->method == "bootstrap BCa, 20,000 resamples of cases");
  }
}
