// A canvas of 8-bit pixels with small letters, for what contact sheets say. Internal to the module.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace radbatch {

struct Canvas {
  int width = 0, height = 0, channels = 1;
  std::vector<std::uint8_t> pixels;  ///< channel fastest, then x, then y

  Canvas(int width, int height, int channels);
  /// Outside the canvas nothing happens.
  void dot(int x, int y, std::uint8_t value);
  void bar(int x, int y, int width, int height, std::uint8_t value);
};

constexpr int LETTER_WIDTH = 6, LETTER_HEIGHT = 8;  ///< with the gap, at scale 1

/// White letters with a dark rim, readable on bone and on air. Upper case, digits and " .,:/-+()=cms"; any
/// other character is a gap.
void draw_text(Canvas& canvas, int x, int y, std::string_view text, int scale = 1);

}  // namespace radbatch
