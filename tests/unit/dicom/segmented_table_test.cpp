#include "radbatch/dicom/segmented_table.hpp"

#include <doctest/doctest.h>

using namespace radbatch;

namespace {

using Words = std::vector<std::uint16_t>;

Words expanded(const Words& words, std::size_t count, int bytes_per_word = 2) {
  return expand_segments(words, count, bytes_per_word).value_or(Words{});
}

}  // namespace

TEST_CASE("discrete segments are copied, linear ones run to their end value") {
  CHECK(expanded({0, 2, 10, 20, 1, 4, 40}, 6) == Words{10, 20, 25, 30, 35, 40});
  CHECK(expanded({0, 1, 9, 1, 3, 0}, 4) == Words{9, 6, 3, 0});
}

TEST_CASE("indirect segments repeat segments at a byte offset") {
  // discrete 5; linear 2 to 9; again both, the linear one from 5 again
  CHECK(expanded({0, 1, 5, 1, 2, 9, 2, 2, 0, 0}, 6) == Words{5, 7, 9, 5, 7, 9});
  CHECK(expanded({0, 1, 5, 0, 1, 6, 2, 1, 6, 0}, 3) == Words{5, 6, 6});
  CHECK(expanded({0, 1, 5, 0, 1, 6, 2, 1, 3, 0, 0, 0}, 3, 1) == Words{5, 6, 6});
}

TEST_CASE("damaged segments make no table") {
  CHECK_FALSE(expand_segments(Words{0, 3, 1, 2}, 3, 2));             // values are missing
  CHECK_FALSE(expand_segments(Words{1, 2, 9}, 2, 2));                // nothing to begin a line with
  CHECK_FALSE(expand_segments(Words{0, 2, 1, 2}, 3, 2));             // too few entries
  CHECK_FALSE(expand_segments(Words{0, 4, 1, 2, 3, 4}, 3, 2));       // too many
  CHECK_FALSE(expand_segments(Words{7, 1, 1}, 1, 2));                // no such segment
  CHECK_FALSE(expand_segments(Words{0, 1, 5, 2, 1, 999, 0}, 2, 2));  // copies from behind the end
  CHECK_FALSE(expand_segments(Words{2, 1, 0, 0}, 1, 2));             // copies itself
}
