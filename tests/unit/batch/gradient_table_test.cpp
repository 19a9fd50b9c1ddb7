#include "radbatch/batch/gradient_table.hpp"

#include <doctest/doctest.h>

using namespace radbatch;

namespace {

const Json facts{{"b_values", {0, 1000, 1000}}, {"b_directions", {Json::array(), {1, 0, 0}, {0, 0.6, 0.8}}}};

Json axes(double i, double j, double k) {
  return {{2 * i, 0, 0, 5}, {0, 3 * j, 0, 6}, {0, 0, 4 * k, 7}, {0, 0, 0, 1}};
}

}  // namespace

TEST_CASE("directions are along the voxel axes, x turned round where the matrix is right-handed") {
  const auto table = gradient_table(facts, axes(1, 1, 1), 3);
  REQUIRE(table);
  CHECK(table->bval == "0 1000 1000\n");
  CHECK(table->bvec == "0 -1 0\n0 0 0.6\n0 0 0.8\n");
  CHECK(gradient_table(facts, axes(1, -1, 1), 3)->bvec == "0 1 0\n0 0 -0.6\n0 0 0.8\n");
  CHECK(gradient_table(facts, axes(-1, -1, 1), 3)->bvec == "0 1 0\n0 0 -0.6\n0 0 0.8\n");
}

TEST_CASE("no table without a weighted frame, nor for facts of other frames") {
  CHECK_FALSE(gradient_table(facts, axes(1, 1, 1), 2));
  CHECK_FALSE(gradient_table({{"b_values", {0, 0}}, {"b_directions", {Json::array(), Json::array()}}},
                             axes(1, 1, 1), 2));
  CHECK_FALSE(gradient_table(Json::object(), axes(1, 1, 1), 1));
}

TEST_CASE("a direction that is missing or of no weight is zero") {
  const Json trace{{"b_values", {0, 800}}, {"b_directions", {{0, 0, 1}, Json::array()}}};
  CHECK(gradient_table(trace, axes(1, 1, 1), 2)->bvec == "0 0\n0 0\n0 0\n");
}
