#include "radbatch/image/contact_sheet.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "radbatch/base/text.hpp"
#include "radbatch/image/png_bytes.hpp"
#include "radbatch/image/tile.hpp"
#include "radbatch/study/attributes.hpp"

namespace radbatch {
namespace {

constexpr int tile_side = 240, single_side = 640, gap = 4, n_tiles = 12, fewest_for_planes = 8;

/// "n" of `most` places, evenly; the first and the last only where all are shown.
std::vector<std::int64_t> places(std::int64_t n, std::int64_t most) {
  std::vector<std::int64_t> chosen;
  const std::int64_t count = std::min(n, most);
  for (std::int64_t i = 0; i < count; ++i) chosen.push_back((2 * i + 1) * n / (2 * count));
  return chosen;
}

std::string of(std::int64_t index, std::int64_t n) {
  return std::to_string(index + 1) + "/" + std::to_string(n);
}

Tile tile_of(const Volume& v, std::size_t axis, std::int64_t index, std::int64_t frame, std::string number,
             int side) {
  const Picture picture = slice_of(v, axis, index, frame);
  const bool enlarge = std::max(picture.width, picture.height) < static_cast<std::size_t>(side);
  return {fitted(as_radiologists_look(picture), side, enlarge), std::move(number)};
}

std::vector<Tile> slices(const Volume& v) {
  std::vector<Tile> tiles;
  const bool with_planes = v.size[2] >= fewest_for_planes && v.has_geometry;
  const std::string frame = v.frames > 1 ? "T1/" + std::to_string(v.frames) + " " : "";
  for (const std::int64_t k : places(v.size[2], with_planes ? n_tiles - 2 : n_tiles)) {
    tiles.push_back(tile_of(v, 2, k, 0, frame + of(k, v.size[2]), tile_side));
  }
  for (const std::size_t axis : {1U, 0U}) {
    if (!with_planes) break;
    tiles.push_back(tile_of(v, axis, v.size[axis] / 2, 0,
                            frame + (axis == 1 ? "ROW " : "COLUMN ") + of(v.size[axis] / 2, v.size[axis]),
                            tile_side));
  }
  return tiles;
}

std::vector<Tile> frames(const Volume& v) {
  std::vector<Tile> tiles;
  const std::int64_t count = std::min<std::int64_t>(v.frames, n_tiles);
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t frame = i * (v.frames - 1) / std::max<std::int64_t>(count - 1, 1);
    tiles.push_back(tile_of(v, 2, 0, frame, of(frame, v.frames), tile_side));
  }
  return tiles;
}

std::vector<Tile> tiles_of(const Volume& v) {
  if (v.size[2] > 1) return slices(v);
  if (v.frames > 1) return frames(v);
  return {tile_of(v, 2, 0, 0, "", single_side)};
}

std::string caption(const Volume& v, const SheetFacts& facts, const Range& range) {
  std::string text = facts.modality + " " + std::to_string(v.size[0]) + " X " + std::to_string(v.size[1]);
  if (v.size[2] > 1) text += " X " + std::to_string(v.size[2]);
  if (v.frames > 1) text += ", T " + std::to_string(v.frames);
  if (v.channels == 3) return text;
  // Small values need digits, CT and MR do not.
  const auto number = [&range](double value) {
    if (range.high - range.low >= 10) return std::to_string(std::lround(value));
    const std::string digits = std::to_string(value);
    return digits.substr(0, digits.find('.') + 4);
  };
  return text + "   W " + number(range.high - range.low) + "  C " + number((range.high + range.low) / 2);
}

}  // namespace

Range shown_range(const Volume& v, const SheetFacts& facts, std::span<const Tile> tiles) {
  if (v.channels == 3 && v.type == SampleType::uint8) return {0, 255};
  if (v.channels == 3 && v.type == SampleType::uint16) return {0, 65535};
  if (facts.window) {
    const auto [centre, width] = *facts.window;
    return {centre - width / 2, centre + width / 2};
  }
  std::vector<float> shown;
  for (const Tile& tile : tiles)
    shown.insert(shown.end(), tile.picture.values.begin(), tile.picture.values.end());
  return percentiles(std::move(shown), 0.005, 0.995);
}

SheetFacts sheet_facts(const Json& attributes, const Volume& volume) {
  SheetFacts facts;
  facts.modality = text_of(attributes, "Modality");
  const auto centre = number_of(attributes, "WindowCenter"), width = number_of(attributes, "WindowWidth");
  const bool inverted = text_of(attributes, "PhotometricInterpretation") == "MONOCHROME1";
  // Scanners give every MR slice a window of its own; the first one's makes the others white.
  const bool per_slice = facts.modality == "MR" && volume.size[2] > 1;
  if (centre && width && *width > 0 && !inverted && !per_slice) facts.window = {*centre, *width};
  if (!facts.window && facts.modality == "CT") facts.window = {40, 400};
  facts.has_scale = volume.has_geometry;
  for (std::string_view keyword : {"PixelSpacing", "ImagerPixelSpacing"}) {
    const std::vector<double> steps = numbers_of(attributes, keyword);  // some radiographs say 0
    facts.has_scale |= steps.size() == 2 && steps[0] > 0 && steps[1] > 0;
  }
  const std::vector<std::string> edges = split(text_of(attributes, "PatientOrientation"), '\\');
  if (edges.size() == 2 && !volume.has_geometry) {
    facts.right_mark = edges[0].substr(0, 2);
    facts.lower_mark = edges[1].substr(0, 2);
  }
  return facts;
}

std::string contact_sheet_png(const Volume& volume, const SheetFacts& facts) {
  const std::vector<Tile> tiles = tiles_of(volume);
  const Range range = shown_range(volume, facts, tiles);
  std::size_t widest = 0, highest = 0;
  for (const Tile& tile : tiles) {
    widest = std::max(widest, tile.picture.width);
    highest = std::max(highest, tile.picture.height);
  }
  const int columns = static_cast<int>(std::min<std::size_t>(tiles.size(), 4));
  const int rows = (static_cast<int>(tiles.size()) + columns - 1) / columns;
  const int cell_width = std::max(static_cast<int>(widest), 8 * LETTER_WIDTH),
            cell_height = static_cast<int>(highest);
  const int top = LETTER_HEIGHT + 8;
  const std::string text = caption(volume, facts, range);
  const int text_width = static_cast<int>(text.size()) * LETTER_WIDTH + 8;
  Canvas canvas(std::max(columns * (cell_width + gap) - gap, text_width),
                top + rows * (cell_height + gap) - gap, volume.channels == 3 ? 3 : 1);
  draw_text(canvas, 4, 4, text);
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    const int column = static_cast<int>(i) % columns, row = static_cast<int>(i) / columns;
    draw_tile(canvas, {column * (cell_width + gap), top + row * (cell_height + gap), cell_width, cell_height},
              tiles[i], range, {facts.right_mark, facts.lower_mark, facts.has_scale});
  }
  return png_bytes(canvas.pixels, canvas.width, canvas.height, canvas.channels);
}

}  // namespace radbatch
