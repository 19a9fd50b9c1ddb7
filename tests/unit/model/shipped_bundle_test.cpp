// The bundle in models/, the schema and the example in models/README.md against the code that reads them.
#include <doctest/doctest.h>

#include "example_bundle.hpp"
#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/model/golden.hpp"
#include "radbatch/model/heads.hpp"

using namespace radbatch;
using radbatch::testing::load;
using radbatch::testing::message_of;

namespace {

const std::filesystem::path models = std::filesystem::path(__FILE__).parent_path() / "../../../models";

Json schema() {
  return read_json_file(models / "schema/radbatch.schema.json");
}
Json shipped() {
  return read_json_file(models / "body-region/radbatch.json");
}

/// Tries `keys` of one object of the sidecar: known ones may be null (which means absent), required ones not.
void check_keys(const Json& definition, const std::string& pointer) {
  for (const auto& [key, value] : definition.at("properties").items()) {
    CAPTURE(pointer + "/" + key);
    Json sidecar = shipped();
    sidecar[Json::json_pointer(pointer)][key] = nullptr;
    CHECK(message_of([&] { load(sidecar); }).find("unknown key") == std::string::npos);
  }
  for (const Json& key : definition.at("required")) {
    CAPTURE(pointer + "/" + key.get<std::string>());
    Json sidecar = shipped();
    sidecar[Json::json_pointer(pointer)].erase(key.get<std::string>());
    CHECK(message_of([&] { load(sidecar); }).find(key.get<std::string>()) != std::string::npos);
  }
}

}  // namespace

TEST_CASE("body-region loads, its weights are the declared ones and its golden entries are whole") {
  const Bundle bundle = load_bundle(models / "body-region");
  CHECK_NOTHROW(verify_backend(bundle, choose_backend(bundle)));
  CHECK(column_names(bundle) == std::vector<std::string>{"p_abdomen_ct", "p_breast_mri", "p_cxr",
                                                         "p_chest_ct", "p_hand", "p_head_ct", "top"});
  const std::vector<Golden> golden = load_golden(bundle);
  CHECK(golden.size() == 7);
  for (const Golden& entry : golden) {
    const std::int64_t items = entry.name == "phantom" ? 3 : 1;
    CHECK(entry.tensor.shape == std::vector<std::int64_t>{items, 1, 64, 64});
    CHECK(entry.outputs.at(0).expected.shape == std::vector<std::int64_t>{items, 6});
    CHECK(std::filesystem::exists(entry.input));
  }
}

TEST_CASE("each golden picture of body-region is called what it is") {
  const Bundle bundle = load_bundle(models / "body-region");
  for (const Golden& entry : load_golden(bundle)) {
    if (entry.name == "phantom") continue;  // shows no patient
    const HeadOutput output{"0", 1, 6, entry.outputs.at(0).expected.values};
    const std::string top = score_cells(bundle, score_case(bundle, {&output, 1})).back();
    CHECK(to_lower_ascii(top) == entry.name);
  }
}

TEST_CASE("the schema and the reader know the same keys") {
  const Json json = schema();
  check_keys(json, "");
  check_keys(json.at("$defs").at("backend"), "/backends/0");
  check_keys(json.at("$defs").at("input"), "/inputs/0");
  check_keys(json.at("$defs").at("head"), "/heads/0");
  check_keys(json.at("$defs").at("finding"), "/heads/0/findings/0");
  check_keys(json.at("$defs").at("golden"), "/golden/0");
}

TEST_CASE("the example in models/README.md is a valid sidecar once its hash is filled in") {
  const std::string readme = read_file(models / "README.md");
  const auto begin = readme.find("```json\n") + 8;
  Json sidecar = parse_json(readme.substr(begin, readme.find("```", begin) - begin), "models/README.md");
  sidecar["backends"][0]["sha256"] = std::string(64, '0');
  CHECK(column_names(load(sidecar)) == std::vector<std::string>{"p_effusion", "d_effusion"});
  sidecar["plan"].push_back(Json{{"name", "Transpose"}, {"indices", {0, 2, 1}}});
  CHECK(message_of([&] { load(sidecar); }) == "no error");
}
