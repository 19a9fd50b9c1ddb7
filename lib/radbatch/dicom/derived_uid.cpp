#include "radbatch/dicom/derived_uid.hpp"

#include <algorithm>
#include <array>

#include "radbatch/base/hash.hpp"

namespace radbatch {
namespace {

int hex_value(char digit) {
  return digit <= '9' ? digit - '0' : digit - 'a' + 10;
}

std::array<unsigned, 16> uuid_bytes(std::string_view text) {
  const std::string hex = sha256_hex(text);
  std::array<unsigned, 16> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<unsigned>(hex_value(hex[2 * i]) * 16 + hex_value(hex[2 * i + 1]));
  bytes[6] = (bytes[6] & 0x0f) | 0x80;  // version 8
  bytes[8] = (bytes[8] & 0x3f) | 0x80;  // the variant of RFC 9562
  return bytes;
}

}  // namespace

std::string derived_uid(std::string_view text) {
  std::array<unsigned, 16> number = uuid_bytes(text);
  std::string digits;
  while (std::ranges::any_of(number, [](unsigned byte) { return byte != 0; })) {
    unsigned rest = 0;  // long division by ten, from the highest byte
    for (unsigned& byte : number) {
      const unsigned value = rest * 256 + byte;
      byte = value / 10;
      rest = value % 10;
    }
    digits += static_cast<char>('0' + rest);
  }
  std::ranges::reverse(digits);
  return "2.25." + digits;
}

}  // namespace radbatch
