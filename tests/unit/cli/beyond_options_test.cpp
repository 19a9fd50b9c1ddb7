#include "radbatch/cli/beyond_options.hpp"

#include <doctest/doctest.h>

#include "radbatch/base/error.hpp"

using namespace radbatch;

TEST_CASE("folds are a list of numbers, in order, each once") {
  CHECK(parse_folds("2,0,2") == std::vector<int>{0, 2});
  for (const char* bad : {"", "0,", "-1", "a", "99999999"}) CHECK_THROWS_AS(parse_folds(bad), Error);
}

TEST_CASE("alpha is a share between 0 and 1") {
  CHECK(parse_alpha("0.05") == 0.05);
  for (const char* bad : {"0", "1", "-0.1", "5%", "nan", ""}) CHECK_THROWS_AS(parse_alpha(bad), Error);
}
