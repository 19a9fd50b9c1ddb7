#include "radbatch/batch/levels.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <numeric>

#include "radbatch/base/error.hpp"
#include "radbatch/batch/infer_work.hpp"
#include "radbatch/batch/repool.hpp"
#include "temporary_folder.hpp"

using namespace radbatch;

namespace {

/// One binary head on output "0" and attention weights in "w"; features in "f".
Bundle example(std::map<Level, PoolingRule> pooling = {{Level::slices, {}}}) {
  Bundle bundle;
  bundle.heads.push_back({.name = "h",
                          .kind = HeadKind::binary,
                          .findings = {{"a", "a", "", std::nullopt}},
                          .activation = Activation::inside,
                          .output = "0",
                          .threshold_source = "",
                          .map = std::nullopt});
  bundle.pooling = std::move(pooling);
  bundle.features = "f";
  return bundle;
}

std::vector<ClassifyMember> answer(std::vector<float> scores) {
  const auto n = static_cast<std::int64_t>(scores.size());
  std::vector<float> weights(scores.size(), 1), features(scores.size() * 2);
  std::iota(features.begin(), features.end(), 0.0F);
  return {
      {"model",
       {{"plain", {{"0", {n, 1, 1, 1}, std::move(scores)}, {"w", {n}, weights}, {"f", {n, 2}, features}}}}}};
}

const std::vector<std::int64_t> tensor{3, 1, 4, 4};

/// What comes back of what was kept, by the record or by a file in `folder`.
KeptLevels there_and_back(const Bundle& bundle, const std::vector<ClassifyMember>& members,
                          const LevelOptions& options = {}, const std::vector<std::int64_t>& shape = tensor) {
  const test::TemporaryFolder folder;
  Json result = Json::object();
  const Level level = bundle.windows ? Level::windows : Level::slices;
  const auto arrays = keep_levels(result, bundle, members, level, shape, options);
  CHECK(arrays.empty() == (result["levels"]["in"] == "record"));
  if (!arrays.empty()) result["arrays"] = save_arrays(folder.path(), "case", arrays);
  return kept_levels(Json::parse(result.dump()), folder.path()).value();
}

template <class Call>
std::string message_of(Call call) {
  try {
    call();
  } catch (const Error& problem) {
    return problem.message();
  }
  return "no error";
}

}  // namespace

TEST_CASE("raw outputs of several items come back from the record, without those that no score is made of") {
  const KeptLevels kept = there_and_back(example(), answer({0.25F, 0.5F, 0.75F}));
  CHECK(kept.items == 3);
  REQUIRE(kept.members.at(0).passes.at(0).outputs.size() == 1);
  CHECK(kept.members[0].passes[0].outputs[0].values == std::vector<float>{0.25F, 0.5F, 0.75F});
}

TEST_CASE("the weights of attention are kept with the scores") {
  const KeptLevels kept =
      there_and_back(example({{Level::slices, parse_pooling("attention:sum:w")}}), answer({0, 1}));
  CHECK(kept.members.at(0).passes.at(0).outputs.at(1).name == "w");
}

TEST_CASE("what is too large for the record comes back from a file, in its order") {
  std::vector<float> scores(5000, 0.5F);
  scores[4999] = 0.125F;
  std::vector<ClassifyMember> members = answer(scores);
  members.push_back({"a-fold", answer(scores)[0].passes});
  const KeptLevels kept = there_and_back(example(), members);
  REQUIRE(kept.members.size() == 2);
  CHECK(kept.members[0].name == "model");
  CHECK(kept.members[1].passes.at(0).outputs.at(0).values == scores);
}

TEST_CASE("scores from what was kept are the scores that the case got") {
  const Bundle bundle = example({{Level::slices, parse_pooling("noisy-or")}});
  const auto members = answer({0.1F, 0.7F, 0.3F});
  const auto scores = [&](const std::vector<ClassifyMember>& of) {
    return to_json(bundle, score_case(bundle, head_outputs(of.front().passes.front()), Level::slices));
  };
  CHECK(scores(there_and_back(bundle, members).members) == scores(members));
}

TEST_CASE("a case of one item keeps nothing unless it was asked for") {
  Json result = Json::object();
  CHECK(keep_levels(result, example(), answer({0.5F}), Level::slices, tensor, {}).empty());
  CHECK_FALSE(result.contains("levels"));
  const KeptLevels kept = there_and_back(example(), answer({0.5F}), {.logits = true, .features = true});
  CHECK(kept.members.empty());
  CHECK(kept.logits == std::vector<float>{0.5F});
  CHECK(kept.features == std::vector<float>{0, 1});
}

TEST_CASE("logits and features are means over the items") {
  const KeptLevels kept =
      there_and_back(example(), answer({0.25F, 0.75F}), {.logits = true, .features = true});
  CHECK(kept.logits == std::vector<float>{0.5F});
  CHECK(kept.features == std::vector<float>{1, 2});
}

TEST_CASE("windows come with their places in the prepared tensor, negative in padding") {
  Bundle bundle = example({{Level::windows, {}}});
  bundle.windows = Windows{.size = {6, 3}, .overlap = {0, 0}, .sigma_scale = {1, 1}};
  const std::vector<std::int64_t> shape{1, 1, 3, 5};
  const KeptLevels kept = there_and_back(bundle, answer({0.25F, 0.5F}), {}, shape);
  CHECK(kept.starts.value().values == std::vector<float>{-1, 0, -1, 2});
}

TEST_CASE("scores of items are the mean over members and passes") {
  std::vector<ClassifyMember> members = answer({0.25F, 0.75F});
  members.push_back({"second", answer({0.75F, 0.75F})[0].passes});
  CHECK(level_scores(example(), there_and_back(example(), members)) == std::vector<float>{0.5F, 0.75F});
}

TEST_CASE("a dense output is refused with its shape") {
  const ClassifyPass pass{"plain", {{"0", {1, 2, 4, 4}, std::vector<float>(32)}}};
  CHECK(message_of([&] { head_outputs(pass); }) ==
        "output '0' has the shape [1, 2, 4, 4]; [items, classes] expected, or a head that reads it as a map");
}

TEST_CASE("what a bundle cannot give is refused before the run") {
  Bundle bundle = example();
  bundle.name = "m";
  bundle.features.clear();
  CHECK(message_of([&] { check_level_options({.features = true}, bundle); }) ==
        "--features: model 'm' names no output with features");
  bundle.heads[0].map = PoolingRule{};
  CHECK(message_of([&] { check_level_options({.logits = true}, bundle); }) ==
        "--logits: head 'h' of model 'm' reads a map, whose raw numbers are not kept");
}

TEST_CASE("pooling of the command line") {
  std::map<Level, PoolingRule> pooling;
  add_pooling("slices=top-k:3", pooling);
  add_pooling("windows=max", pooling);
  CHECK(to_text(pooling.at(Level::slices)) == "top-k:3");
  CHECK(pooling.size() == 2);
  CHECK(message_of([&] { add_pooling("series=max", pooling); }) ==
        "'series=max' does not say slices=RULE, frames=RULE or windows=RULE");
}
