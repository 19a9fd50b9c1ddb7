// A small encoder of lossless JPEG for tests: every option of process 14, one Huffman table with codes of 5
// bits.
#pragma once

#include <bit>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "coded_frames.hpp"

namespace radbatch::test {

struct LosslessJpeg {
  int predictor = 1;
  int precision = 12;
  int components = 1;
  bool interleaved = true;
  int restart_rows = 0;
  int point_transform = 0;
};

class LosslessEncoder {
 public:
  LosslessEncoder(const std::vector<int>& values, const LosslessJpeg& options)
      : values_(values), options_(options) {}

  std::vector<std::uint8_t> encode() {
    put({0xff, 0xd8});
    put_frame_header();
    put_table();
    if (options_.restart_rows > 0) {
      const int interval = options_.restart_rows * coded_columns;
      put({0xff, 0xdd, 0, 4, interval >> 8, interval & 255});
    }
    if (options_.interleaved) {
      put_scan(0, options_.components);
    } else {
      for (int c = 0; c < options_.components; ++c) put_scan(c, c + 1);
    }
    put({0xff, 0xd9});
    return out_;
  }

 private:
  void put(std::initializer_list<int> bytes) {
    for (const int b : bytes) out_.push_back(static_cast<std::uint8_t>(b));
  }

  void put_frame_header() {
    put({0xff, 0xc3, 0, 8 + 3 * options_.components, options_.precision, 0, coded_rows, 0, coded_columns,
         options_.components});
    for (int c = 0; c < options_.components; ++c) put({c + 1, 0x11, 0});
  }

  // 17 codes of 5 bits: category k has code k.
  void put_table() {
    put({0xff, 0xc4, 0, 2 + 17 + 17, 0, 0, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    for (int k = 0; k <= 16; ++k) put({k});
  }

  int sample(int x, int y, int c) const {
    return values_[static_cast<std::size_t>((y * coded_columns + x) * options_.components + c)] >>
           options_.point_transform;
  }

  int predicted(int x, int y, int c, bool first_row) const {
    if (first_row && x == 0) return 1 << (options_.precision - options_.point_transform - 1);
    if (first_row) return sample(x - 1, y, c);
    if (x == 0) return sample(x, y - 1, c);
    const int a = sample(x - 1, y, c), b = sample(x, y - 1, c), d = sample(x - 1, y - 1, c);
    const int all[] = {0, a, b, d, a + b - d, a + ((b - d) >> 1), b + ((a - d) >> 1), (a + b) >> 1};
    return all[options_.predictor];
  }

  void put_scan(int first, int last) {
    put({0xff, 0xda, 0, 6 + 2 * (last - first), last - first});
    for (int c = first; c < last; ++c) put({c + 1, 0});
    put({options_.predictor, 0, options_.point_transform});
    for (int y = 0; y < coded_rows; ++y) {
      const bool restarts = options_.restart_rows > 0 && y % options_.restart_rows == 0;
      if (restarts && y > 0) {
        flush();
        put({0xff, 0xd0 + (y / options_.restart_rows - 1) % 8});
      }
      for (int x = 0; x < coded_columns; ++x)
        for (int c = first; c < last; ++c)
          put_difference(sample(x, y, c) - predicted(x, y, c, restarts || y == 0));
    }
    flush();
  }

  void put_difference(int difference) {
    difference = static_cast<std::int16_t>(difference);
    if (difference == -32768) return put_bits(16, 5);
    const int category = std::bit_width(static_cast<unsigned>(std::abs(difference)));
    put_bits(category, 5);
    put_bits(difference < 0 ? difference + (1 << category) - 1 : difference, category);
  }

  void put_bits(int value, int n) {
    for (int i = n - 1; i >= 0; --i) {
      byte_ = byte_ << 1 | (value >> i & 1);
      if (++filled_ == 8) put_byte();
    }
  }
  void put_byte() {
    put({byte_});
    if (byte_ == 0xff) put({0});
    byte_ = filled_ = 0;
  }
  void flush() {
    while (filled_ != 0) put_bits(1, 1);
  }

  const std::vector<int>& values_;
  LosslessJpeg options_;
  std::vector<std::uint8_t> out_;
  int byte_ = 0, filled_ = 0;
};

inline std::vector<std::uint8_t> encode_lossless(const std::vector<int>& values,
                                                 const LosslessJpeg& options) {
  return LosslessEncoder(values, options).encode();
}

/// Where the predictor stands in the first scan header of a stream with one component.
inline std::size_t scan_parameters_at(const std::vector<std::uint8_t>& stream) {
  for (std::size_t i = 0; i + 1 < stream.size(); ++i)
    if (stream[i] == 0xff && stream[i + 1] == 0xda) return i + 7;
  return 0;
}

}  // namespace radbatch::test
