#include "radbatch/cli/report_comparison_options.hpp"

#include <doctest/doctest.h>

#include "radbatch/base/error.hpp"

using namespace radbatch;

namespace {

struct Options {
  ComparisonOptions comparison;
  SubgroupOptions subgroup;
  DriftOptions drift;
  SensitivityOptions sensitivity;
};

Options parse(std::vector<const char*> words) {
  Options options;
  CommandLine line("radbatch-report", "", "");
  declare_comparison_options(line, options.comparison);
  declare_subgroup_options(line, options.subgroup);
  declare_drift_options(line, options.drift);
  declare_sensitivity_options(line, options.sensitivity);
  words.insert(words.begin(), "radbatch-report");
  line.parse(static_cast<int>(words.size()), words.data());
  return options;
}

}  // namespace

TEST_CASE("a list of subgroups keeps bounds with their column") {
  const auto choices =
      parse({"--subgroup", "sex,age_years:18,40,65,site", "--subgroup", "kVp"}).subgroup.choices;
  REQUIRE(choices.size() == 4);
  CHECK(choices[1].covariate == "age_years");
  CHECK(choices[1].bounds == std::vector<double>{18, 40, 65});
  CHECK(choices[2].covariate == "site");
  CHECK(choices[3].covariate == "kVp");
}

TEST_CASE("options of comparison, drift and other preparations") {
  const Options options = parse(
      {"--compare",   "all",       "--margin", "0.05",    "--rerun-tolerance", "1e-4", "--reference",   "old",
       "--time",      "StudyDate", "--every",  "quarter", "--sensitivity",     "a",    "--sensitivity", "b",
       "--min-group", "30",        "--gap",    "largest"});
  CHECK(options.comparison.all_pairs);
  CHECK(*options.comparison.margin == 0.05);
  CHECK(*options.comparison.rerun_tolerance == 1e-4);
  CHECK(*options.drift.reference_run == "old");
  CHECK(options.drift.every == TimeStep::quarter);
  CHECK(options.sensitivity.runs.size() == 2);
  CHECK(options.subgroup.smallest == 30);
  CHECK(options.subgroup.against_largest);
}

TEST_CASE("values that make no sense are refused") {
  const std::vector<std::vector<const char*>> bad{{"--margin", "0"},           {"--margin", "5%"},
                                                  {"--rerun-tolerance", "-1"}, {"--compare", "both"},
                                                  {"--subgroup", "age:9,1"},   {"--every", "day"},
                                                  {"--min-group", "1"},        {"--gap", "mean"},
                                                  {"--subgroup", ""},          {"--rerun-tolerance", "nan"}};
  for (const auto& words : bad) CHECK_THROWS_AS(parse(words), Error);
}
