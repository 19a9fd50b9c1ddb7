#include "radbatch/study/frame_choice.hpp"

#include <doctest/doctest.h>

#include "error_text.hpp"

using namespace radbatch;
using radbatch::test::error_of;

namespace {

using Indices = std::vector<std::size_t>;

Indices chosen(const std::string& text, std::vector<double> seconds, double end) {
  FrameTimes times{std::move(seconds), {}, end};
  for (std::size_t i = 0; i < times.seconds.size(); ++i) times.is_key.push_back(i % 3 == 0);
  return chosen_frames(parse_frame_choice(text), times);
}

}  // namespace

TEST_CASE("a choice has one spelling") {
  CHECK(to_text(parse_frame_choice("every=500ms")) == "every=0.5s");
  CHECK(to_text(parse_frame_choice("30,0,30,60")) == "0,30,60");
  for (const char* text : {"default", "n=8", "all", "keyframes", "7", "every=0.04s"})
    CHECK(to_text(parse_frame_choice(text)) == text);
  for (const char* text : {"", "n=0", "n=x", "every=0", "every=-1s", "every=nan", "1,,2", "-1", "some"})
    CHECK(error_of([&] { parse_frame_choice(text); }) ==
          "2: expected n=32, every=0.5s, all, keyframes or a list like 0,30,60, not '" + std::string(text) +
              "'");
}

TEST_CASE("frames are even in time, not in number") {
  const std::vector<double> slow_end{0, 0.1, 0.2, 0.3, 0.4, 2, 4};
  CHECK(chosen("every=1s", slow_end, 6) == Indices{0, 4, 5, 6});
  CHECK(chosen("n=3", slow_end, 6) == Indices{4, 5, 6});
  CHECK(chosen("n=7", slow_end, 6) == Indices{0, 1, 2, 3, 4, 5, 6});
  CHECK(chosen("keyframes", slow_end, 6) == Indices{0, 3, 6});
  CHECK(chosen("2,5", slow_end, 6) == Indices{2, 5});
  CHECK(chosen("every=10s", slow_end, 6) == Indices{0});
  CHECK(chosen("every=0.1s", {0, 0.1, 0.2}, 0.3) == Indices{0, 1, 2});
}

TEST_CASE("what a choice can cost is known from the header") {
  const Json video = {{"frames", 1000}, {"duration_s", 40.0}, {"is_video", true}};
  CHECK(most_frames(parse_frame_choice("default"), video) == 32);
  CHECK(most_frames(parse_frame_choice("every=2s"), video) == 21);
  CHECK(most_frames(parse_frame_choice("all"), video) == 1000);
  CHECK(most_frames(parse_frame_choice("1,2"), video) == 2);
  CHECK(most_frames(parse_frame_choice("default"), {{"frames", 60}}) == 60);
  CHECK(most_frames(parse_frame_choice("n=8"), {{"frames", 60}}) == 8);
}
