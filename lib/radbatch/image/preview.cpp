#include "radbatch/image/preview.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "radbatch/image/png_bytes.hpp"

namespace radbatch {
namespace {

struct Picture {
  std::size_t width = 0, height = 0;
  int channels = 1;
  double step_x = 1, step_y = 1;  // mm
  std::vector<float> values;      // channel fastest, then x, then y

  float& at(std::size_t x, std::size_t y, std::size_t c) {
    return values[(y * width + x) * static_cast<std::size_t>(channels) + c];
  }
  float at(std::size_t x, std::size_t y, std::size_t c) const {
    return values[(y * width + x) * static_cast<std::size_t>(channels) + c];
  }
};

template <class T>
void copy_slice(const Volume& v, std::size_t offset, Picture& picture) {
  const T* from = v.samples.as<T>().data() + offset;
  std::copy(from, from + picture.values.size(), picture.values.begin());
}

Picture middle_slice(const Volume& v) {
  Picture picture;
  picture.width = static_cast<std::size_t>(v.size[0]);
  picture.height = static_cast<std::size_t>(v.size[1]);
  picture.channels = v.channels;
  picture.step_x = v.lps.spacing(0);
  picture.step_y = v.lps.spacing(1);
  picture.values.resize(picture.width * picture.height * static_cast<std::size_t>(v.channels));
  const std::size_t offset = static_cast<std::size_t>(v.size[2] / 2) * picture.values.size();
  switch (v.type) {
    case SampleType::uint8:
      copy_slice<std::uint8_t>(v, offset, picture);
      break;
    case SampleType::int16:
      copy_slice<std::int16_t>(v, offset, picture);
      break;
    case SampleType::uint16:
      copy_slice<std::uint16_t>(v, offset, picture);
      break;
    case SampleType::int32:
      copy_slice<std::int32_t>(v, offset, picture);
      break;
    case SampleType::float32:
      copy_slice<float>(v, offset, picture);
      break;
  }
  for (float& value : picture.values) {
    if (!std::isfinite(value)) value = 0;
  }
  return picture;
}

// What a picture axis should show as it grows: a patient axis (0 L, 1 P, 2 S) and its sign.
struct Direction {
  std::size_t axis;
  double sign;
};

std::size_t dominant_axis(const Affine& lps, std::size_t index_axis, std::size_t excluded = 3) {
  std::size_t best = excluded == 0 ? 1 : 0;
  for (std::size_t r = 0; r < 3; ++r) {
    if (r != excluded && std::abs(lps.m[r][index_axis]) > std::abs(lps.m[best][index_axis])) best = r;
  }
  return best;
}

Picture turned(const Picture& source, bool swap, bool flip_x, bool flip_y) {
  Picture out = source;
  if (swap) {
    std::swap(out.width, out.height);
    std::swap(out.step_x, out.step_y);
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

Picture as_radiologists_look(const Volume& v, const Picture& picture) {
  // The plane is named by what the cross product of i and j points along; k may be sheared.
  const auto& m = v.lps.m;
  std::array<double, 3> normal{};
  for (std::size_t r = 0; r < 3; ++r) {
    const std::size_t a = (r + 1) % 3, b = (r + 2) % 3;
    normal[r] = std::abs(m[a][0] * m[b][1] - m[b][0] * m[a][1]);
  }
  const auto across = static_cast<std::size_t>(std::ranges::max_element(normal) - normal.begin());
  const Direction right = across == 0 ? Direction{1, 1} : Direction{0, 1};
  const Direction down = across == 2 ? Direction{1, 1} : Direction{2, -1};
  const bool swap = dominant_axis(v.lps, 0, across) != right.axis;
  const std::size_t x_axis = swap ? 1 : 0, y_axis = swap ? 0 : 1;
  return turned(picture, swap, m[right.axis][x_axis] * right.sign < 0, m[down.axis][y_axis] * down.sign < 0);
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

Picture fitted(const Picture& picture, int max_side) {
  const double mm_x = static_cast<double>(picture.width) * picture.step_x;
  const double mm_y = static_cast<double>(picture.height) * picture.step_y;
  // Never finer than the finest pixel: enlarging shows nothing new.
  const double per_mm =
      std::min(max_side / std::max(mm_x, mm_y), 1.0 / std::min(picture.step_x, picture.step_y));
  auto pixels = [max_side, per_mm](double mm) {
    return static_cast<std::size_t>(std::clamp<double>(std::floor(mm * per_mm + 0.5), 1, max_side));
  };
  return resized(picture, pixels(mm_x), pixels(mm_y));
}

struct Range {
  double low = 0, high = 1;
};

Range percentiles(std::vector<float> values) {
  auto at = [&values](double fraction) {
    const auto index = static_cast<std::ptrdiff_t>(fraction * static_cast<double>(values.size() - 1) + 0.5);
    std::ranges::nth_element(values, values.begin() + index);
    return static_cast<double>(values[static_cast<std::size_t>(index)]);
  };
  Range range{at(0.01), at(0.99)};
  // A mostly empty image: its few bright pixels are what there is to see.
  if (!(range.high > range.low)) range = {at(0.0), at(1.0)};
  return range;
}

// Colours are 8 bit or use their full type; grey is stretched.
Range display_range(const Volume& v, const Picture& slice) {
  if (v.channels == 3 && v.type == SampleType::uint8) return {0, 255};
  if (v.channels == 3 && v.type == SampleType::uint16) return {0, 65535};
  return percentiles(slice.values);
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

}  // namespace

std::string preview_png(const Volume& volume, int max_side) {
  const Picture slice = middle_slice(volume);
  const Range range = display_range(volume, slice);
  const Picture shown =
      fitted(volume.has_geometry ? as_radiologists_look(volume, slice) : slice, std::max(max_side, 1));
  // Two and four channels are no colours; the first stands for them.
  const int channels = volume.channels == 3 ? 3 : 1;
  return png_bytes(to_bytes(shown, range, static_cast<std::size_t>(channels)), static_cast<int>(shown.width),
                   static_cast<int>(shown.height), channels);
}

}  // namespace radbatch
