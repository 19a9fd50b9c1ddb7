#include "radbatch/image/png_chunks.hpp"

#include <zlib.h>

#include <string>
#include <string_view>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

constexpr std::size_t signature_bytes = 8, length_and_type_bytes = 8, crc_bytes = 4;

std::uint32_t word(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

/// Of the type and the data.
std::uint32_t crc_of(std::string_view bytes) {
  const auto* first = reinterpret_cast<const Bytef*>(bytes.data());
  return static_cast<std::uint32_t>(::crc32_z(0, first, bytes.size()));
}

}  // namespace

void check_png_is_intact(const std::filesystem::path& path) {
  const std::string file = read_file(path);
  const std::string_view bytes(file);
  for (std::size_t at = signature_bytes;;) {
    if (at + length_and_type_bytes + crc_bytes > bytes.size()) break;
    const std::size_t length = word(bytes, at);
    const std::string_view type = bytes.substr(at + 4, 4);
    if (at == signature_bytes && type != "IHDR") throw Error(Reason::bad_header, "the PNG file has no IHDR");
    const std::size_t end = at + length_and_type_bytes + length;
    if (end + crc_bytes > bytes.size()) break;
    if (crc_of(bytes.substr(at + 4, 4 + length)) != word(bytes, end)) {
      throw Error(Reason::bad_header, "the chunk " + printable(type) + " of the PNG file is damaged");
    }
    if (type == "IEND") return;
    at = end + crc_bytes;
  }
  throw Error(Reason::truncated_pixels, "the PNG file ends before its last chunk");
}

}  // namespace radbatch
