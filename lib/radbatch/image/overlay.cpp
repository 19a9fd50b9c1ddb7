#include "radbatch/image/overlay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "radbatch/base/error.hpp"
#include "radbatch/image/png_bytes.hpp"
#include "radbatch/image/tile.hpp"

namespace radbatch {
namespace {

constexpr int side = 320, gap = 6, top = LETTER_HEIGHT + 8, bar_width = 14,
              bar_room = bar_width + 9 * LETTER_WIDTH;
constexpr std::size_t most_tiles = 3;
constexpr double most_opaque = 0.85;

using Colour = std::array<double, 3>;
constexpr Colour speaks_for{213, 94, 0}, speaks_against{0, 114, 178};

struct Pair {
  Tile image;
  Picture map;
};

std::size_t farthest(std::span<const float> values) {
  const auto at = std::ranges::max_element(values, {}, [](float v) { return std::abs(v); });
  return static_cast<std::size_t>(at - values.begin());
}

std::size_t voxels_of(const OverlaySubject& subject) {
  return subject.map.size() / subject.items.size();
}

std::span<const float> map_of(const OverlaySubject& subject, std::size_t n) {
  return subject.map.subspan(n * voxels_of(subject), voxels_of(subject));
}

/// One item of the tensor, or its map, as a volume. Directions are set in any case: those of a picture
/// without geometry are its own as it was read, so that a plan that turns it does not turn what is shown.
Volume item_volume(const OverlaySubject& subject, std::span<const float> values, std::int64_t channels) {
  std::vector<std::int64_t> shape = subject.tensor.shape;
  shape[0] = 1, shape[1] = channels;
  return tensor_volume({shape, values, subject.tensor.ras, true});
}

Volume image_of(const OverlaySubject& subject, std::size_t n) {
  const auto per_item = subject.tensor.values.size() / static_cast<std::size_t>(subject.tensor.shape.at(0));
  return item_volume(
      subject, subject.tensor.values.subspan(static_cast<std::size_t>(subject.items[n]) * per_item, per_item),
      subject.tensor.shape.at(1));
}

Picture shown(const OverlaySubject& subject, const Volume& volume, std::size_t axis, std::int64_t index) {
  Picture picture = fitted(as_radiologists_look(slice_of(volume, axis, index, 0)), side, true);
  if (!subject.tensor.has_geometry) picture.right = picture.down = {};
  return picture;
}

Pair pair_of(const OverlaySubject& subject, const Volume& image, const Volume& map, std::size_t axis,
             std::int64_t index, std::string number) {
  return {{shown(subject, image, axis, index), std::move(number)}, shown(subject, map, axis, index)};
}

/// The index axes across which axial, coronal and sagittal planes lie, as near as the directions allow.
std::vector<std::size_t> plane_axes(const Volume& v) {
  std::vector<std::size_t> left{0, 1, 2}, axes;
  for (const std::size_t world : {2U, 1U, 0U}) {
    const auto best = std::ranges::max_element(left, {}, [&](std::size_t axis) {
      return std::abs(v.lps.m[world][axis]) / v.lps.spacing(static_cast<int>(axis));
    });
    axes.push_back(*best);
    left.erase(best);
  }
  return axes;
}

/// The planes through the voxel of the map that is farthest from 0.
std::vector<Pair> planes(const OverlaySubject& subject) {
  const std::size_t peak = farthest(subject.map), n = peak / voxels_of(subject);
  const std::vector<std::int64_t>& shape = subject.tensor.shape;
  const auto in_item = static_cast<std::int64_t>(peak % voxels_of(subject));
  const std::array<std::int64_t, 3> at{in_item / (shape[3] * shape[4]), in_item / shape[4] % shape[3],
                                       in_item % shape[4]};
  const Volume image = image_of(subject, n), map = item_volume(subject, map_of(subject, n), 1);
  std::vector<Pair> pairs;
  for (const std::size_t axis : plane_axes(image)) {
    const std::string number = fmt::format("{}/{}", at[axis] + 1, image.size[axis]);
    pairs.push_back(pair_of(subject, image, map, axis, at[axis], number));
  }
  return pairs;
}

/// The items whose maps reach farthest, in their order.
std::vector<Pair> pictures(const OverlaySubject& subject) {
  std::vector<std::size_t> order(subject.items.size());
  for (std::size_t n = 0; n < order.size(); ++n) order[n] = n;
  const auto reach = [&](std::size_t n) {
    return std::abs(map_of(subject, n)[farthest(map_of(subject, n))]);
  };
  std::ranges::stable_sort(order, std::greater<>(), reach);
  order.resize(std::min(order.size(), most_tiles));
  std::ranges::sort(order);
  std::vector<Pair> pairs;
  for (const std::size_t n : order) {
    const std::string number = subject.tensor.shape[0] > 1
                                   ? fmt::format("{}/{}", subject.items[n] + 1, subject.tensor.shape[0])
                                   : "";
    pairs.push_back(
        pair_of(subject, image_of(subject, n), item_volume(subject, map_of(subject, n), 1), 2, 0, number));
  }
  return pairs;
}

/// `value` of the map over a background.
std::uint8_t over(double background, double value, double largest, std::size_t channel) {
  const double opaque = most_opaque * std::min(std::abs(value) / largest, 1.0);
  const Colour& colour = value > 0 ? speaks_for : speaks_against;
  return static_cast<std::uint8_t>(background * (1 - opaque) + colour[channel] * opaque + 0.5);
}

/// The picture in 8-bit colours with the map over it.
Tile blended(const Pair& pair, const Range& range, double largest) {
  const Picture& image = pair.image.picture;
  const std::size_t own = image.channels == 3 ? 3 : 1;
  const std::vector<std::uint8_t> bytes = to_bytes(image, range, own);
  Tile tile = pair.image;
  tile.picture.channels = 3;
  tile.picture.values.resize(image.width * image.height * 3);
  for (std::size_t at = 0; at < tile.picture.values.size(); ++at) {
    const double background = bytes[at / 3 * own + std::min(at % 3, own - 1)];
    tile.picture.values[at] = over(background, pair.map.values[at / 3], largest, at % 3);
  }
  return tile;
}

std::string in_capitals(std::string text) {
  for (char& letter : text) letter = static_cast<char>(letter >= 'a' && letter <= 'z' ? letter - 32 : letter);
  return text;
}

/// From `largest` at the top to `least` at the bottom, over the grey of soft tissue, with numbers.
void draw_bar(Canvas& canvas, const Box& box, double largest, double least) {
  for (int y = 0; y < box.height; ++y) {
    const double value = largest + (least - largest) * y / std::max(box.height - 1, 1);
    for (int x = 0; x < bar_width; ++x) {
      const auto at = static_cast<std::size_t>((box.y + y) * canvas.width + box.x + x) * 3;
      for (std::size_t c = 0; c < 3; ++c) canvas.pixels[at + c] = over(96, value, largest, c);
    }
  }
  const auto number = [&](double value, int y) {
    draw_text(canvas, box.x + bar_width + 3, y, in_capitals(fmt::format("{:.3g}", value)));
  };
  number(largest, box.y);
  number(0, least < 0 ? box.y + (box.height - LETTER_HEIGHT) / 2 : box.y + box.height - LETTER_HEIGHT);
  if (least < 0) number(least, box.y + box.height - LETTER_HEIGHT);
}

TileMarks marks_of(const OverlaySubject& subject) {
  if (subject.tensor.has_geometry) return {"", "", true};
  return {subject.right_mark, subject.lower_mark, subject.has_scale};
}

/// Over what is shown: a few bright or dark pixels do not take the contrast of the rest.
Range range_of(const std::vector<Pair>& pairs) {
  std::vector<float> values;
  for (const Pair& pair : pairs)
    values.insert(values.end(), pair.image.picture.values.begin(), pair.image.picture.values.end());
  return percentiles(std::move(values), 0.005, 0.995);
}

void require_map(const OverlaySubject& subject) {
  std::int64_t count = static_cast<std::int64_t>(subject.items.size());
  for (std::size_t axis = 2; axis < subject.tensor.shape.size(); ++axis) count *= subject.tensor.shape[axis];
  const bool has_items = std::ranges::all_of(subject.items, [&](std::int64_t item) {
    return item >= 0 && !subject.tensor.shape.empty() && item < subject.tensor.shape[0];
  });
  if (subject.tensor.shape.size() < 4 || count < 1 || !has_items ||
      static_cast<std::int64_t>(subject.map.size()) != count)
    throw Error(Reason::prepare,
                "a map of " + std::to_string(subject.map.size()) + " voxels does not fit its tensor");
}

}  // namespace

std::string overlay_png(const OverlaySubject& subject) {
  require_map(subject);
  const std::vector<Pair> pairs = subject.tensor.shape.size() == 5 ? planes(subject) : pictures(subject);
  const double farthest_value = std::abs(subject.map[farthest(subject.map)]);
  const double largest = farthest_value > 0 ? farthest_value : 1;
  const bool is_signed = std::ranges::any_of(subject.map, [](float v) { return v < 0; });
  const Range range = range_of(pairs);
  // One picture stands beside its map, several above theirs.
  const int n = static_cast<int>(pairs.size()), columns = n == 1 ? 2 : n, rows = n == 1 ? 1 : 2;
  const int width = columns * (side + gap) + bar_room, height = top + rows * (side + gap);
  Canvas canvas(width, height, 3);
  draw_text(canvas, 4, 4, in_capitals(subject.title));
  for (int i = 0; i < n; ++i) {
    const Pair& pair = pairs[static_cast<std::size_t>(i)];
    const Box first{i * (side + gap), top, side, side};
    const Box second = n == 1 ? Box{side + gap, top, side, side} : Box{first.x, top + side + gap, side, side};
    draw_tile(canvas, first, pair.image, range, marks_of(subject));
    draw_tile(canvas, second, blended(pair, range, largest), {0, 255}, marks_of(subject));
  }
  draw_bar(canvas, {columns * (side + gap), height - side - gap, bar_room, side}, largest,
           is_signed ? -largest : 0);
  return png_bytes(canvas.pixels, canvas.width, canvas.height, canvas.channels);
}

Volume map_volume(const OverlaySubject& subject) {
  require_map(subject);
  std::vector<std::int64_t> shape = subject.tensor.shape;
  shape[1] = 1;
  shape[0] = static_cast<std::int64_t>(subject.items.size());
  if (!subject.items_are_slices)
    return tensor_volume_without_channels(
        {shape, subject.map, subject.tensor.ras, subject.tensor.has_geometry});
  const std::int64_t n_slices = subject.tensor.shape[0];
  shape = {1, 1, shape[2], shape[3], n_slices};
  std::vector<float> values(voxels_of(subject) * static_cast<std::size_t>(n_slices));
  for (std::size_t n = 0; n < subject.items.size(); ++n) {
    const std::span<const float> slice = map_of(subject, n);
    for (std::size_t at = 0; at < slice.size(); ++at)
      values[at * static_cast<std::size_t>(n_slices) + static_cast<std::size_t>(subject.items[n])] =
          slice[at];
  }
  return tensor_volume_without_channels({shape, values, subject.tensor.ras, subject.tensor.has_geometry});
}

}  // namespace radbatch
