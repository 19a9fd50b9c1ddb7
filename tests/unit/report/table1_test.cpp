#include "radbatch/report/table1.hpp"

#include <doctest/doctest.h>

#include "radbatch/base/error.hpp"
#include "small_study.hpp"

using namespace radbatch;

namespace {

const std::string indent = "\xC2\xA0\xC2\xA0";

ReportPart table1_of(const AnalysisData& data, const Table1Options& options) {
  const Language lang;
  return table1_part({.data = data, .lang = lang}, options);
}

std::vector<std::string> row_of(const ReportPart& part, const std::string& name) {
  for (const std::vector<std::string>& row : part.tables.at(0).rows) {
    if (row[0] == name) return row;
  }
  return {};
}

}  // namespace

TEST_CASE("table 1 counts patients, cases and what is missing, by site") {
  const ReportPart part = table1_of(small_study(), {.by = "site"});
  CHECK(part.tables[0].header ==
        std::vector<std::string>{"Characteristic", "All", "site A", "site B", "SMD"});
  CHECK(row_of(part, "Patients") == std::vector<std::string>{"Patients", "5", "4", "4", ""});
  CHECK(row_of(part, "Cases") == std::vector<std::string>{"Cases", "8", "4", "4", ""});
  CHECK(row_of(part, "Age, years, median [IQR]") ==
        std::vector<std::string>{"Age, years, median [IQR]", "45.0 [37.5–55.0]", "45.0 [37.5–52.5]",
                                 "45.0 [40.0–55.0]", "-0.24"});
  CHECK(row_of(part, indent + "F") ==
        std::vector<std::string>{indent + "F", "4 (57.1 %)", "2 (50.0 %)", "2 (66.7 %)", ""});
  CHECK(row_of(part, indent + "Effusion") ==
        std::vector<std::string>{indent + "Effusion", "4 (50.0 %)", "0 (0.0 %)", "4 (100.0 %)", "–"});
  CHECK(row_of(part, indent + "Mass")[1] == "0 (0.0 %) / 7");
}

TEST_CASE("numbers of table 1 stand in full in report.json") {
  const Json numbers = table1_of(small_study(), {.by = "site"}).numbers;
  CHECK(numbers["groups"] == Json::parse(R"(["All", "A", "B"])"));
  CHECK(numbers["variables"][0]["groups"][0]["quartile_1"] == 37.5);
  CHECK(numbers["variables"][0]["missing"][2] == Json::parse(R"({"n": 1, "of": 4, "share": 0.25})"));
  CHECK(numbers["variables"][0]["standardised_difference"].get<double>() ==
        doctest::Approx(-0.235702260395516).epsilon(1e-12));
}

TEST_CASE("a column that is not there is named with its neighbour") {
  CHECK_THROWS_WITH_AS(table1_of(small_study(), {.by = "sit"}), "there is no column 'sit' for table 1",
                       Error);
}

TEST_CASE("many groups become one, a missing value is a group, codes are no measurements") {
  AnalysisData data = small_study();
  data.covariates = {{"site", {"", "1", "2", "3", "4", "5", "6", "7"}},
                     {"MagneticFieldStrength", {"3", "3", "1.5", "1.5", "3", "3", "3", ""}}};
  const ReportPart part = table1_of(data, {.by = "site"});
  CHECK(part.tables[0].header.size() == 10);
  CHECK(part.tables[0].header[2] == "site (missing)");
  CHECK(row_of(part, indent + "1.5")[1] == "2 (28.6 %)");
}

TEST_CASE("without units or anything to describe there is no table") {
  AnalysisData data = small_study();
  data.is_test.assign(8, 0);
  CHECK(table1_of(data, {}).html.empty());
  data = small_study();
  data.kind = TruthKind::none;
  data.truth.clear();
  data.covariates.clear();
  CHECK(table1_of(data, {}).html.empty());
}
