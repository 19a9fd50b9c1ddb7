// Value representations by their two letters; no DICOM library.
#pragma once

#include <cstddef>
#include <cstdint>

namespace radbatch {

/// A value representation as its two letters in file order: vr_code("US").
constexpr std::uint16_t vr_code(const char (&letters)[3]) {
  return static_cast<std::uint16_t>(static_cast<unsigned char>(letters[0]) |
                                    static_cast<unsigned char>(letters[1]) << 8);
}

/// How an explicit element header gives the length, by PS3.5 section 7.1.2: in two bytes, or in four after
/// two reserved ones.
enum class LengthForm { unknown, two_bytes, four_bytes };

LengthForm length_form(std::uint16_t vr);
/// Bytes of one value of a binary VR; 1 for text and the others.
std::size_t width_of(std::uint16_t vr);

}  // namespace radbatch
