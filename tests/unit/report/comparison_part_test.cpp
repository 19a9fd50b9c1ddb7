#include <doctest/doctest.h>

#include "example_analysis.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/report/comparison.hpp"
#include "radbatch/report/rater_agreement.hpp"
#include "radbatch/report/rater_differences.hpp"
#include "radbatch/report/rerun_check.hpp"
#include "radbatch/stats/auroc.hpp"

using namespace radbatch;

namespace {

AnalysisData two_models(std::size_t n) {
  AnalysisData data = make_analysis(n);
  data.raters.push_back(make_rater(data, "B <i>", 0.2, 2));
  return data;
}

const RaterDifference& row_of(const std::vector<RaterDifference>& rows, const std::string& metric,
                              std::size_t finding) {
  for (const RaterDifference& row : rows)
    if (row.metric == metric && row.finding == finding) return row;
  FAIL("no row " << metric);
  return rows.front();
}

std::string message_of(const AnalysisData& data, const ComparisonOptions& options) {
  const Language lang;
  try {
    comparison_part(context_of(data, lang), options);
  } catch (const Error& error) {
    return error.message() + " / " + error.hint();
  }
  return "";
}

}  // namespace

TEST_CASE("two models: DeLong's test of the areas, and shares of the units that both called") {
  const AnalysisData data = two_models(300);
  const Language lang;
  const auto rows = rater_differences(context_of(data, lang), {{0, 1}});
  const RaterDifference& area = row_of(rows, "auroc", 0);
  const JudgedUnits units = judged_units(data, data.raters[0], 0);
  CHECK(*area.first == *auroc(units.scores, units.positive).value);
  CHECK(*area.difference.estimate.value == *area.first - *area.second);
  const std::vector<std::vector<double>> scores{data.raters[0].scores[0], data.raters[1].scores[0]};
  const PairedAuroc pair = paired_auroc(scores, units.positive);
  const auto& c = pair.covariance;
  CHECK(*area.difference.standard_error ==
        doctest::Approx(std::sqrt(c[0][0] + c[1][1] - 2 * c[0][1])).epsilon(1e-12));
  CHECK(area.difference.test == "DeLong, paired");
  CHECK(row_of(rows, "sensitivity", 0).difference.estimate.n == units.n_positive);
  CHECK(row_of(rows, "sensitivity", 0).difference.estimate.interval->method ==
        "Newcombe, paired (method 10)");
  CHECK(row_of(rows, "mcc", 0).difference.estimate.interval->method.starts_with("bootstrap"));
  CHECK(*row_of(rows, "f1", 1).difference.p > 0);
}

TEST_CASE("two raters as scikit-learn, scipy and DeLong's definition in numpy have them") {
  const Language lang;
  const Json golden = read_json_file(RADBATCH_STATISTICS_DATA "/comparison.json");
  for (const Json& wanted : golden.at("raters")) {
    AnalysisData data = make_analysis(wanted["truth"].size());
    data.findings.resize(1);
    data.truth.resize(1);
    data.raters.resize(2);
    for (const std::size_t r : {0, 1}) {
      data.raters[r].scores = {wanted[r == 0 ? "first" : "second"].get<std::vector<double>>()};
      data.raters[r].decisions.assign(1, {});
      for (const double score : data.raters[r].scores[0])
        data.raters[r].decisions[0].push_back(score >= 0.5 ? Answer::yes : Answer::no);
    }
    for (std::size_t i = 0; i < data.size(); ++i)
      data.truth[0][i] = wanted["truth"][i] == 1 ? Answer::yes : Answer::no;
    auto agrees = [](double ours, const Json& theirs) {
      CHECK(std::abs(ours - theirs.get<double>()) < 1e-9);
    };
    const auto rows = rater_differences(context_of(data, lang), {{0, 1}});
    const RaterDifference& area = row_of(rows, "auroc", 0);
    agrees(*area.first, wanted["auroc"][0]);
    agrees(*area.second, wanted["auroc"][1]);
    agrees(*area.difference.estimate.value, wanted["difference"]);
    agrees(*area.difference.standard_error, wanted["standard_error"]);
    agrees(*area.difference.p, wanted["p"]);
    agrees(area.difference.estimate.interval->low, wanted["lower"]);
    for (const char* metric : {"mcc", "average_precision"}) {
      agrees(*row_of(rows, metric, 0).first, wanted[metric][0]);
      agrees(*row_of(rows, metric, 0).second, wanted[metric][1]);
    }
    const RaterAgreement agreement = rater_agreement(context_of(data, lang), {{0, 1}})[0];
    agrees(*agreement.kappa.value, wanted["kappa"]);
    agrees(*agreement.scores.pearson, wanted["pearson"]);
    agrees(*agreement.scores.concordance, wanted["concordance"]);
    agrees(*agreement.scores.low, wanted["low"]);
    agrees(*agreement.scores.high, wanted["high"]);
  }
}

TEST_CASE("p is adjusted over the findings of one metric") {
  const AnalysisData data = two_models(300);
  const Language lang;
  const auto rows = rater_differences(context_of(data, lang), {{0, 1}});
  const RaterDifference& a = row_of(rows, "auroc", 0);
  const RaterDifference& b = row_of(rows, "auroc", 1);
  const double smaller = std::min(*a.difference.p, *b.difference.p);
  const double larger = std::max(*a.difference.p, *b.difference.p);
  CHECK(std::min(*a.adjusted_p, *b.adjusted_p) == doctest::Approx(std::min(1.0, 2 * smaller)));
  CHECK(std::max(*a.adjusted_p, *b.adjusted_p) ==
        doctest::Approx(std::max(std::min(1.0, 2 * smaller), larger)));
}

TEST_CASE("patients with several cases: every method is the clustered one") {
  AnalysisData data = two_models(300);
  cluster_by(data, 3);
  const Language lang;
  const auto rows = rater_differences(context_of(data, lang), {{0, 1}});
  CHECK(row_of(rows, "auroc", 0).difference.test == "DeLong, clustered by patient");
  CHECK(row_of(rows, "specificity", 0).difference.test == "Obuchowski 1998, clustered");
  CHECK(row_of(rows, "f1", 0).difference.estimate.interval->method.find("patients") != std::string::npos);
  const auto agreement = rater_agreement(context_of(data, lang), {{0, 1}});
  CHECK(agreement[0].kappa.interval->method.find("bootstrap") != std::string::npos);
}

TEST_CASE("a rater against itself: no difference, and no test that could find one") {
  AnalysisData data = make_analysis(100);
  data.raters.push_back(data.raters.front());
  const Language lang;
  const auto rows = rater_differences(context_of(data, lang), {{0, 1}});
  const RaterDifference& area = row_of(rows, "auroc", 0);
  CHECK(*area.difference.estimate.value == 0);
  CHECK_FALSE(area.difference.p);
  CHECK(area.difference.estimate.why_not ==
        "the difference has no variance: the two rank alike, or both perfectly");
  CHECK(*row_of(rows, "sensitivity", 0).difference.p == 1);
  const auto agreement = rater_agreement(context_of(data, lang), {{0, 1}});
  CHECK(*agreement[0].kappa.value == 1);
  CHECK(*agreement[0].scores.largest == 0);
  CHECK(agreement[0].disagreeing.empty());
}

TEST_CASE("only units that both have judged count") {
  AnalysisData data = two_models(100);
  for (std::size_t i = 0; i < 30; ++i) data.raters[1].scores[0][i] = std::nan("");
  for (std::size_t i = 0; i < 30; ++i) data.raters[1].decisions[0][i] = Answer::unknown;
  for (std::size_t i = 20; i < 40; ++i) data.truth[0][i] = Answer::unknown;
  data.is_test[99] = 0;
  const Language lang;
  const auto rows = rater_differences(context_of(data, lang), {{0, 1}});
  CHECK(row_of(rows, "auroc", 0).difference.estimate.n == 59);
  CHECK(rater_agreement(context_of(data, lang), {{0, 1}})[0].calls.total() == 69);
}

TEST_CASE("disagreements are listed with the largest difference first, and who was right is counted") {
  AnalysisData data = two_models(200);
  const Language lang;
  const RaterAgreement row = rater_agreement(context_of(data, lang), {{0, 1}})[0];
  REQUIRE(row.disagreeing.size() > 2);
  CHECK(row.disagreeing.size() == row.calls.discordant());
  CHECK(row.first_right + row.second_right == row.disagreeing.size());
  auto apart = [&](std::size_t i) {
    const std::uint32_t unit = row.disagreeing[i];
    return std::abs(data.raters[0].scores[0][unit] - data.raters[1].scores[0][unit]);
  };
  CHECK(apart(0) >= apart(1));
  CHECK(apart(1) >= apart(2));
}

TEST_CASE("a reader of yes and no is compared by calls, not by an area") {
  AnalysisData data = two_models(150);
  Rater& reader = data.raters[1];
  reader.is_reader = true;
  for (auto& scores : reader.scores) std::ranges::fill(scores, std::nan(""));
  const Language lang;
  const auto rows = rater_differences(context_of(data, lang), {{0, 1}});
  for (const RaterDifference& row : rows) CHECK(row.metric.find("auroc") == std::string::npos);
  CHECK(row_of(rows, "sensitivity", 0).difference.p);
}

TEST_CASE("one class per unit: accuracy of the calls, and calls per finding from them") {
  AnalysisData data = two_models(120);
  data.kind = TruthKind::classes;
  for (Rater& rater : data.raters) {
    for (auto& decisions : rater.decisions) std::ranges::fill(decisions, Answer::unknown);
    for (std::size_t i = 0; i < data.size(); ++i)
      rater.top.push_back(rater.scores[0][i] > rater.scores[1][i] ? 0 : 1);
  }
  for (std::size_t i = 0; i < data.size(); ++i) {
    data.true_class.push_back(data.truth[0][i] == Answer::yes ? 0 : 1);
    data.truth[1][i] = data.truth[0][i] == Answer::yes ? Answer::no : Answer::yes;
  }
  const Language lang;
  const auto rows = rater_differences(context_of(data, lang), {{0, 1}});
  REQUIRE(rows.front().metric == "accuracy");
  CHECK_FALSE(rows.front().finding);
  CHECK(rows.front().difference.estimate.n == 120);
  CHECK(row_of(rows, "sensitivity", 0).difference.estimate.value);
}

TEST_CASE("numbers are compared by their errors") {
  AnalysisData data = two_models(40);
  data.kind = TruthKind::continuous;
  data.true_value = {std::vector<double>(40, 0.5), std::vector<double>(40, std::nan(""))};
  const Language lang;
  const auto rows = rater_differences(context_of(data, lang), {{0, 1}});
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].metric == "mae");
  double sum = 0;
  for (std::size_t i = 0; i < 40; ++i) sum += std::abs(data.raters[0].scores[0][i] - 0.5);
  CHECK(*rows[0].first == doctest::Approx(sum / 40));
}

TEST_CASE("the part says all of it, and every number of the page is in report.json") {
  const AnalysisData data = two_models(300);
  const Language lang;
  ComparisonOptions options;
  options.margin = 0.05;
  options.rerun_tolerance = 1e-4;
  const ReportPart part = comparison_part(context_of(data, lang), options);
  check_part(part);
  CHECK(part.html.find("B &lt;i&gt;") != std::string::npos);
  CHECK(part.numbers["pairs"][0]["differences"].size() ==
        19);  // 2 x (area, 2 shares, 5 + 1 resampled) + macro
  CHECK(part.numbers["pairs"][0]["differences"][0]["non_inferior"] == true);
  CHECK(part.lists.size() == 3);
  CHECK(part.warnings.size() == 1);
}

TEST_CASE("models without labels are compared by what they say") {
  AnalysisData data = two_models(80);
  data.kind = TruthKind::none;
  data.truth.clear();
  const Language lang;
  const ReportPart part = comparison_part(context_of(data, lang), {});
  check_part(part);
  CHECK_FALSE(part.numbers["pairs"][0].contains("differences"));
  CHECK(part.numbers["pairs"][0]["agreement"][0]["n_calls"] == 80);
}

TEST_CASE("all pairs on request, other preparations never") {
  AnalysisData data = two_models(60);
  data.raters.push_back(make_rater(data, "C", 0.4, 3));
  data.raters.push_back(make_rater(data, "smoothed", 0.4, 4));
  data.raters.back().is_variant = true;
  const Language lang;
  CHECK(comparison_part(context_of(data, lang), {}).numbers["pairs"].size() == 2);
  ComparisonOptions options;
  options.all_pairs = true;
  CHECK(comparison_part(context_of(data, lang), options).numbers["pairs"].size() == 3);
}

TEST_CASE("without a second rater there is nothing to say, and options that need one are refused") {
  const AnalysisData data = make_analysis(50);
  const Language lang;
  CHECK(comparison_part(context_of(data, lang), {}).html.empty());
  ComparisonOptions margin;
  margin.margin = 0.1;
  CHECK(message_of(data, margin) ==
        "--margin compares two models, and there is one / radbatch-report FIRST SECOND --margin 0.05");
  ComparisonOptions rerun;
  rerun.rerun_tolerance = 0;
  CHECK(message_of(data, rerun) ==
        "--rerun-tolerance compares two runs, and there is one / radbatch-report FIRST SECOND "
        "--rerun-tolerance "
        "1e-4");
}

TEST_CASE("a rerun that moves scores within the tolerance passes, flips at the threshold included") {
  AnalysisData data = make_analysis(100);
  data.raters[0].scores[0][7] = 0.50003;
  data.raters[0].decisions[0][7] = Answer::yes;
  data.raters.push_back(data.raters[0]);
  data.raters[1].scores[0][7] = 0.49998;
  data.raters[1].decisions[0][7] = Answer::no;
  const RerunCheck check = check_reruns(data, 1e-4).at(0);
  CHECK(check.passes());
  CHECK(check.flips == 1);
  CHECK(check.unexplained_flips == 0);
  CHECK(*check.largest == doctest::Approx(5e-5));
  CHECK(check.differing == std::vector<std::uint32_t>{7});
}

TEST_CASE("a rerun that differs does not pass, and says in what") {
  AnalysisData data = make_analysis(100);
  data.raters.push_back(data.raters[0]);
  Rater& again = data.raters[1];
  again.decisions[1][3] =
      again.decisions[1][3] == Answer::yes ? Answer::no : Answer::yes;  // another threshold
  again.scores[0][5] += 0.25;
  for (auto& scores : again.scores) scores[9] = std::nan("");
  const RerunCheck check = check_reruns(data, 1e-4, {0, 2}).at(0);
  CHECK(check.why_not ==
        "scores differ by up to 0.25; 1 decision changed away from the threshold; 1 case without a score the "
        "second time; 2 cases without a score the first time");
  ComparisonOptions options;
  CHECK(reruns_pass(data, options));
  options.rerun_tolerance = 1e-4;
  CHECK_FALSE(reruns_pass(data, options));
}

TEST_CASE("comparisons of nothing, of one unit, of one class and of no scores are said in words") {
  const Language lang;
  ComparisonOptions options;
  options.margin = 0.1;
  options.rerun_tolerance = 1e-4;
  for (const std::size_t n : {0, 1, 2, 3})
    check_part(comparison_part(context_of(two_models(n), lang), options));
  AnalysisData one_class = two_models(50);
  for (auto& truth : one_class.truth) std::ranges::fill(truth, Answer::yes);
  check_part(comparison_part(context_of(one_class, lang), options));
  AnalysisData silent = two_models(50);
  for (auto& scores : silent.raters[1].scores) std::ranges::fill(scores, std::nan(""));
  for (auto& decisions : silent.raters[1].decisions) std::ranges::fill(decisions, Answer::unknown);
  const ReportPart part = comparison_part(context_of(silent, lang), options);
  check_part(part);
  CHECK(part.numbers["reruns"][0]["passes"] == false);
  AnalysisData flat = two_models(50);
  for (Rater& rater : flat.raters)
    for (auto& scores : rater.scores) std::ranges::fill(scores, 0.5);
  check_part(comparison_part(context_of(flat, lang), options));
  AnalysisData one_patient = two_models(50);
  cluster_by(one_patient, 50);
  check_part(comparison_part(context_of(one_patient, lang), options));
}
