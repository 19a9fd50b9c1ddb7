#include "radbatch/image/tensor_sheet.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "radbatch/base/text.hpp"
#include "radbatch/image/png_bytes.hpp"

namespace radbatch {
namespace {

constexpr int single_side = 340, tile_side = 220, gap = 6, title_height = LETTER_HEIGHT + 8,
              histogram_height = 54;
constexpr std::int64_t most_places = 3;

Tile tile_of(const Volume& v, std::size_t axis, std::int64_t index, std::int64_t frame, std::string number) {
  const Picture picture = as_radiologists_look(slice_of(v, axis, index, frame));
  // Enlarged, so that a small tensor and a large image can be compared.
  return {fitted(picture, single_side, true), std::move(number)};
}

std::string of(std::int64_t index, std::int64_t n) {
  return fmt::format("{}/{}", index + 1, n);
}

/// The index axes across which axial, coronal and sagittal planes lie, as near as the directions allow;
/// without any the planes as acquired come first.
std::array<std::size_t, 3> plane_axes(const Volume& v) {
  if (!v.has_geometry) return {2, 1, 0};
  const auto along = [&v](std::size_t r, std::size_t axis) {
    return std::abs(v.lps.m[r][axis]) / v.lps.spacing(static_cast<int>(axis));
  };
  std::array<std::size_t, 3> axes{2, 1, 0};
  for (std::size_t n = 0; n < 2; ++n) {  // S, then P of the two that are left
    const std::size_t r = 2 - n;
    const auto best =
        std::max_element(axes.begin() + static_cast<std::ptrdiff_t>(n), axes.end(),
                         [&](std::size_t a, std::size_t b) { return along(r, a) < along(r, b); });
    std::iter_swap(axes.begin() + static_cast<std::ptrdiff_t>(n), best);
  }
  return axes;
}

/// Axial, coronal and sagittal, through the middle of the volume, first frame.
std::vector<Tile> planes_of(const Volume& v) {
  std::vector<Tile> tiles;
  for (const std::size_t axis : plane_axes(v)) {
    tiles.push_back(tile_of(v, axis, v.size[axis] / 2, 0, of(v.size[axis] / 2, v.size[axis])));
  }
  return tiles;
}

/// Up to three frames, or slices where there is one frame, evenly.
std::vector<Tile> places_of(const Volume& v) {
  const std::int64_t n = v.frames > 1 ? v.frames : v.size[2], count = std::min(n, most_places);
  std::vector<Tile> tiles;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t at = (2 * i + 1) * n / (2 * count);
    tiles.push_back(tile_of(v, 2, v.frames > 1 ? v.size[2] / 2 : at, v.frames > 1 ? at : 0,
                            n > 1 ? of(at, n) : std::string()));
  }
  return tiles;
}

std::string in_capitals(std::string text) {
  for (char& letter : text) letter = static_cast<char>(letter >= 'a' && letter <= 'z' ? letter - 32 : letter);
  return text;
}

std::string range_text(double low, double high) {
  return in_capitals(fmt::format("{:.4g} TO {:.4g}", low, high));
}

/// "N 1 C 1 R 128 A 128 S 64"
std::string axes_text(const std::string& axes, const std::vector<std::int64_t>& shape) {
  const std::vector<std::string> letters = split(axes, ',');
  std::string text;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    text += fmt::format(" {} {}", i < letters.size() ? letters[i] : "", shape[i]);
  }
  return in_capitals(text);
}

/// Title, tiles side by side, histogram.
struct Block {
  std::string title;
  std::vector<Tile> tiles;
  Range range;
  TileMarks marks;
  std::vector<std::uint64_t> histogram;
};

void draw_histogram(Canvas& canvas, const Box& box, const std::vector<std::uint64_t>& counts) {
  const auto largest =
      std::sqrt(static_cast<double>(std::max<std::uint64_t>(*std::ranges::max_element(counts), 1)));
  const auto n = static_cast<int>(counts.size());
  for (int i = 0; i < n; ++i) {
    const double share = std::sqrt(static_cast<double>(counts[static_cast<std::size_t>(i)])) / largest;
    const int height = static_cast<int>(std::ceil(share * (box.height - 2)));
    const int left = box.x + i * box.width / n, right = box.x + (i + 1) * box.width / n;
    canvas.bar(left, box.y + box.height - 1 - height, std::max(right - left - 1, 1), height, 150);
  }
  canvas.bar(box.x, box.y + box.height - 1, box.width, 1, 90);
}

void draw_block(Canvas& canvas, const Box& box, int side, const Block& block) {
  draw_text(canvas, box.x + 2, box.y + 4, block.title);
  for (std::size_t i = 0; i < block.tiles.size(); ++i) {
    Tile tile = block.tiles[i];
    tile.picture = fitted(tile.picture, side, true);
    const int left = box.x + static_cast<int>(i) * (side + gap);
    draw_tile(canvas, {left, box.y + title_height, side, side}, tile, block.range, block.marks);
  }
  draw_histogram(canvas, {box.x, box.y + box.height - histogram_height, box.width, histogram_height - 2},
                 block.histogram);
}

Block block_of(const RawPictures& raw, const SampleStatistics& values, bool as_planes) {
  Block block{raw.title, as_planes ? raw.planes : raw.places, raw.range, {}, {}};
  block.marks = {raw.facts.right_mark, raw.facts.lower_mark, raw.facts.has_scale};
  const ValueStatistics statistics = values.result();
  block.title += "   " + range_text(statistics.min, statistics.max);
  if (block.tiles.front().picture.channels != 3)
    block.title += "   SHOWN " + range_text(raw.range.low, raw.range.high);
  block.histogram = values.histogram();
  return block;
}

Block block_of(const TensorView& tensor, const std::string& axes) {
  const Volume volume = tensor_volume(tensor);
  const auto [low, high] = std::ranges::minmax(tensor.values);
  Block block{"TENSOR" + axes_text(axes, tensor.shape) + "   " + range_text(low, high),
              volume.dims == 3 ? planes_of(volume) : places_of(volume),
              {low, high},
              {"", "", tensor.has_geometry},
              histogram_of(tensor.values, low, high, HISTOGRAM_BINS)};
  return block;
}

}  // namespace

RawPictures raw_pictures(const Volume& volume, const SheetFacts& facts) {
  RawPictures raw;
  raw.title = fmt::format("IMAGE {} {} X {}", facts.modality, volume.size[0], volume.size[1]);
  if (volume.size[2] > 1) raw.title += fmt::format(" X {}", volume.size[2]);
  if (volume.frames > 1) raw.title += fmt::format(", T {}", volume.frames);
  if (volume.size[2] > 1) raw.planes = planes_of(volume);
  raw.places = places_of(volume);
  raw.facts = facts;
  std::vector<Tile> shown = raw.planes;
  shown.insert(shown.end(), raw.places.begin(), raw.places.end());
  raw.range = shown_range(volume, facts, shown);
  return raw;
}

std::string tensor_sheet_png(const RawPictures& raw, const SampleStatistics& raw_values,
                             const TensorView& tensor, const std::string& axes) {
  const Block right = block_of(tensor, axes);
  const Block left = block_of(raw, raw_values, tensor.shape.size() == 5 && !raw.planes.empty());
  const auto n = static_cast<int>(std::max(left.tiles.size(), right.tiles.size()));
  const int side = n == 1 ? single_side : tile_side;
  const int text = static_cast<int>(std::max(left.title.size(), right.title.size())) * LETTER_WIDTH + 8;
  const int width = std::max(n * (side + gap) - gap, text), height = title_height + side + histogram_height;
  // One picture stands beside the other, three below three.
  const bool beside = n == 1;
  const bool has_colour =
      left.tiles.front().picture.channels == 3 || right.tiles.front().picture.channels == 3;
  Canvas canvas(beside ? 2 * width + gap : width, beside ? height : 2 * height + gap, has_colour ? 3 : 1);
  draw_block(canvas, {0, 0, width, height}, side, left);
  draw_block(canvas, beside ? Box{width + gap, 0, width, height} : Box{0, height + gap, width, height}, side,
             right);
  return png_bytes(canvas.pixels, canvas.width, canvas.height, canvas.channels);
}

}  // namespace radbatch
