#include "radbatch/model/activation.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "example_bundle.hpp"
#include "radbatch/model/head_maps.hpp"
#include "radbatch/model/heads.hpp"

using namespace radbatch;
using radbatch::testing::example_sidecar;
using radbatch::testing::load;
using radbatch::testing::message_of;

namespace {

/// A head of findings a, b ... of that kind and activation; `map` may be empty.
Json sidecar_of(const std::string& kind, const std::string& activation, int findings,
                const std::string& map = {}) {
  Json sidecar = example_sidecar();
  Json head = {{"name", "h"}, {"kind", kind}, {"activation", activation}};
  for (int i = 0; i < findings; ++i)
    head["findings"].push_back({{"name", std::string(1, static_cast<char>('a' + i))}});
  if (!map.empty()) head["map"] = map;
  sidecar["heads"] = Json::array({head});
  return sidecar;
}

std::vector<double> activated(const std::string& activation, std::vector<float> raw) {
  const auto steps = activation == "cumulative" || activation == "corn" ? 1 : 0;
  const auto findings = raw.size() + static_cast<std::size_t>(steps);
  const Head head = load(sidecar_of("ordinal", activation, static_cast<int>(findings))).heads[0];
  std::vector<double> values(findings);
  activate(head, raw, values);
  return values;
}

std::vector<float> reduced(const std::string& kind, const std::string& activation, int findings,
                           const std::string& map, const std::vector<float>& values, std::int64_t items) {
  return reduce_map(load(sidecar_of(kind, activation, findings, map)).heads[0], values, items, findings);
}

void check_near(const std::vector<double>& values, const std::vector<double>& expected) {
  REQUIRE(values.size() == expected.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    CHECK(values[i] == doctest::Approx(expected[i]).epsilon(1e-12));
}

}  // namespace

// Expected numbers by Python's math.exp: P(> k) = s(z_k), or the product of s(z_0) ... s(z_k); a grade is the
// difference of its neighbours, the first from 1, the last to 0. tests/oracles/test_levels.py asks torch too.
TEST_CASE("grades from cumulative steps (CORAL)") {
  check_near(activated("cumulative", {1.5F, 0.25F, -2.0F}),
             {0.18242552380635635, 0.2553979753078456, 0.4429735788636805, 0.11920292202211755});
}

TEST_CASE("grades from conditional steps (CORN)") {
  check_near(activated("corn", {1.5F, 0.25F, -2.0F}),
             {0.18242552380635635, 0.35795331795356183, 0.404832973154674, 0.05478818508540782});
}

TEST_CASE("cumulative steps that rise give no negative grade") {
  // P(> 0) = 0.5, P(> 1) = 0.73 is lowered to 0.5.
  check_near(activated("cumulative", {0, 1}), {0.5, 0, 0.5});
}

TEST_CASE("large steps do not overflow") {
  check_near(activated("corn", {1000, -1000}), {0, 1, 0});
}

TEST_CASE("an ordinal head has columns top and expected, and steps one less than grades") {
  const Bundle bundle = load(sidecar_of("ordinal", "corn", 4));
  CHECK(raw_classes(bundle.heads[0]) == 3);
  CHECK(column_names(bundle) == std::vector<std::string>{"p_a", "p_b", "p_c", "p_d", "top", "expected"});
}

TEST_CASE("an ordinal head scores: most probable grade and expected grade") {
  const Bundle bundle = load(sidecar_of("ordinal", "softmax", 3));
  const std::vector<float> logits{0, std::log(2.0F), 0};  // 1/4 1/2 1/4
  const HeadOutput output{"0", 1, 3, logits};
  const HeadScores head = score_case(bundle, {&output, 1}).heads[0];
  CHECK(head.top == 1);
  CHECK(head.expected.value() == doctest::Approx(1));
  const CaseScores scores{{head}};
  CHECK(case_scores_from_json(bundle, to_json(bundle, scores)).heads[0].expected == head.expected);
  CHECK(score_cells(bundle, scores).at(4) == "1");
}

TEST_CASE("activations that mean nothing for a head are refused") {
  const auto message = [](const std::string& kind, const std::string& activation, int findings) {
    return message_of([&] { load(sidecar_of(kind, activation, findings)); });
  };
  CHECK(message("ordinal", "sigmoid", 3) ==
        "radbatch.json: heads[0].activation of an ordinal head must be softmax, cumulative, corn or inside");
  CHECK(message("multi-class", "corn", 3) == "radbatch.json: heads[0].activation corn needs an ordinal head");
  CHECK(message("ordinal", "corn", 1) ==
        "radbatch.json: heads[0].findings of an ordinal head must be several, from the lowest grade to the "
        "highest");
}

TEST_CASE("a map is activated place by place, then reduced") {
  // Two classes of four places; sigmoid(0) = 1/2, sigmoid(+-ln 3) = 3/4, 1/4.
  const float ln3 = std::log(3.0F);
  const std::vector<float> map{0, ln3, -ln3, 0, -ln3, -ln3, 0, -ln3};
  const auto by = [&](const std::string& rule) { return reduced("multi-label", "sigmoid", 2, rule, map, 1); };
  CHECK(by("max") == std::vector<float>{0.75F, 0.5F});
  CHECK(by("mean")[0] == doctest::Approx(0.5));
  CHECK(by("mean")[1] == doctest::Approx(0.3125));
  CHECK(by("top-k:2")[0] == doctest::Approx(0.625));
}

TEST_CASE("the places of a softmax map compete, its classes may all be somewhere") {
  const std::vector<float> map{100, -100, -100, 100};  // class a wins in the first place, b in the second
  CHECK(reduced("multi-label", "softmax", 2, "max", map, 1) == std::vector<float>{1, 1});
}

TEST_CASE("every item of a map is reduced by itself") {
  CHECK(reduced("regression", "none", 1, "max", {1, 5, 2, 3}, 2) == std::vector<float>{5, 3});
}

TEST_CASE("a map rule has to fit its head") {
  const auto message = [](const std::string& rule) {
    return message_of([&] { load(sidecar_of("multi-class", "softmax", 2, rule)); });
  };
  CHECK(message("max") ==
        "radbatch.json: heads[0].map is 'max', which means nothing for the multi-class head 'h'; use mean");
  CHECK(message("attention:sum:a") ==
        "radbatch.json: heads[0].map must be mean, max or top-k: it reduces the places of a map");
  CHECK(message("mean") == "no error");
}

TEST_CASE("a map of another number of classes is refused") {
  CHECK(message_of([&] {
          reduce_map(load(sidecar_of("binary", "sigmoid", 1, "max")).heads[0], std::vector<float>(8), 1, 2);
        }) == "output '0' is a map of 2 classes; head 'h' declares 1");
}
