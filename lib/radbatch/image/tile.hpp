// One picture on a sheet, with its number, the letters of its edges and a scale bar. Internal to the module:
// what contact sheets and preview sheets share.
#pragma once

#include <string>

#include "radbatch/image/picture.hpp"
#include "radbatch/image/picture_text.hpp"

namespace radbatch {

struct Tile {
  Picture picture;
  std::string number;  ///< "12/28", in the corner
};

/// A rectangle of the canvas, in pixels.
struct Box {
  int x, y, width, height;
};

/// What a picture without directions of its own still gets.
struct TileMarks {
  std::string right, lower;  ///< where its right and lower edge point: "L", "F"; empty: not known
  bool has_scale = true;     ///< the pixel size is known
};

/// In the middle of `cell`, which is no smaller than the picture; grey values run over `range`.
void draw_tile(Canvas& canvas, const Box& cell, const Tile& tile, const Range& range, const TileMarks& marks);

}  // namespace radbatch
