#include "radbatch/dicom/encapsulated.hpp"

#include <doctest/doctest.h>

#include "error_text.hpp"

using namespace radbatch;
using namespace radbatch::test;

namespace {

using Bytes = std::vector<std::uint8_t>;

// "first+count" of each frame.
std::string layout(const std::vector<Bytes>& fragments, const Bytes& table, std::int64_t frames) {
  const std::vector<Fragment> spans(fragments.begin(), fragments.end());
  std::string text;
  for (const FrameFragments& f : fragments_of_frames(spans, table, frames))
    text += std::to_string(f.first) + "+" + std::to_string(f.count) + " ";
  return text;
}

const Bytes start{0xff, 0xd8, 0xff, 0xe0}, middle{1, 2, 3, 4};

}  // namespace

TEST_CASE("fragments belong to frames one by one, all to one, by the table or by the start marker") {
  CHECK(layout({middle, middle}, {}, 2) == "0+1 1+1 ");
  CHECK(layout({middle, middle, middle}, {}, 1) == "0+3 ");
  CHECK(layout({middle, middle, middle}, {0, 0, 0, 0, 24, 0, 0, 0}, 2) == "0+2 2+1 ");
  CHECK(layout({start, middle, start, middle, middle}, {}, 2) == "0+2 2+3 ");
}

TEST_CASE("missing frames are named") {
  CHECK(error_of([] {
          layout({start, middle, middle}, {}, 2);
        }) == "E_TRUNCATED_PIXELS: pixel data has 1 compressed frame, 2 expected");
  CHECK(error_of([] { layout({}, {}, 1); }) ==
        "E_TRUNCATED_PIXELS: pixel data has 0 compressed frames, 1 expected");
}

TEST_CASE("the bytes of a frame in several fragments are joined") {
  const std::vector<Fragment> fragments{middle, start};
  Bytes storage;
  const Fragment joined = frame_stream(fragments, {0, 2}, storage);
  CHECK(Bytes(joined.begin(), joined.end()) == Bytes{1, 2, 3, 4, 0xff, 0xd8, 0xff, 0xe0});
  CHECK(frame_stream(fragments, {1, 1}, storage).data() == start.data());
}
