#include <doctest/doctest.h>

#include "example_analysis.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/report/subgroup.hpp"
#include "radbatch/report/subgroup_metrics.hpp"
#include "radbatch/stats/auroc.hpp"

using namespace radbatch;

namespace {

/// Sex F, M and 3 missing; age 20 to 89; three sites, two of them small; an identifier.
AnalysisData with_groups(std::size_t n) {
  AnalysisData data = make_analysis(n);
  data.covariates = {{"sex", {}}, {"age_years", {}}, {"site", {}}, {"id", {}}, {"constant", {}}};
  for (std::size_t i = 0; i < n; ++i) {
    data.covariates[0].values.push_back(i < 3 ? "" : i % 2 == 0 ? "F <u>" : "M");
    data.covariates[1].values.push_back(std::to_string(20 + i % 70));
    data.covariates[2].values.push_back(i % 10 == 0   ? "north"
                                        : i % 20 == 3 ? "south"
                                        : i == 5      ? "lone"
                                                      : "main");
    data.covariates[3].values.push_back("x" + std::to_string(i));
    data.covariates[4].values.push_back("same");
  }
  return data;
}

std::vector<std::string> names_of(const SubgroupLevels& levels) {
  std::vector<std::string> names;
  for (const Subgroup& group : levels.groups) names.push_back(group.name);
  return names;
}

using Names = std::vector<std::string>;

const SubgroupMetric& row_of(const std::vector<SubgroupMetric>& rows, const std::string& group,
                             const std::string& metric) {
  for (const SubgroupMetric& row : rows)
    if (row.group == group && row.metric == metric && row.finding == 0) return row;
  FAIL("no row " << group << " " << metric);
  return rows.front();
}

std::string error_of(const std::string& word) {
  try {
    parse_subgroup(word);
  } catch (const Error& error) {
    return error.message();
  }
  return "";
}

}  // namespace

TEST_CASE("a subgroup is a column, with ascending bounds for numbers") {
  CHECK(parse_subgroup("sex").covariate == "sex");
  CHECK(parse_subgroup("age_years:18,40,65").bounds == std::vector<double>{18, 40, 65});
  CHECK(error_of("age_years:40,18") ==
        "expected bounds that ascend, as in age_years:18,40,65, not 'age_years:40,18'");
  CHECK(error_of("age_years:") != "");
  CHECK(error_of(":18") == "expected NAME or NAME:BOUND,..., not ':18'");
}

TEST_CASE("numbers fall into half-open bands, or into quartiles") {
  const AnalysisData data = with_groups(140);
  CHECK(names_of(subgroup_levels(data, {"age_years", {40, 65}}, 5)) == Names{"< 40", "40 to < 65", "≥ 65"});
  CHECK(subgroup_levels(data, {"age_years", {40, 65}}, 5).groups[0].units.size() == 40);
  const SubgroupLevels quartiles = subgroup_levels(data, {"age_years", {}}, 5);
  CHECK(quartiles.groups.size() == 4);
  CHECK(quartiles.notes.front() == "age_years: bands are quartiles of the cases.");
}

TEST_CASE("small groups are pooled where they are enough together, else left out, and named") {
  const AnalysisData data = with_groups(200);
  const SubgroupLevels pooled = subgroup_levels(data, {"site", {}}, 25);
  CHECK(names_of(pooled) == Names{"main", "(other)"});
  CHECK(pooled.notes.front() ==
        "site: pooled as (other), fewer than 25 cases: north (20), south (10), lone (1).");
  const SubgroupLevels left_out = subgroup_levels(data, {"site", {}}, 15);
  CHECK(names_of(left_out) == Names{"main", "north"});
  CHECK(left_out.notes.front() == "site: left out as a group, fewer than 15 cases: south (10), lone (1).");
}

TEST_CASE("missing values are a group of their own, or said to be too few for one") {
  const AnalysisData data = with_groups(200);
  CHECK(names_of(subgroup_levels(data, {"sex", {}}, 2)) == Names{"M", "F <u>", "(missing)"});
  CHECK(subgroup_levels(data, {"sex", {}}, 20).notes.front() ==
        "sex: missing in 3 cases, too few for a group.");
}

TEST_CASE("columns that cannot be grouped say why; unknown ones are refused with the nearest") {
  AnalysisData data = with_groups(200);
  CHECK(subgroup_levels(data, {"id", {}}, 20).why_not ==
        "200 different values: they tell cases apart rather than groups");
  std::ranges::fill(data.covariates[0].values, "");
  CHECK(subgroup_levels(data, {"sex", {}}, 20).why_not == "no case has a value");
  CHECK_THROWS_WITH_AS(subgroup_levels(data, {"sexx", {}}, 20), "--subgroup: there is no column 'sexx'",
                       Error);
}

TEST_CASE("a group's area is that of its units, and the gap that of independent areas") {
  const AnalysisData data = with_groups(300);
  const Language lang;
  const auto rows = subgroup_metrics(context_of(data, lang), {subgroup_levels(data, {"sex", {}}, 20)}, false);
  std::vector<std::uint8_t> women(300, 0);
  std::vector<std::uint8_t> rest(300, 1);
  for (std::size_t i = 0; i < 300; ++i) {
    women[i] = data.covariates[0].values[i] == "F <u>" ? 1 : 0;
    rest[i] = 1 - women[i];
  }
  const JudgedUnits of_women = judged_units(data, data.raters[0], 0, women);
  const JudgedUnits of_rest = judged_units(data, data.raters[0], 0, rest);
  const Auroc a = auroc(of_women.scores, of_women.positive);
  const Auroc b = auroc(of_rest.scores, of_rest.positive);
  const SubgroupMetric& row = row_of(rows, "F <u>", "auroc");
  CHECK(*row.estimate.value == *a.value);
  CHECK(row.estimate.interval->low == a.interval->low);
  CHECK(*row.gap.estimate.value == doctest::Approx(*a.value - *b.value).epsilon(1e-12));
  CHECK(*row.gap.standard_error == doctest::Approx(std::hypot(*a.standard_error, *b.standard_error)));
  CHECK(row.against == "rest");
  CHECK(row_of(rows, "F <u>", "sensitivity").gap.estimate.interval->method ==
        "Newcombe, independent (method 10)");
}

TEST_CASE("two groups that share all units have one gap, and against the largest it has none of its own") {
  AnalysisData data = with_groups(200);
  for (std::size_t i = 0; i < 3; ++i) data.covariates[0].values[i] = "M";
  const Language lang;
  const std::vector<SubgroupLevels> sex{subgroup_levels(data, {"sex", {}}, 20)};
  const auto rows = subgroup_metrics(context_of(data, lang), sex, false);
  CHECK(row_of(rows, "M", "auroc").against == "");
  CHECK(row_of(rows, "F <u>", "auroc").against == "rest");
  const auto largest = subgroup_metrics(context_of(data, lang), sex, true);
  CHECK(row_of(largest, "M", "auroc").against == "");
  CHECK(row_of(largest, "F <u>", "auroc").against == "M");
}

TEST_CASE("patients in a group and in the rest: the gap is resampled by patient") {
  AnalysisData data = with_groups(200);
  cluster_by(data, 2);  // each patient has a case of both sexes
  const Language lang;
  const auto rows = subgroup_metrics(context_of(data, lang), {subgroup_levels(data, {"sex", {}}, 20)}, false);
  CHECK(row_of(rows, "M", "auroc").gap.test == "bootstrap of patients");
  CHECK(row_of(rows, "M", "sensitivity").gap.test == "t, clustered by patient");
}

TEST_CASE("a group of one class and a group of two say why they have no area") {
  AnalysisData data = with_groups(200);
  for (std::size_t i = 0; i < 200; ++i)
    if (data.covariates[2].values[i] == "north") data.truth[0][i] = Answer::no;
  data.covariates[2].values[1] = data.covariates[2].values[2] = "pair";
  const Language lang;
  const auto rows = subgroup_metrics(context_of(data, lang), {subgroup_levels(data, {"site", {}}, 2)}, false);
  CHECK(row_of(rows, "north", "auroc").estimate.why_not == "0 with the finding, fewer than 5");
  CHECK(row_of(rows, "north", "specificity").estimate.value);
  CHECK(row_of(rows, "pair", "auroc").estimate.why_not.find("fewer than 5") != std::string::npos);
  CHECK_FALSE(row_of(rows, "pair", "auroc").gap.p);
}

TEST_CASE("the part: a table and a forest plot per characteristic, every number in report.json") {
  const AnalysisData data = with_groups(300);
  const Language lang;
  SubgroupOptions options;
  options.choices = {{"sex", {}}, {"age_years", {40, 65}}, {"site", {}}, {"id", {}}, {"constant", {}}};
  const ReportPart part = subgroup_part(context_of(data, lang), options);
  check_part(part);
  CHECK(part.figures.size() == 4);
  CHECK(part.tables.size() == 7);
  CHECK(part.warnings.size() == 1);
  CHECK(part.numbers["covariates"][0]["sizes"]["M"] == 149);
  const auto rows = std::ranges::count(part.metrics, "age_years=< 40", &MetricRow::subgroup);
  CHECK(rows == 2 * (4 + 4 * 3));
}

TEST_CASE("subgroups of numbers, of nothing and of few are said in words") {
  const Language lang;
  SubgroupOptions options;
  options.choices = {{"sex", {}}, {"age_years", {}}, {"site", {}}};
  options.smallest = 2;
  for (const std::size_t n : {0, 1, 2, 7})
    check_part(subgroup_part(context_of(with_groups(n), lang), options));
  AnalysisData numbers = with_groups(60);
  numbers.kind = TruthKind::continuous;
  numbers.true_value = {std::vector<double>(60, 0.5), std::vector<double>(60, std::nan(""))};
  const ReportPart part = subgroup_part(context_of(numbers, lang), options);
  check_part(part);
  CHECK(part.numbers["groups"][0]["metric"] == "mae");
  AnalysisData silent = with_groups(60);
  for (auto& scores : silent.raters[0].scores) std::ranges::fill(scores, std::nan(""));
  for (auto& decisions : silent.raters[0].decisions) std::ranges::fill(decisions, Answer::unknown);
  check_part(subgroup_part(context_of(silent, lang), options));
  AnalysisData perfect = with_groups(60);
  for (std::size_t i = 0; i < 60; ++i)
    perfect.raters[0].scores[0][i] = perfect.truth[0][i] == Answer::yes ? 1 : 0;
  check_part(subgroup_part(context_of(perfect, lang), options));
  AnalysisData unlabelled = with_groups(60);
  unlabelled.kind = TruthKind::none;
  CHECK(subgroup_part(context_of(unlabelled, lang), options).html.empty());
  CHECK(subgroup_part(context_of(unlabelled, lang), {}).warnings.empty());
}
