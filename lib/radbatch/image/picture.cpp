#include "radbatch/image/picture.hpp"

#include <algorithm>
#include <cmath>

#include "radbatch/image/samples.hpp"

namespace radbatch {
namespace {

// What a picture axis should show as it grows: a patient axis (0 L, 1 P, 2 S) and its sign.
struct Direction {
  std::size_t axis;
  double sign;
};

std::size_t dominant_axis(const std::array<double, 3>& direction, std::size_t excluded) {
  std::size_t best = excluded == 0 ? 1 : 0;
  for (std::size_t r = 0; r < 3; ++r) {
    if (r != excluded && std::abs(direction[r]) > std::abs(direction[best])) best = r;
  }
  return best;
}

Picture turned(const Picture& source, bool swap, bool flip_x, bool flip_y) {
  Picture out = source;
  if (swap) {
    std::swap(out.width, out.height);
    std::swap(out.step_x, out.step_y);
    std::swap(out.right, out.down);
  }
  for (std::size_t r = 0; r < 3; ++r) {
    if (flip_x) out.right[r] = -out.right[r];
    if (flip_y) out.down[r] = -out.down[r];
  }
  for (std::size_t y = 0; y < out.height; ++y) {
    for (std::size_t x = 0; x < out.width; ++x) {
      const std::size_t tx = flip_x ? out.width - 1 - x : x, ty = flip_y ? out.height - 1 - y : y;
      for (std::size_t c = 0; c < static_cast<std::size_t>(out.channels); ++c) {
        out.at(x, y, c) = swap ? source.at(ty, tx, c) : source.at(tx, ty, c);
      }
    }
  }
  return out;
}

// Mean of the source interval under each target pixel: smooth when shrinking, exact when equal.
std::vector<double> resample_row(const std::vector<double>& row, std::size_t target) {
  std::vector<double> out(target);
  const double scale = static_cast<double>(row.size()) / static_cast<double>(target);
  for (std::size_t t = 0; t < target; ++t) {
    const double begin = static_cast<double>(t) * scale, end = begin + scale;
    double sum = 0, weight = 0;
    for (auto s = static_cast<std::size_t>(begin); s < row.size() && static_cast<double>(s) < end; ++s) {
      const double part = std::min(end, static_cast<double>(s) + 1) - std::max(begin, static_cast<double>(s));
      sum += row[s] * part;
      weight += part;
    }
    out[t] = weight > 0 ? sum / weight : row.back();
  }
  return out;
}

Picture resized(const Picture& source, std::size_t width, std::size_t height) {
  Picture wide = source;
  wide.width = width;
  const auto channels = static_cast<std::size_t>(source.channels);
  wide.values.resize(width * source.height * channels);
  for (std::size_t c = 0; c < channels; ++c) {
    for (std::size_t y = 0; y < source.height; ++y) {
      std::vector<double> row(source.width);
      for (std::size_t x = 0; x < source.width; ++x) row[x] = source.at(x, y, c);
      const auto out = resample_row(row, width);
      for (std::size_t x = 0; x < width; ++x) wide.at(x, y, c) = static_cast<float>(out[x]);
    }
  }
  Picture result = wide;
  result.height = height;
  result.values.resize(width * height * channels);
  for (std::size_t c = 0; c < channels; ++c) {
    for (std::size_t x = 0; x < width; ++x) {
      std::vector<double> column(wide.height);
      for (std::size_t y = 0; y < wide.height; ++y) column[y] = wide.at(x, y, c);
      const auto out = resample_row(column, height);
      for (std::size_t y = 0; y < height; ++y) result.at(x, y, c) = static_cast<float>(out[y]);
    }
  }
  return result;
}

}  // namespace

Picture fitted(const Picture& picture, int max_side, bool enlarge) {
  const double mm_x = static_cast<double>(picture.width) * picture.step_x;
  const double mm_y = static_cast<double>(picture.height) * picture.step_y;
  const double fits = max_side / std::max(mm_x, mm_y);
  const double per_mm = enlarge ? fits : std::min(fits, 1.0 / std::min(picture.step_x, picture.step_y));
  auto pixels = [max_side, per_mm](double mm) {
    return static_cast<std::size_t>(std::clamp<double>(std::floor(mm * per_mm + 0.5), 1, max_side));
  };
  Picture out = resized(picture, pixels(mm_x), pixels(mm_y));
  out.step_x = mm_x / static_cast<double>(out.width);
  out.step_y = mm_y / static_cast<double>(out.height);
  return out;
}

Range percentiles(std::vector<float> values, double low, double high) {
  auto at = [&values](double fraction) {
    const auto index = static_cast<std::ptrdiff_t>(fraction * static_cast<double>(values.size() - 1) + 0.5);
    std::ranges::nth_element(values, values.begin() + index);
    return static_cast<double>(values[static_cast<std::size_t>(index)]);
  };
  Range range{at(low), at(high)};
  // A mostly empty image: its few bright pixels are what there is to see.
  if (!(range.high > range.low)) range = {at(0.0), at(1.0)};
  return range;
}

std::vector<std::uint8_t> to_bytes(const Picture& picture, const Range& range, std::size_t channels) {
  std::vector<std::uint8_t> bytes(picture.width * picture.height * channels);
  const double span = range.high > range.low ? range.high - range.low : 1;
  for (std::size_t p = 0; p < picture.width * picture.height; ++p) {
    for (std::size_t c = 0; c < channels; ++c) {
      const double value = picture.values[p * static_cast<std::size_t>(picture.channels) + c];
      bytes[p * channels + c] =
          static_cast<std::uint8_t>(std::clamp((value - range.low) / span, 0.0, 1.0) * 255 + 0.5);
    }
  }
  return bytes;
}

Picture slice_of(const Volume& v, std::size_t axis, std::int64_t index, std::int64_t frame) {
  const std::size_t x = axis == 0 ? 1 : 0, y = axis == 2 ? 1 : 2;
  const auto channels = static_cast<std::size_t>(v.channels);
  const std::array<std::size_t, 3> stride{channels, channels * static_cast<std::size_t>(v.size[0]),
                                          channels * static_cast<std::size_t>(v.size[0] * v.size[1])};
  Picture picture;
  picture.width = static_cast<std::size_t>(v.size[x]);
  picture.height = static_cast<std::size_t>(v.size[y]);
  picture.channels = v.channels;
  picture.step_x = v.lps.spacing(static_cast<int>(x));
  picture.step_y = v.lps.spacing(static_cast<int>(y));
  picture.values.resize(picture.width * picture.height * channels);
  const auto first = static_cast<std::size_t>(frame * v.voxels()) * channels +
                     static_cast<std::size_t>(index) * stride[axis];
  visit_samples(v, [&](const auto* samples) {
    float* out = picture.values.data();
    for (std::size_t b = 0; b < picture.height; ++b) {
      for (std::size_t a = 0; a < picture.width; ++a) {
        const auto* from = samples + first + a * stride[x] + b * stride[y];
        for (std::size_t c = 0; c < channels; ++c) {
          const auto value = static_cast<float>(from[c]);
          *out++ = std::isfinite(value) ? value : 0;
        }
      }
    }
  });
  for (std::size_t r = 0; r < 3 && v.has_geometry; ++r) {
    picture.right[r] = v.lps.m[r][x] / picture.step_x;
    picture.down[r] = v.lps.m[r][y] / picture.step_y;
  }
  return picture;
}

Picture as_radiologists_look(const Picture& picture) {
  if (picture.right == std::array<double, 3>{}) return picture;
  // The plane is named by what the cross product of the picture's axes points along.
  const auto &x = picture.right, &y = picture.down;
  std::array<double, 3> normal{};
  for (std::size_t r = 0; r < 3; ++r) {
    const std::size_t a = (r + 1) % 3, b = (r + 2) % 3;
    normal[r] = std::abs(x[a] * y[b] - x[b] * y[a]);
  }
  const auto across = static_cast<std::size_t>(std::ranges::max_element(normal) - normal.begin());
  const Direction right = across == 0 ? Direction{1, 1} : Direction{0, 1};
  const Direction down = across == 2 ? Direction{1, 1} : Direction{2, -1};
  const bool swap = dominant_axis(x, across) != right.axis;
  const auto &to_right = swap ? y : x, &to_down = swap ? x : y;
  return turned(picture, swap, to_right[right.axis] * right.sign < 0, to_down[down.axis] * down.sign < 0);
}

}  // namespace radbatch
