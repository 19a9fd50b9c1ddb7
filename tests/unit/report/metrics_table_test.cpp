#include "radbatch/report/metrics_table.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace radbatch;

TEST_CASE("metrics.csv has one tidy row per estimate") {
  const std::vector<MetricRow> rows{
      {"m", "Mass", "auroc", {0.75, Interval{0.5, 0.9, 0.95, "DeLong"}, 20, 4, ""}, "sex=F"},
      {"m", "", "f1", {std::nullopt, std::nullopt, 0, 0, "no case, no F1"}, ""}};
  CHECK(to_csv(metrics_table(rows)) ==
        "finding,metric,value,lower,upper,method,n,n_positive,subgroup,model,level,note\n"
        "Mass,auroc,0.75,0.5,0.9,DeLong,20,4,sex=F,m,0.95,\n"
        ",f1,,,,,0,0,,m,,\"no case, no F1\"\n");
}

TEST_CASE("what is no number is missing and said") {
  const std::vector<MetricRow> rows{{"m", "Mass", "auroc", {std::nan(""), std::nullopt, 2, 1, ""}, ""}};
  CHECK(to_csv(metrics_table(rows)).ends_with("Mass,auroc,,,,,2,1,,m,,not a finite number\n"));
}
