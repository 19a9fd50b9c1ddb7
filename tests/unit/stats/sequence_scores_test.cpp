#include "radbatch/stats/sequence_scores.hpp"

#include <doctest/doctest.h>

#include "golden_levels.hpp"
#include "radbatch/stats/ordinal.hpp"

using namespace radbatch;

using Labels = std::vector<std::int32_t>;

TEST_CASE("edit score, segmental F1 and relaxed accuracy as their definitions give them in Python") {
  for (const Json& golden : golden_levels()["videos"]) {
    const Labels truth = golden["truth"], predicted = golden["predicted"];
    CHECK(agrees(edit_score(truth, predicted), golden["edit_score"]));
    CHECK(agrees(segmental_f1(count_segments(truth, predicted, 0.10)), golden["segmental_f1_10"]));
    CHECK(agrees(segmental_f1(count_segments(truth, predicted, 0.25)), golden["segmental_f1_25"]));
    CHECK(agrees(segmental_f1(count_segments(truth, predicted, 0.50)), golden["segmental_f1_50"]));
    CHECK(agrees(relaxed_accuracy(truth, predicted, numbers_of(golden["seconds"]), 10),
                 golden["relaxed_accuracy"]));
  }
}

TEST_CASE("an oversegmented phase is right once, and costs the rest") {
  const Labels truth{1, 1, 1, 1, 1, 1, 2, 2}, predicted{1, 1, 1, 1, 3, 1, 2, 2};
  const SegmentCounts counts = count_segments(truth, predicted, 0.5);
  CHECK(counts.right == 2);
  CHECK(counts.wrong == 2);
  CHECK(counts.missed == 0);
  CHECK(*edit_score(truth, predicted) == 0.5);
}

TEST_CASE("no frames have no scores") {
  CHECK_FALSE(edit_score({}, {}));
  CHECK_FALSE(segmental_f1(count_segments({}, {}, 0.5)));
  CHECK_FALSE(relaxed_accuracy({}, {}, {}, 10));
  CHECK_FALSE(spread_of({}).mean);
  const std::vector<std::optional<double>> one{std::nullopt, 0.5};
  CHECK(*spread_of(one).mean == 0.5);
  CHECK_FALSE(spread_of(one).standard_deviation);
}

TEST_CASE("ranked probability score as its definition gives it in Python") {
  for (const Json& golden : golden_levels()["ranked_probability"])
    CHECK(agrees(ranked_probability_score(numbers_of(golden["probabilities"]), golden["grade"]),
                 golden["score"]));
  CHECK(*ranked_probability_score(std::vector{1.0, 0.0, 0.0}, 0) == 0);
  CHECK(*ranked_probability_score(std::vector{1.0, 0.0, 0.0}, 2) == 1);
  CHECK_FALSE(ranked_probability_score(std::vector{0.9, 0.9, 0.1}, 0));
}
