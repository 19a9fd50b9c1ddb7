#include "radbatch/prepare/extent.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "radbatch/base/error.hpp"
#include "radbatch/prepare/fused_pending.hpp"

namespace radbatch::prepare_detail {

IndexMap identity_map(std::int64_t n) {
  IndexMap map(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < n; ++i) map[i] = i;
  return map;
}

Image gather(const Image& image, const std::array<IndexMap, 4>& maps, float fill) {
  if (image.pending) return gather_later(image, maps, fill);
  std::array<std::int64_t, 4> shape{};
  for (int a = 0; a < 4; ++a) shape[a] = static_cast<std::int64_t>(maps[a].size());
  Image out = empty_like(image, shape);
  const std::array<int, 4> o = memory_order(image);
  const auto& [m0, m1, m2, m3] = std::tie(maps[o[0]], maps[o[1]], maps[o[2]], maps[o[3]]);
  auto value = [&](std::int64_t a, std::int64_t b, std::int64_t c, std::int64_t d) {
    if (a == outside || b == outside || c == outside || d == outside) return fill;
    const std::array<std::int64_t, 4>& s = image.strides;
    return image.data()[a * s[o[0]] + b * s[o[1]] + c * s[o[2]] + d * s[o[3]]];
  };
  float* target = out.data();
  for (const std::int64_t a : m0) {
    for (const std::int64_t b : m1) {
      for (const std::int64_t c : m2) {
        for (const std::int64_t d : m3) *target++ = value(a, b, c, d);
      }
    }
  }
  return out;
}

Extent spatial_size(const Image& image) {
  return {image.shape[1], image.shape[2], image.shape[3]};
}

void crop(Image& image, const Extent& start, const Extent& size) {
  const Json before = shape_json(image);
  std::array<double, 3> origin{};
  for (int a = 0; a < 3; ++a) {
    std::int64_t& n = image.shape[a + 1];
    image.offset += start[a] * image.strides[a + 1];
    origin[a] = static_cast<double>(start[a]);
    n = std::min(size[a], n - start[a]);
    if (n < 1)
      throw Error(Reason::prepare,
                  fmt::format("the crop keeps no voxel of {} on axis {}: it starts at {} and "
                              "takes {}",
                              canonical(before), a, start[a], size[a]));
  }
  move_affine(image, translation(origin));
}

namespace {

std::int64_t wrapped(std::int64_t index, std::int64_t period) {
  return ((index % period) + period) % period;
}

/// The input index that padding of this mode puts at `index`, which may lie outside [0, n).
std::int64_t padded_index(std::int64_t index, std::int64_t n, step::PadMode mode) {
  if (index >= 0 && index < n) return index;
  switch (mode) {
    case step::PadMode::constant:
      return outside;
    case step::PadMode::edge:
      return std::clamp<std::int64_t>(index, 0, n - 1);
    case step::PadMode::wrap:
      return wrapped(index, n);
    case step::PadMode::reflect: {
      const std::int64_t at = wrapped(index, 2 * (n - 1));
      return at < n ? at : 2 * (n - 1) - at;
    }
    case step::PadMode::symmetric: {
      const std::int64_t at = wrapped(index, 2 * n);
      return at < n ? at : 2 * n - 1 - at;
    }
  }
  return outside;
}

/// torch refuses a reflection or wrap that is longer than the image; numpy would go on for ever.
void require_paddable(std::int64_t n, std::int64_t low, std::int64_t high, step::PadMode mode) {
  const std::int64_t most = mode == step::PadMode::reflect ? n - 1
                            : mode == step::PadMode::wrap  ? n
                                                           : low + high;
  if (std::max(low, high) > most)
    throw Error(Reason::prepare,
                fmt::format("cannot pad an axis of {} voxels by {} with this mode", n, std::max(low, high)));
}

}  // namespace

void pad(Image& image, const Extent& low, const Extent& high, step::PadMode mode, double value) {
  if (low == Extent{} && high == Extent{}) return;
  std::array<std::int64_t, 4> shape{image.shape};
  std::array<double, 3> origin{};
  for (int a = 0; a < 3; ++a) {
    require_paddable(image.shape[a + 1], low[a], high[a], mode);
    shape[a + 1] += low[a] + high[a];
    origin[a] = -static_cast<double>(low[a]);
  }
  require_allocatable(shape);
  std::array<IndexMap, 4> maps{identity_map(image.shape[0])};
  for (int a = 0; a < 3; ++a) {
    const std::int64_t n = image.shape[a + 1];
    for (std::int64_t o = -low[a]; o < n + high[a]; ++o) maps[a + 1].push_back(padded_index(o, n, mode));
  }
  image = gather(image, maps, static_cast<float>(value));
  move_affine(image, translation(origin));
}

void crop_to(Image& image, const Extent& size) {
  Extent start{};
  for (int a = 0; a < 3; ++a) start[a] = std::max<std::int64_t>(image.shape[a + 1] / 2 - size[a] / 2, 0);
  crop(image, start, size);
}

void pad_to(Image& image, const Extent& size, step::PadMethod method, step::PadMode mode, double value) {
  Extent low{}, high{};
  for (int a = 0; a < 3; ++a) {
    const std::int64_t width = std::max<std::int64_t>(size[a] - image.shape[a + 1], 0);
    low[a] = method == step::PadMethod::symmetric ? width / 2 : 0;
    high[a] = width - low[a];
  }
  pad(image, low, high, mode, value);
}

}  // namespace radbatch::prepare_detail
