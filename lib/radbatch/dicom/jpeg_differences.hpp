// The Huffman-coded differences of lossless JPEG (ISO 10918-1 annexes C, F and H), one after the other.
// Internal to the module; inline, because a slice has a quarter of a million of them.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string>

#include "radbatch/base/error.hpp"
#include "radbatch/dicom/codec.hpp"

namespace radbatch {

inline Error jpeg_lossless_fault(const std::string& what) {
  return {Reason::bad_header, "JPEG lossless: " + what};
}

/// Code lengths to symbols (annex C and F.2.2.3). A look at the next 12 bits mostly gives the whole
/// difference: its code and the bits behind it.
struct HuffmanTable {
  static constexpr int prefix_bits = 12;
  struct Entry {
    std::int16_t value = 0;   ///< the difference, or the category whose bits are still to come
    std::uint8_t length = 0;  ///< bits used; 0: the code is longer than the prefix
    bool is_difference = false;
  };
  std::array<Entry, 1U << prefix_bits> by_prefix{};
  std::array<std::int32_t, 17> last_code{};  ///< of each length; -1: none
  std::array<std::int32_t, 17> first_symbol{};
  std::array<std::uint8_t, 17> symbols{};

  HuffmanTable(ByteSpan counts, ByteSpan values) {
    std::ranges::copy(values, symbols.begin());
    last_code.fill(-1);
    std::int32_t code = 0, k = 0;
    for (int length = 1; length <= 16; ++length) {
      first_symbol[length] = k - code;
      for (int i = 0; i < counts[length - 1]; ++i, ++k, ++code) {
        if (code >= 1 << length) throw jpeg_lossless_fault("a Huffman table has too many codes");
        if (length <= prefix_bits) add_prefixes(code, length, symbols[k]);
        last_code[length] = code;
      }
      code <<= 1;
    }
  }

  void add_prefixes(std::int32_t code, int length, int category) {
    const int rest = prefix_bits - length;
    for (std::int32_t tail = 0; tail < 1 << rest; ++tail) {
      Entry& entry = by_prefix[static_cast<std::size_t>(code << rest | tail)];
      if (category <= rest) {
        entry = {static_cast<std::int16_t>(difference_of(category, tail >> (rest - category))),
                 static_cast<std::uint8_t>(length + category), true};
      } else {
        entry = {static_cast<std::int16_t>(category), static_cast<std::uint8_t>(length), false};
      }
    }
  }

  /// Table F.1 and H.2: the difference that `bits` stand for in a category; 16 has no bits.
  static int difference_of(int category, int bits) {
    if (category == 0) return 0;
    if (category == 16) return 32768;
    return bits < 1 << (category - 1) ? bits - (1 << category) + 1 : bits;
  }
};

/// Bits of entropy-coded data: FF 00 is FF, any other marker ends it.
class BitReader {
 public:
  BitReader(ByteSpan stream, std::size_t at) : stream_(stream), at_(at) {}

  /// Makes 32 bits ready, as many as a difference may take.
  void prepare() {
    if (count_ < 32) refill();
  }
  std::uint32_t peek(int n) const {
    return static_cast<std::uint32_t>(bits_ >> (count_ - n)) & ((1U << n) - 1);
  }
  void drop(int n) { count_ -= n; }
  int take(int n) {
    const std::uint32_t value = peek(n);
    drop(n);
    return static_cast<int>(value);
  }
  /// True once bits were used that are not in the stream.
  bool is_past_end() const { return count_ < padding_; }

  /// Behind the last byte that was read, ahead of its bits' use.
  std::size_t end() const { return at_; }
  std::size_t unread_bytes() const { return static_cast<std::size_t>(std::max(count_ - padding_, 0)) / 8; }
  void restart(std::size_t at) {
    at_ = at;
    count_ = padding_ = 0;
    bits_ = 0;
  }

 private:
  void refill() {
    std::uint32_t word = 0;
    if (at_ + 4 <= stream_.size()) std::memcpy(&word, stream_.data() + at_, 4);
    // Four bytes at once where none of them is FF (the usual test for a zero byte, on the complement).
    if (at_ + 4 <= stream_.size() && ((~word - 0x01010101U) & word & 0x80808080U) == 0) {
      bits_ = bits_ << 32 | __builtin_bswap32(word);
      count_ += 32;
      at_ += 4;
      return;
    }
    while (count_ < 32) take_byte();
  }

  void take_byte() {
    std::uint8_t byte = 0;
    if (at_ < stream_.size() &&
        (stream_[at_] != 0xff || (at_ + 1 < stream_.size() && stream_[at_ + 1] == 0))) {
      byte = stream_[at_];
      at_ += byte == 0xff ? 2 : 1;
    } else {
      padding_ += 8;
    }
    bits_ = bits_ << 8 | byte;
    count_ += 8;
  }

  ByteSpan stream_;
  std::size_t at_;
  std::uint64_t bits_ = 0;
  int count_ = 0;    ///< bits in `bits_` that are not used
  int padding_ = 0;  ///< of them, the last ones that are made up
};

inline int decode_long_code(BitReader& reader, const HuffmanTable& table) {
  for (int length = HuffmanTable::prefix_bits + 1; length <= 16; ++length) {
    const auto code = static_cast<std::int32_t>(reader.peek(length));
    if (code > table.last_code[length]) continue;
    reader.drop(length);
    return table.symbols[static_cast<std::size_t>(table.first_symbol[length] + code)];
  }
  throw jpeg_lossless_fault("a code is not in its Huffman table");
}

inline int decode_difference(BitReader& reader, const HuffmanTable& table) {
  reader.prepare();
  const HuffmanTable::Entry entry = table.by_prefix[reader.peek(HuffmanTable::prefix_bits)];
  reader.drop(entry.length);
  if (entry.is_difference) return entry.value;
  const int category = entry.length > 0 ? entry.value : decode_long_code(reader, table);
  const int bits = category == 0 || category == 16 ? 0 : reader.take(category);
  return HuffmanTable::difference_of(category, bits);
}

}  // namespace radbatch
