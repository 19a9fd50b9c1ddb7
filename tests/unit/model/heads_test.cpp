#include "radbatch/model/heads.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "example_bundle.hpp"

using namespace radbatch;
using radbatch::testing::example_sidecar;
using radbatch::testing::load;
using radbatch::testing::message_of;

namespace {

/// Scores of a bundle with one head whose output "0" is `values` for `items` items.
CaseScores score(const Bundle& bundle, std::vector<float> values, std::int64_t items,
                 Level level = Level::slices) {
  const auto classes = static_cast<std::int64_t>(values.size()) / items;
  const HeadOutput output{"0", items, classes, values};
  return score_case(bundle, {&output, 1}, level);
}

/// One binary or multi-label head with the findings a, b ... and that pooling of slices.
Json labels(const std::string& kind, int findings, const std::string& rule) {
  Json sidecar = example_sidecar();
  Json head = {{"name", "h"}, {"kind", kind}, {"activation", "sigmoid"}};
  for (int i = 0; i < findings; ++i)
    head["findings"].push_back({{"name", std::string(1, static_cast<char>('a' + i))}});
  sidecar["heads"] = Json::array({head});
  sidecar["pooling"] = {{"slices", rule}};
  return sidecar;
}

const float ln2 = std::log(2.0f);

}  // namespace

TEST_CASE("softmax per item, mean over slices, decision at the threshold, top") {
  // Item 1: 1/4 1/2 1/4; item 2: 0 0 1.
  const CaseScores scores = score(load(example_sidecar()), {0, ln2, 0, -200, -200, 0}, 2);
  const HeadScores& head = scores.heads[0];
  CHECK(head.values[0] == doctest::Approx(0.125));
  CHECK(head.values[1] == doctest::Approx(0.25));
  CHECK(head.values[2] == doctest::Approx(0.625));
  CHECK(head.decisions[0] == std::nullopt);
  CHECK(head.decisions[2] == true);
  CHECK(head.top == 2);
}

TEST_CASE("softmax keeps its numbers for large logits, and the first of equals is on top") {
  const HeadScores head = score(load(example_sidecar()), {1000, 1000, -1000}, 1).heads[0];
  CHECK(head.values == std::vector<float>{0.5, 0.5, 0});
  CHECK(head.top == 0);
  CHECK(head.decisions[2] == false);
}

TEST_CASE("pooling over slices: mean, max, noisy-or") {
  const std::vector<float> logits{0, -ln2, ln2, -200};  // a: 1/2, 2/3; b: 1/3, 0
  const auto pooled = [&](const std::string& rule) {
    return score(load(labels("multi-label", 2, rule)), logits, 2).heads[0];
  };
  CHECK(pooled("mean").values[0] == doctest::Approx(7.0 / 12));
  CHECK(pooled("mean").values[1] == doctest::Approx(1.0 / 6));
  CHECK(pooled("max").values[0] == doctest::Approx(2.0 / 3));
  CHECK(pooled("noisy-or").values[0] == doctest::Approx(5.0 / 6));
  CHECK_FALSE(pooled("max").top.has_value());
}

namespace {

/// Two items of one finding, 0.25 and 0.75, pooled by attention with these weights.
HeadScores attended(const std::string& rule, const std::vector<float>& weights) {
  Json sidecar = labels("binary", 1, rule);
  sidecar["heads"][0]["activation"] = "inside";
  const std::vector<float> values{0.25F, 0.75F};
  const HeadOutput outputs[]{{"0", 2, 1, values},
                             {"w", static_cast<std::int64_t>(weights.size()), 1, weights}};
  return score_case(load(sidecar), outputs).heads[0];
}

}  // namespace

TEST_CASE("attention weights: softmax over the items, divided by their sum, or as they are") {
  CHECK(attended("attention:softmax:w", {0, std::log(3.0F)}).values[0] == doctest::Approx(0.625));
  CHECK(attended("attention:sum:w", {1, 3}).values[0] == doctest::Approx(0.625));
  CHECK(attended("attention:inside:w", {0.25F, 0.75F}).values[0] == doctest::Approx(0.625));
}

TEST_CASE("attention weights that are none fail the case") {
  const auto fault = [](const std::string& rule, std::vector<float> weights) {
    return message_of([&] { attended(rule, weights); });
  };
  CHECK(fault("attention:inside:w", {0.5F, 0.6F}) ==
        "attention weights of output 'w' sum to 1.1 over the items of the case, 1 expected");
  CHECK(fault("attention:sum:w", {-1, 3}) == "attention weights of output 'w' are negative");
  CHECK(fault("attention:sum:w", {0, 0}) == "attention weights of output 'w' have no finite sum above 0");
  CHECK(fault("attention:sum:w", {1, 1, 1}) == "attention weights of output 'w' are 3 x 1, 2 x 1 expected");
  CHECK(fault("attention:sum:v", {1, 3}) ==
        "pooling by attention reads output 'v'; the network gave '0', 'w'");
}

TEST_CASE("one item needs no attention") {
  Json sidecar = labels("binary", 1, "attention:sum:w");
  CHECK(score(load(sidecar), {0}, 1).heads[0].values[0] == 0.5F);
}

TEST_CASE("a rule has to leave what the head's numbers are") {
  Json sidecar = example_sidecar();
  const auto with = [&](const std::string& rule) {
    sidecar["pooling"]["slices"] = rule;
    return message_of([&] { load(sidecar); });
  };
  CHECK(with("top-k:3") ==
        "radbatch.json: pooling.slices is 'top-k:3', which means nothing for the multi-class head 'lung'; "
        "use mean");
  CHECK(with("median").starts_with(
      "radbatch.json: pooling.slices is no rule: 'median' is no pooling rule: mean"));
  CHECK(with("attention:softmax:w") == "no error");
}

TEST_CASE("scores of items, NaN for a head that has another number of them") {
  Json sidecar = labels("multi-label", 2, "mean");
  sidecar["heads"].push_back({{"name", "age"},
                              {"kind", "regression"},
                              {"activation", "none"},
                              {"output", "1"},
                              {"findings", {{{"name", "years"}}}}});
  const std::vector<float> logits{0, -ln2, ln2, 0}, age{7};
  const HeadOutput outputs[]{{"0", 2, 2, logits}, {"1", 1, 1, age}};
  const std::vector<float> scores = item_scores(load(sidecar), outputs, 2);
  REQUIRE(scores.size() == 6);
  CHECK(scores[1] == doctest::Approx(1.0 / 3));
  CHECK(scores[3] == doctest::Approx(2.0 / 3));
  CHECK(std::isnan(scores[2]));
}

TEST_CASE("a decision uses the float32 that the table prints") {
  Json sidecar = labels("binary", 1, "mean");
  sidecar["heads"][0]["activation"] = "inside";
  sidecar["heads"][0]["thresholds"] = {{"a", 0.1}};
  CHECK(score(load(sidecar), {0.1f}, 1).heads[0].decisions[0] == true);
  CHECK(score(load(sidecar), {0.0999999f}, 1).heads[0].decisions[0] == false);
}

TEST_CASE("frames need a rule of their own") {
  Json sidecar = example_sidecar();
  CHECK(message_of([&] {
          score(load(sidecar), {0, 0, 0, 0, 0, 0}, 2, Level::frames);
        }) == "the case has 2 frames and the model declares no pooling of frames");
  CHECK(score(load(sidecar), {0, 0, 0}, 1, Level::frames).heads[0].values[0] == doctest::Approx(1.0 / 3));
}

TEST_CASE("an output that differs from what is declared fails the case") {
  const Bundle bundle = load(example_sidecar());
  CHECK(message_of([&] {
          score(bundle, {0, 0, 0, 0}, 1);
        }) == "output '0' is 1 items x 4 classes with 4 values; head 'lung' declares 3 classes");
  const HeadOutput other{"logits", 1, 3, {}};
  CHECK(message_of([&] {
          score_case(bundle, {&other, 1});
        }) == "head 'lung' reads output '0'; the network gave 'logits'");
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(message_of([&] {
          score(bundle, {0, 0, 0, 0, nan, 0}, 2);
        }) == "output '0' is not finite for item 1, class 'Lung Opacity'");
}

TEST_CASE("an activation declared inside the network must give probabilities") {
  Json sidecar = labels("binary", 1, "mean");
  sidecar["heads"][0]["activation"] = "inside";
  CHECK(message_of([&] { score(load(sidecar), {1.5f}, 1); }) ==
        "head 'h' declares its activation inside the network, but output '0' holds 1.5, which is no "
        "probability");
}

TEST_CASE("columns of one head and of several") {
  Json sidecar = example_sidecar();
  CHECK(column_names(load(sidecar)) ==
        std::vector<std::string>{"p_normal", "p_lung_opacity", "p_pneumothorax", "d_pneumothorax", "top"});
  sidecar["heads"].push_back({{"name", "age"},
                              {"kind", "regression"},
                              {"activation", "none"},
                              {"output", "1"},
                              {"findings", {{{"name", "years"}}}}});
  CHECK(column_names(load(sidecar)) == std::vector<std::string>{"lung_p_normal", "lung_p_lung_opacity",
                                                                "lung_p_pneumothorax", "lung_d_pneumothorax",
                                                                "lung_top", "age_years"});
}

TEST_CASE("cells are shortest float32 decimals and survive the journal") {
  const Bundle bundle = load(example_sidecar());
  const CaseScores scores = score(bundle, {0.1f, 0.7f, -0.3f}, 1);
  const CaseScores read = case_scores_from_json(bundle, Json::parse(to_json(bundle, scores).dump()));
  CHECK(read.heads[0].values == scores.heads[0].values);
  CHECK(score_cells(bundle, read) == score_cells(bundle, scores));
  CHECK(score_cells(bundle, scores)[3] == "0");
  CHECK(score_cells(bundle, scores)[4] == "Lung Opacity");
  CHECK(std::stof(score_cells(bundle, scores)[0]) == scores.heads[0].values[0]);
  CHECK(score_cells(bundle, scores)[0].size() <= 11);
}

TEST_CASE("a result record without a column is a defect") {
  const Bundle bundle = load(example_sidecar());
  CHECK(message_of([&] {
          case_scores_from_json(bundle, {{"p_normal", 1}});
        }) == "a result record has no valid value for column 'p_lung_opacity'");
}
