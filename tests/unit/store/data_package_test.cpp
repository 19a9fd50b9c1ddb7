#include "radbatch/store/data_package.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace radbatch;

TEST_CASE("the data package tells types, units, hashes and the original name of a finding") {
  Column score{"p_hand", ColumnType::float32, "probability of Hand"};
  score.properties = {{"title", "Hand"}, {"threshold", 0.5}};
  Table table({{"case_id", ColumnType::text, "the case", "", true}, score, {"d_hand", ColumnType::boolean}});
  table.add_row({"a", 0.25, true});
  const std::string csv = to_csv(table);
  const std::array files{describe_table("predictions.csv", "every case once", table, csv, {"case_id"})};
  const Json package = datapackage_json("radbatch-run", files);
  const Json& resource = package["resources"][0];
  CHECK(resource["name"] == "predictions");
  CHECK(resource["bytes"] == 31);
  // printf 'case_id,p_hand,d_hand\na,0.25,1\n' | sha256sum
  CHECK(resource["hash"] == "sha256:6df4163fd968c032a234eff6a399e447ab988965db3c6f24b2591fff7763c579");
  CHECK(resource["schema"]["primaryKey"] == Json::array({"case_id"}));
  CHECK(resource["schema"]["missingValues"] == Json::array({""}));
  CHECK(resource["schema"]["fields"][0].dump() ==
        R"({"constraints":{"required":true},"description":"the case","name":"case_id","type":"string"})");
  CHECK(
      resource["schema"]["fields"][1].dump() ==
      R"({"description":"probability of Hand","name":"p_hand","threshold":0.5,"title":"Hand","type":"number"})");
  CHECK(resource["schema"]["fields"][2]["trueValues"] == Json::array({"1"}));
}
