#include "radbatch/model/pooling.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "example_bundle.hpp"

using namespace radbatch;
using radbatch::testing::message_of;

namespace {

double pooled(const std::string& rule, const std::vector<double>& values,
              const std::vector<double>& weights = {}) {
  return pool(parse_pooling(rule), values, weights);
}

}  // namespace

TEST_CASE("a rule is spelled one way") {
  for (const char* text : {"mean", "max", "noisy-or", "top-k:3", "top-k:10%", "top-k:2.5%",
                           "attention:softmax:a", "attention:sum:out:1", "attention:inside:w"})
    CHECK(to_text(parse_pooling(text)) == text);
}

TEST_CASE("what is no rule is refused with what one may be") {
  for (const char* text :
       {"", "median", "top-k", "top-k:", "top-k:0", "top-k:-1", "top-k:0%", "top-k:101%", "top-k:nan%",
        "attention", "attention:softmax", "attention:softmax:", "attention:tanh:a"})
    CHECK(message_of([&] { parse_pooling(text); }).ends_with("attention:inside:OUTPUT"));
}

TEST_CASE("top-k is the mean of the k largest, of all where there are fewer") {
  CHECK(pooled("top-k:2", {0.1, 0.9, 0.5, 0.3}) == doctest::Approx(0.7));
  CHECK(pooled("top-k:9", {0.1, 0.3}) == doctest::Approx(0.2));
  CHECK(pooled("top-k:50%", {0.1, 0.9, 0.5}) == doctest::Approx(0.7));  // 1.5 of them are 2
  CHECK(pooled("top-k:1%", {0.1, 0.9, 0.5}) == 0.9);
}

TEST_CASE("top-k does not depend on the order of the items") {
  CHECK(pooled("top-k:3", {0.1, 0.7, 0.2, 0.3}) == pooled("top-k:3", {0.3, 0.2, 0.1, 0.7}));
}

TEST_CASE("attention is a weighted mean") {
  CHECK(pooled("attention:sum:a", {0.2, 0.8}, {0.25, 0.75}) == doctest::Approx(0.65));
}
