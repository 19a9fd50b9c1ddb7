#include "radbatch/batch/estimate.hpp"

#include <doctest/doctest.h>

using namespace radbatch;

namespace {

std::vector<CaseCost> cases_of(std::initializer_list<std::uint64_t> bytes) {
  std::vector<CaseCost> cases;
  for (const std::uint64_t cost : bytes) cases.push_back({"case-" + std::to_string(cost), cost});
  return cases;
}

std::vector<std::string> ids(const std::vector<Stratum>& strata) {
  std::vector<std::string> ids;
  for (const Stratum& stratum : strata) ids.push_back(stratum.case_id + "x" + std::to_string(stratum.cases));
  return ids;
}

SampledCase took(double prepare, double classify) {
  return {{{"prepare", prepare}, {"classify", classify}}, ""};
}

}  // namespace

TEST_CASE("lots of like cost, the middle case of each, whatever the order") {
  const std::vector<std::string> expected{"case-2x2", "case-20x3", "case-60x3"};
  CHECK(ids(choose_strata(cases_of({1, 2, 3, 20, 30, 50, 60, 70}), 3)) == expected);
  CHECK(ids(choose_strata(cases_of({70, 1, 60, 2, 50, 3, 30, 20}), 3)) == expected);
  CHECK(ids(choose_strata(cases_of({5}), 24)) == std::vector<std::string>{"case-5x1"});
  CHECK(choose_strata({}, 24).empty());
}

TEST_CASE("totals are the lots' sizes times their case; wall time is divided as in the sample") {
  const std::vector<Stratum> strata{{"a", 100}, {"b", 50}};
  SampleRun run;
  run.cases = {{"a", took(1, 2)}, {"b", took(3, 1)}};
  run.start_s = 5;
  run.wall_s = 3.5;  // 7 s of requests in 3.5 s: two at a time
  run.disk_bytes = 2000;
  run.inodes = 4;
  const Json found = estimate(strata, run, {.cases = 160, .by_reason = {{"E_SPACING", 10}}, .cpus = 2});
  CHECK(found["stages"]["prepare"]["total_s"] == 250.0);
  CHECK(found["stages"]["classify"]["total_s"] == 250.0);
  CHECK(found["total_s"].get<double>() == doctest::Approx(5 + 500 / 2.0));
  CHECK(found["shards"]["4"].get<double>() == doctest::Approx(5 + 500 / 8.0));
  CHECK(found["disk_bytes"] == 150000);
  CHECK(found["inodes"] == 300);
  // One pair of lots, 300 and 200 s: error 100 s of requests, 50 s of the clock.
  CHECK(found["total_s_high"].get<double>() == doctest::Approx(255 + 1.959963984540054 * 50));
}

TEST_CASE("cases of the sample that end without a result stand for their lots") {
  SampleRun run;
  run.cases = {{"a", {{{"prepare", 1}}, "E_TRUNCATED_PIXELS"}}};
  run.wall_s = 1;
  CHECK(estimate({{"a", 40}}, run, {.cases = 40})["failed_in_sample"]["E_TRUNCATED_PIXELS"] == 40);
}

TEST_CASE("an estimate without a case to run is all zeros, and can be read") {
  const Json found = estimate({}, {}, {.cases = 3, .by_reason = {{"E_MODALITY", 3}}});
  CHECK(found["total_s"] == 0.0);
  CHECK(estimate_text(found).starts_with("cases      3 in all, 0 to run; by their headers: E_MODALITY 3\n"));
}
