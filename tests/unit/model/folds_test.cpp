#include <doctest/doctest.h>

#include "example_bundle.hpp"
#include "radbatch/base/hash.hpp"

using namespace radbatch;
using radbatch::testing::example_sidecar;
using radbatch::testing::load;
using radbatch::testing::message_of;

namespace {

Json backend(const std::string& file, const Json& fold) {
  Json json = {{"file", file}, {"kind", "torchscript"}, {"sha256", sha256_hex(file)}};
  if (!fold.is_null()) json["fold"] = fold;
  return json;
}

Json folds(std::initializer_list<Json> numbers) {
  Json sidecar = example_sidecar();
  sidecar["backends"] = Json::array();
  for (const Json& fold : numbers) sidecar["backends"].push_back(backend("f" + fold.dump() + ".ts", fold));
  return sidecar;
}

std::vector<std::string> names_of(const std::vector<const Backend*>& members) {
  std::vector<std::string> names;
  for (const Backend* member : members) names.push_back(member_name(*member));
  return names;
}

}  // namespace

TEST_CASE("folds answer together, in their order; one backend alone is the model") {
  const Bundle three = load(folds({2, 0, 1}));
  CHECK(names_of(choose_members(three)) == std::vector<std::string>{"fold-0", "fold-1", "fold-2"});
  CHECK(names_of(choose_members(three, "", {2, 0})) == std::vector<std::string>{"fold-0", "fold-2"});
  CHECK(names_of(choose_members(load(example_sidecar()))) == std::vector<std::string>{"model"});
}

TEST_CASE("a backend that is named by its file is taken, another of its kind and fold or not") {
  Json sidecar = folds({0, 1});
  sidecar["backends"].push_back(sidecar["backends"][1]);
  sidecar["backends"][2]["file"] = "again.ts";
  const Bundle bundle = load(sidecar);
  CHECK(choose_members(bundle, "again.ts", {1})[0]->file == "again.ts");
  CHECK(choose_members(bundle, "torchscript", {1})[0]->file == "f1.ts");
}

TEST_CASE("folds that are not there are refused") {
  const Bundle three = load(folds({0, 1, 2}));
  CHECK(message_of([&] {
          choose_members(three, "", {0, 3});
        }) == "model 'chest' has no fold 3; it has 0 to 2");
  const Bundle plain = load(example_sidecar());
  CHECK(message_of([&] { choose_members(plain, "", {0}); }) ==
        "model 'chest' has no folds of the kind torchscript | leave --folds out");
}

TEST_CASE("all of a kind are folds 0..k-1, or none is") {
  const std::string refused =
      "radbatch.json: backends of the kind torchscript must be the folds 0, 1, 2 ..., or none of them a fold";
  CHECK(message_of([] { load(folds({0, 2})); }) == refused);
  CHECK(message_of([] { load(folds({0, nullptr})); }) == refused);
}

TEST_CASE("the digest of an ensemble is that of its members and their places") {
  const Bundle two = load(folds({0, 1}));
  CHECK(model_sha256(two, choose_members(two, "", {1})) == sha256_hex("f1.ts"));
  CHECK(model_sha256(two, choose_members(two)) ==
        sha256_hex("fold-0 " + sha256_hex("f0.ts") + "\nfold-1 " + sha256_hex("f1.ts") + "\n"));
}

TEST_CASE("a golden output of folds says whose it is") {
  Json sidecar = folds({0, 1});
  Json golden = {{"tensor", "t.npy"},
                 {"tensor_sha256", std::string(64, 'a')},
                 {"output", {{"0", {{1}}}}},
                 {"tolerance", 0}};
  sidecar["golden"] = Json::array({golden});
  CHECK(message_of([&] { load(sidecar); }) ==
        "radbatch.json: golden has an output that does not say of which fold it is | \"fold\": 0");
  sidecar["golden"][0]["fold"] = 1;
  CHECK(load(sidecar).golden[0].fold == 1);
}
