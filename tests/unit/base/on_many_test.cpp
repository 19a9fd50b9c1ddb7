#include <doctest/doctest.h>

#include <vector>

#include "radbatch/base/choices.hpp"

using namespace radbatch;

TEST_CASE("the rules for several images and their names") {
  const std::vector<std::string> names(on_many_names().begin(), on_many_names().end());
  CHECK(names == std::vector<std::string>{"error", "first", "most-slices", "newest", "all"});
  CHECK(find_on_many("most-slices") == OnMany::most_slices);
  CHECK(name(OnMany::newest) == "newest");
  CHECK(find_on_many("most_slices") == std::nullopt);
}
