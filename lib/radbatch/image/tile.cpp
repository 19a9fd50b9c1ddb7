#include "radbatch/image/tile.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace radbatch {
namespace {

/// The letter of the patient direction in which (x, y, z) points most; empty for no direction.
std::string letter_of(const std::array<double, 3>& direction, bool opposite) {
  std::size_t axis = 0;
  for (std::size_t r = 1; r < 3; ++r) {
    if (std::abs(direction[r]) > std::abs(direction[axis]) + 1e-6) axis = r;
  }
  if (direction[axis] == 0) return {};
  const bool positive = (direction[axis] > 0) != opposite;
  return std::string(1, std::string_view(positive ? "LPH" : "RAF")[axis]);
}

std::string opposite_mark(std::string mark) {
  constexpr std::string_view from = "LRAPHF", to = "RLPAFH";
  for (char& letter : mark) {
    if (const auto at = from.find(letter); at != from.npos) letter = to[at];
  }
  return mark;
}

void draw_marks(Canvas& canvas, const Box& box, const Picture& picture, const TileMarks& marks) {
  std::string right = letter_of(picture.right, false), left = letter_of(picture.right, true);
  std::string lower = letter_of(picture.down, false), upper = letter_of(picture.down, true);
  if (right.empty()) right = marks.right, left = opposite_mark(right);
  if (lower.empty()) lower = marks.lower, upper = opposite_mark(lower);
  const int middle_x = box.x + box.width / 2 - LETTER_WIDTH,
            middle_y = box.y + box.height / 2 - LETTER_HEIGHT;
  draw_text(canvas, box.x + 3, middle_y, left, 2);
  draw_text(canvas, box.x + box.width - static_cast<int>(right.size()) * 2 * LETTER_WIDTH - 2, middle_y,
            right, 2);
  draw_text(canvas, middle_x, box.y + 3, upper, 2);
  draw_text(canvas, middle_x, box.y + box.height - 2 * LETTER_HEIGHT, lower, 2);
}

/// The longest of 1, 2, 5, 10 ... mm that takes at most a third of the picture.
void draw_scale(Canvas& canvas, const Box& box, double mm_per_pixel) {
  const double room = mm_per_pixel * box.width / 3;
  double length = 0;
  for (const double step : {1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0}) {
    if (step <= room) length = step;
  }
  if (length == 0) return;
  const int pixels = static_cast<int>(std::lround(length / mm_per_pixel));
  const int x = box.x + 4, y = box.y + box.height - 6;
  canvas.bar(x - 1, y - 1, pixels + 2, 4, 0);
  canvas.bar(x, y, pixels, 2, 255);
  for (const int end : {x, x + pixels - 1}) canvas.bar(end, y - 3, 1, 5, 255);
  const std::string text = length >= 10 ? std::to_string(static_cast<int>(length / 10)) + " cm"
                                        : std::to_string(static_cast<int>(length)) + " mm";
  draw_text(canvas, x + 2, y - 5 - LETTER_HEIGHT, text);
}

}  // namespace

void draw_tile(Canvas& canvas, const Box& cell, const Tile& tile, const Range& range,
               const TileMarks& marks) {
  const Picture& picture = tile.picture;
  const auto channels = static_cast<std::size_t>(canvas.channels);
  // A grey picture on a canvas in colour, or the first of several channels that are no colours.
  const std::size_t own = picture.channels == 3 ? channels : 1;
  const std::vector<std::uint8_t> bytes = to_bytes(picture, range, own);
  const int width = static_cast<int>(picture.width), height = static_cast<int>(picture.height);
  const Box box{cell.x + (cell.width - width) / 2, cell.y + (cell.height - height) / 2, width, height};
  for (std::size_t y = 0; y < picture.height; ++y) {
    const std::size_t to = ((static_cast<std::size_t>(box.y) + y) * static_cast<std::size_t>(canvas.width) +
                            static_cast<std::size_t>(box.x)) *
                           channels;
    for (std::size_t i = 0; i < picture.width * channels; ++i) {
      canvas.pixels[to + i] =
          bytes[(y * picture.width + i / channels) * own + std::min(i % channels, own - 1)];
    }
  }
  // Thin reformats get their letters beside them, in the cell.
  const Box frame = height < 6 * LETTER_HEIGHT ? Box{box.x, cell.y, box.width, cell.height} : box;
  draw_text(canvas, cell.x + 3, cell.y + 3, tile.number);
  draw_marks(canvas, frame, picture, marks);
  if (marks.has_scale) draw_scale(canvas, frame, picture.step_x);
}

}  // namespace radbatch
