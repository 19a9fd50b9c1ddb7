#include "radbatch/stats/reader_agreement.hpp"

#include <doctest/doctest.h>

#include "golden_levels.hpp"

using namespace radbatch;

namespace {

using Ratings = std::vector<std::vector<std::int32_t>>;

/// The reliability data of Krippendorff, Content Analysis, 3rd ed. 2013, table 12.3; categories from 0.
const Ratings krippendorff_data{{0, 1, 2, 2, 1, 0, 3, 0, 1, -1, -1, -1},
                                {0, 1, 2, 2, 1, 1, 3, 0, 1, 4, -1, 2},
                                {-1, 2, 2, 2, 1, 2, 3, 1, 1, 4, 0, -1},
                                {0, 1, 2, 2, 1, 3, 3, 0, 1, 4, 0, -1}};

}  // namespace

TEST_CASE("agreement of a group as statsmodels, krippendorff and the definition have it, ratings missing") {
  for (const Json& golden : golden_levels()["groups"]) {
    const GroupAgreement ours =
        group_agreement(count_ratings(golden["ratings"].get<Ratings>(), golden["n_categories"]));
    CHECK(agrees(ours.observed, golden["observed"]));
    CHECK(agrees(ours.fleiss_kappa, golden["fleiss_kappa"]));
    CHECK(agrees(ours.gwet_ac1, golden["gwet_ac1"]));
    CHECK(agrees(ours.alpha_nominal, golden["alpha_nominal"]));
    if (golden["n_categories"] > 2) CHECK(agrees(ours.alpha_ordinal, golden["alpha_ordinal"]));
  }
}

TEST_CASE("Krippendorff's reliability data: his alphas, and Fleiss' kappa and AC1 as Gwet prints them") {
  const GroupAgreement ours = group_agreement(count_ratings(krippendorff_data, 5));
  CHECK(std::abs(*ours.alpha_nominal - 0.743) < 0.0005);
  CHECK(std::abs(*ours.alpha_ordinal - 0.815) < 0.0005);
  CHECK(std::abs(*ours.gwet_ac1 - 0.77544) < 0.000005);
  CHECK(std::abs(*ours.fleiss_kappa - 0.76117) < 0.000005);
}

TEST_CASE("agreement of two as scikit-learn has it") {
  for (const Json& golden : golden_levels()["pairs"]) {
    const PairAgreement ours = pair_agreement(numbers_of(golden["counts"]), golden["n_categories"]);
    CHECK(agrees(ours.observed, golden["observed"]));
    CHECK(agrees(ours.adjusted, golden["adjusted"]));
    if (golden["n_categories"] != 2) continue;
    CHECK(agrees(ours.positive_agreement, golden["positive_agreement"]));
    CHECK(agrees(ours.negative_agreement, golden["negative_agreement"]));
  }
}

TEST_CASE("a unit of weight 2 counts as two units") {
  std::vector<double> weights(12, 1);
  weights[5] = 2;
  weights[7] = 0;
  Ratings repeated = krippendorff_data;
  for (auto& rater : repeated) rater[7] = rater[5];
  const GroupAgreement weighted = group_agreement(count_ratings(krippendorff_data, 5), weights);
  const GroupAgreement plain = group_agreement(count_ratings(repeated, 5));
  CHECK(*weighted.gwet_ac1 == doctest::Approx(*plain.gwet_ac1).epsilon(1e-12));
  CHECK(*weighted.alpha_ordinal == doctest::Approx(*plain.alpha_ordinal).epsilon(1e-12));
}

TEST_CASE("no ratings, one rater and one category have no agreement beyond chance") {
  CHECK_FALSE(group_agreement(count_ratings(Ratings{}, 2)).observed);
  CHECK_FALSE(group_agreement(count_ratings(Ratings{{0, 1, 1}}, 2)).observed);
  const GroupAgreement same = group_agreement(count_ratings(Ratings{{1, 1}, {1, 1}}, 2));
  CHECK(*same.observed == 1);
  CHECK_FALSE(same.fleiss_kappa);
  CHECK_FALSE(same.alpha_nominal);
  CHECK(*same.gwet_ac1 == 1);
  CHECK_FALSE(pair_agreement(std::vector<double>{0, 0, 0, 0}, 2).observed);
  CHECK_FALSE(pair_agreement(std::vector<double>{5, 0, 0, 0}, 2).positive_agreement);
}
