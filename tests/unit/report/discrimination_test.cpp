#include "radbatch/report/discrimination.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "error_text.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/stats/auroc.hpp"
#include "shared_data.hpp"

using namespace radbatch;

namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

/// Units with scores of one or more findings; everything else as a plain table of labels gives it.
struct Example {
  AnalysisData data;
  Language lang;
  ThresholdOptions options;

  explicit Example(std::size_t n_findings) {
    data.kind = TruthKind::findings;
    data.raters.push_back({"model", false, {}, {}, {}});
    for (std::size_t f = 0; f < n_findings; ++f) {
      const std::string name = "Finding " + std::string(1, static_cast<char>('A' + f));
      data.findings.push_back({name, slug(name), "p_" + slug(name), 0.5, "model"});
    }
    data.truth.resize(n_findings);
    data.raters[0].scores.resize(n_findings);
    data.raters[0].decisions.resize(n_findings);
  }

  /// One unit; decisions at 0.5.
  void add(const std::vector<double>& scores, const std::vector<int>& truth, bool is_test = true) {
    const auto number = static_cast<std::uint32_t>(data.size());
    data.unit_ids.push_back("case" + std::to_string(1000 + number));
    data.cluster.push_back(number);
    data.n_clusters = number + 1;
    data.is_test.push_back(is_test ? 1 : 0);
    data.is_done.push_back(std::isnan(scores[0]) ? 0 : 1);
    for (std::size_t f = 0; f < scores.size(); ++f) {
      data.raters[0].scores[f].push_back(scores[f]);
      data.raters[0].decisions[f].push_back(std::isnan(scores[f]) ? Answer::unknown
                                            : scores[f] >= 0.5    ? Answer::yes
                                                                  : Answer::no);
      data.truth[f].push_back(static_cast<Answer>(truth[f]));
    }
  }

  /// `n` units whose scores of all findings follow the truth loosely.
  void fill(int n, bool is_test = true) {
    for (int i = 0; i < n; ++i) {
      std::vector<double> scores;
      std::vector<int> truth;
      for (std::size_t f = 0; f < data.findings.size(); ++f) {
        const int step = static_cast<int>(f) + 1;
        truth.push_back((i * 7 * step) % 5 < 2 ? 1 : 0);
        scores.push_back(((i * 37 * step) % 101) / 140.0 + (truth.back() == 1 ? 0.25 : 0));
      }
      add(scores, truth, is_test);
    }
  }

  ReportPart part(std::size_t n_bootstrap = 200) const {
    return discrimination_part({.data = data, .lang = lang, .n_bootstrap = n_bootstrap}, options);
  }
  Json finding(std::size_t f = 0) const { return part().numbers["models"][0]["findings"][f]; }
};

std::size_t number_of(const std::string& text, const std::string& word) {
  std::size_t n = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++n;
  return n;
}

}  // namespace

TEST_CASE("a finding's numbers stand in JSON, in rows and on the page") {
  Example example(1);
  example.fill(60);
  const ReportPart part = example.part();
  const Json& finding = part.numbers["models"][0]["findings"][0];
  CHECK(finding["n_positive"] == 24);
  CHECK(finding["auroc"]["method"] == "DeLong, logit scale");
  CHECK(finding["operating_points"][0]["sensitivity"]["method"] == "Wilson");
  CHECK(finding["operating_points"][0]["mcc"]["method"] == "bootstrap BCa, 200 resamples of cases");
  CHECK(part.metrics[0].metric == "auroc");
  CHECK(*part.metrics[0].estimate.value == finding["auroc"]["value"].get<double>());
  CHECK(part.html.find(estimate_text(part.metrics[0].estimate)) != std::string::npos);
  CHECK(part.html.find("nan") == std::string::npos);
}

TEST_CASE("without labels, or with numbers for labels, there is nothing to say") {
  Example example(1);
  example.fill(10);
  example.data.kind = TruthKind::none;
  CHECK(example.part().html.empty());
  example.data.kind = TruthKind::continuous;
  CHECK(example.part().metrics.empty());
}

TEST_CASE("cases of one patient make intervals clustered, and each says so") {
  Example example(1);
  example.fill(90);
  for (std::uint32_t i = 0; i < 90; ++i) example.data.cluster[i] = i / 3;
  example.data.n_clusters = 30;
  example.data.has_patients = true;
  const Json finding = example.finding();
  CHECK(finding["auroc"]["method"] == "Obuchowski, clustered by patient, logit scale");
  CHECK(finding["average_precision"]["method"] == "bootstrap BCa, 200 resamples of patients");
  CHECK(finding["operating_points"][0]["ppv"]["method"] == "Wilson, clustered by patient");
  CHECK(finding["operating_points"][0]["lr_positive"]["method"] == "log, clustered by patient");
}

TEST_CASE("few cases are said, one has no interval, none has no value") {
  Example example(3);
  for (int i = 0; i < 20; ++i)
    example.add({i / 20.0, i / 20.0, i / 20.0}, {i > 16 ? 1 : 0, i == 9 ? 1 : 0, 0});
  const ReportPart part = example.part();
  const Json& findings = part.numbers["models"][0]["findings"];
  CHECK(findings[0]["few"] == "only 3 cases with the finding");
  CHECK(findings[1]["auroc"].contains("value"));
  CHECK_FALSE(findings[1]["auroc"].contains("lower"));
  CHECK(findings[2]["auroc"]["why_not"] == "no case has the finding");
  CHECK(findings[2]["auroc"]["value"].is_null());
  CHECK(part.warnings ==
        std::vector<std::string>{
            "fewer than 10 cases with or without the finding: Finding A, Finding B, Finding C"});
}

TEST_CASE("a threshold is chosen on other cases and judged on the test cases") {
  Example example(1);
  example.fill(40, false);
  example.fill(40, true);
  example.data.covariates.push_back({"split", {}});
  for (std::size_t i = 0; i < 80; ++i) example.data.covariates[0].values.push_back(i < 40 ? "val" : "test");
  example.options.from.push_back(parse_threshold_from("split==\"val\" at sens=0.9"));
  const Json point = example.finding()["operating_points"][1];
  CHECK(point["id"] == "sens_0.9");
  CHECK(point["name"] == "sensitivity 0.9 on split==\"val\"");
  CHECK(point["n_fitted"] == 40);
  // The test cases are copies of the others: what was reached there is reached here.
  CHECK(point["sensitivity"]["value"].get<double>() >= 0.9);
  CHECK(point["sensitivity"]["n"] == 16);
}

TEST_CASE("a threshold chosen on test cases, or on their patients, is refused with hashes") {
  Example example(1);
  example.fill(20, false);
  example.fill(20, true);
  example.data.covariates.push_back({"split", std::vector<std::string>(40, "val")});
  example.options.from.push_back(parse_threshold_from("split==\"val\" at youden"));
  const std::string both = test::error_of([&] { example.part(); });
  CHECK(both.starts_with("2: --threshold-from 'split==\"val\"' and the test cases share 20 cases"));
  for (std::size_t i = 20; i < 40; ++i) example.data.covariates[0].values[i] = "test";
  CHECK(test::error_of([&] { example.part(); }) == "nothing thrown");
  example.data.has_patients = true;
  for (std::size_t i = 0; i < 40; ++i) example.data.cluster_ids.push_back("hash" + std::to_string(i));
  example.data.cluster[20] = example.data.cluster[0];
  CHECK(
      test::error_of([&] {
        example.part();
      }).starts_with("2: 1 patient both in the test cases and in --threshold-from 'split==\"val\"': hash0"));
}

TEST_CASE("a given threshold names its finding, or the nearest one") {
  Example example(2);
  example.fill(30);
  example.options.given = {parse_given_threshold("Finding A=0.3")};
  const Json points = example.finding(0)["operating_points"];
  CHECK(points[1]["threshold"] == 0.3);
  CHECK(example.finding(1)["operating_points"][1]["why_not"] == "no threshold was given");
  example.options.given = {parse_given_threshold("Finding C=0.3")};
  CHECK(test::error_of([&] { example.part(); }) ==
        "2: --threshold: no finding is called 'Finding C' [did you mean 'Finding A'?]");
  CHECK(test::error_of([] { parse_given_threshold("A=x"); }) ==
        "2: expected FINDING=NUMBER, not 'A=x' [for instance --threshold Effusion=0.3]");
  CHECK(test::error_of([] { parse_threshold_from("sens=0.9"); }) ==
        "2: expected CONDITION at AIM, not 'sens=0.9' [for instance --threshold-from 'split==\"val\" at "
        "sens=0.95']");
}

TEST_CASE("cases without a result are shown left out, called negative and called positive") {
  Example example(1);
  example.fill(50);
  for (int i = 0; i < 5; ++i) example.add({missing}, {1});
  const Json finding = example.finding();
  CHECK(finding["n_not_done"] == 5);
  const double left_out = finding["not_done"]["exclude"]["sensitivity"]["value"];
  CHECK(finding["not_done"]["negative"]["sensitivity"]["value"].get<double>() ==
        doctest::Approx(left_out * 20 / 25));
  CHECK(finding["not_done"]["positive"]["sensitivity"]["value"].get<double>() ==
        doctest::Approx((left_out * 20 + 5) / 25));
  CHECK(finding["not_done"]["negative"]["auroc"]["value"] < finding["auroc"]["value"]);
  example.data.not_done = NotDonePolicy::negative;
  CHECK(example.finding()["auroc"]["value"] == finding["not_done"]["negative"]["auroc"]["value"]);
}

TEST_CASE("averages over findings: macro is the mean, micro the pooled scores") {
  Example example(3);
  example.fill(60);
  const ReportPart part = example.part();
  const Json& averages = part.numbers["models"][0]["averages"]["rows"];
  double sum = 0;
  std::vector<double> scores;
  std::vector<bool> positive;
  for (std::size_t f = 0; f < 3; ++f) {
    sum += part.numbers["models"][0]["findings"][f]["auroc"]["value"].get<double>();
    for (std::size_t i = 0; i < 60; ++i) {
      scores.push_back(example.data.raters[0].scores[f][i]);
      positive.push_back(example.data.truth[f][i] == Answer::yes);
    }
  }
  CHECK(averages[0]["metric"] == "auroc");
  CHECK(averages[0]["macro"]["value"].get<double>() == doctest::Approx(sum / 3).epsilon(1e-13));
  CHECK(averages[0]["macro"]["method"] == "bootstrap BCa, 200 resamples of cases");
  CHECK(averages[0]["micro"]["value"].get<double>() ==
        doctest::Approx(*auroc(scores, positive).value).epsilon(1e-13));
}

TEST_CASE("cases outside of the test take no part, not even in what is drawn") {
  Example example(2);
  example.fill(60);
  const ReportPart alone = example.part();
  example.fill(30, false);
  for (std::size_t i = 60; i < 90; ++i) example.data.truth[0][i] = Answer::yes;
  const ReportPart with_others = example.part();
  CHECK(alone.numbers["models"] == with_others.numbers["models"]);
}

TEST_CASE("several classes: confusion matrix, accuracy, weighted kappa where the classes have an order") {
  Example example(3);
  example.data.kind = TruthKind::ordinal;
  for (int i = 0; i < 45; ++i) {
    const int truth = i % 3, called = i % 5 == 0 ? (truth + 1) % 3 : truth;
    std::vector<double> scores(3, 0.1);
    scores[static_cast<std::size_t>(called)] = 0.8;
    example.add(scores, {truth == 0 ? 1 : 0, truth == 1 ? 1 : 0, truth == 2 ? 1 : 0});
    example.data.true_class.push_back(truth);
    example.data.raters[0].top.push_back(called);
  }
  const ReportPart part = example.part();
  const Json& classes = part.numbers["models"][0]["classes"];
  CHECK(classes["accuracy"]["value"] == 0.8);
  CHECK(classes["confusion"] == Json({{12, 3, 0}, {0, 12, 3}, {3, 0, 12}}));
  CHECK(classes["kappa"]["value"].get<double>() == doctest::Approx(0.7));
  CHECK(classes.contains("quadratic_kappa"));
  CHECK(classes["top_k"][0]["k"] == 2);
  CHECK(part.numbers["models"][0]["findings"][0]["operating_points"][0]["name"] ==
        "called class against all others");
}

TEST_CASE("a reader is a row and a mark, without a curve from yes and no") {
  Example example(1);
  example.fill(50);
  Rater reader{"reader r1", true, {std::vector<double>(50, missing)}, {example.data.truth[0]}, {}};
  reader.decisions[0][3] = Answer::unknown;
  example.data.raters.push_back(reader);
  const ReportPart part = example.part();
  const Json& finding = part.numbers["readers"][0]["findings"][0];
  CHECK(finding["operating_points"][0]["sensitivity"]["value"] == 1.0);
  CHECK(finding["roc"].empty());
  CHECK(part.html.find("reader r1") != std::string::npos);
}

TEST_CASE("false positives and their like are lists that the counts lead to") {
  Example example(1);
  example.fill(50);
  const ReportPart part = example.part();
  std::size_t n = 0;
  for (const CaseList& list : part.lists) {
    n += list.units.size();
    CHECK(number_of(part.html, "href=\"#list-" + list.id + "\"") == 1);
  }
  CHECK(n == 50);
}

TEST_CASE("hostile names stay text") {
  Example example(1);
  example.fill(20);
  const std::string hostile = "<script>alert(1)</script>";
  example.data.findings[0].name = hostile;
  example.data.raters[0].name = hostile;
  example.data.where = hostile;
  CHECK(example.part().html.find("<script") == std::string::npos);
}

TEST_CASE("no units, one unit and units that are all alike are said in words") {
  Example none(2);
  CHECK(none.part().html.empty());
  Example one(1);
  one.add({0.7}, {1});
  CHECK(one.finding()["auroc"]["why_not"] == "every case has the finding");
  Example alike(1);
  for (int i = 0; i < 12; ++i) alike.add({0.5}, {i % 2});
  CHECK(alike.finding()["auroc"]["value"] == 0.5);
  CHECK(alike.finding()["operating_points"][0]["npv"]["why_not"] == "no case is called negative");
  Example unscored(1);
  for (int i = 0; i < 5; ++i) unscored.add({missing}, {1});
  CHECK(unscored.finding()["auroc"]["why_not"] == "there are no labelled cases");
}

namespace {

std::vector<std::vector<std::string>> rows_of(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::vector<std::vector<std::string>> rows;
  for (std::string line; std::getline(stream, line);) {
    if (line.ends_with('\r')) line.pop_back();
    rows.push_back(split(line, ','));
  }
  return rows;
}

}  // namespace

// Cohen et al., TorchXRayVision, MIDL 2022: the areas of the published DenseNet-121 on these 621 images.
TEST_CASE("the published predictions on chest X-rays give the published areas") {
  std::filesystem::path folder;
  if (!test::has_shared_data(folder)) return;
  const auto labels = rows_of(folder / "sets/chest-xray-nih/labels.csv");
  const auto scores = rows_of(folder / "sets/chest-xray-nih/predictions-densenet121.csv");
  const std::vector<std::pair<std::string, double>> published{
      {"Cardiomegaly", .920}, {"Effusion", .859}, {"Mass", .851}, {"Hernia", .877}, {"Pneumonia", .569}};
  for (const auto& [name, area] : published) {
    const auto label = std::ranges::find(labels[0], name) - labels[0].begin();
    const auto score = std::ranges::find(scores[0], "prob_" + name) - scores[0].begin();
    CAPTURE(name);
    REQUIRE(label < std::ssize(labels[0]));
    REQUIRE(score < std::ssize(scores[0]));
    std::vector<double> values;
    std::vector<bool> positive;
    for (std::size_t i = 1; i < labels.size(); ++i) {
      REQUIRE(labels[i][0] == scores[i][0]);
      values.push_back(std::stod(scores[i][static_cast<std::size_t>(score)]));
      positive.push_back(labels[i][static_cast<std::size_t>(label)] == "1");
    }
    CHECK(std::abs(*auroc(values, positive).value - area) <= 0.0005);
  }
}
