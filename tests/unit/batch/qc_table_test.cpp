#include "radbatch/batch/qc_table.hpp"

#include <doctest/doctest.h>

#include "journalled_outcomes.hpp"

using namespace radbatch;

namespace {

CaseOutcome outcome_of(const std::string& id, double largest) {
  Json numbers = {{"min", 0}, {"max", largest}, {"mean", 0.5}, {"sd", 0.1},
                  {"p1", 0},  {"p50", 0.5},     {"p99", 0.9}};
  CaseOutcome outcome;
  outcome.case_id = id;
  outcome.status = Status::done;
  outcome.result["qc"] = Json::array({{{"input", "image"},
                                       {"shape", {1, 1, 64, 64}},
                                       {"spacing_mm", {1, 2, 3}},
                                       {"before", numbers},
                                       {"after", numbers},
                                       {"at_limits", 0.125},
                                       {"n_planes", 1},
                                       {"n_blank", 0},
                                       {"axes", {{0, 0.5, 1}, {0.25, 0, 2}}},
                                       {"alarms", Json::array()}}});
  return outcome;
}

struct Cohort10 {
  std::vector<Case> cases;
  std::vector<CaseOutcome> outcomes;
  RunFolder folder{"unused"};
  Cohort10() {
    for (int i = 0; i < 10; ++i) {
      const std::string id = "case" + std::to_string(i);
      cases.emplace_back().id = id;
      outcomes.push_back(outcome_of(id, i == 7 ? 9.0 : 1.0));
    }
    outcomes[3] = ended_with("case3", Reason::io, "gone");
  }
  Table table(bool clips) const {
    const test::JournalledOutcomes kept(outcomes);
    return qc_table({folder, cases, {}, kept}, clips).table;
  }
};

std::string at(const Table& table, std::size_t row, const char* column) {
  return table.text(row, table.find(column).value());
}

}  // namespace

TEST_CASE("every case has its row, with what was done to each axis of its tensor") {
  const Table table = Cohort10().table(true);
  REQUIRE(table.rows().size() == 10);
  CHECK(at(table, 0, "shape") == "1 1 64 64");
  CHECK(at(table, 0, "cropped_j") == "0.25");
  CHECK(at(table, 0, "padded_i") == "0.5");
  CHECK(at(table, 0, "resampled_j") == "2");
  CHECK(at(table, 0, "resampled_k").empty());
  CHECK(at(table, 0, "spacing_k").empty());
  CHECK(at(table, 0, "clipped_fraction") == "0.125");
  CHECK(at(table, 3, "case_id") == "case3");
  CHECK(at(table, 3, "status") == "failed");
  CHECK(at(table, 3, "before_min").empty());
}

TEST_CASE("outliers are named by their columns") {
  const Table table = Cohort10().table(true);
  CHECK(at(table, 7, "outlier") == "before_max after_max");
  CHECK(at(table, 6, "outlier").empty());
}

TEST_CASE("a plan that clips nothing has no clipped fraction") {
  CHECK(at(Cohort10().table(false), 0, "clipped_fraction").empty());
  CHECK(plan_clips(Json::array({{{"name", "ScaleIntensityRange"}, {"clip", true}}})));
  CHECK_FALSE(plan_clips(Json::array({{{"name", "ScaleIntensityRange"}, {"clip", false}}})));
}
