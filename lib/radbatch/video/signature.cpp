#include "radbatch/video/signature.hpp"

#include <algorithm>
#include <array>

namespace radbatch {
namespace {

using namespace std::string_view_literals;

bool begins_mov(std::string_view head) {
  constexpr std::array atoms{"ftyp"sv, "moov"sv, "mdat"sv, "wide"sv, "skip"sv, "free"sv, "pnot"sv};
  return head.size() >= 8 && std::ranges::find(atoms, head.substr(4, 4)) != atoms.end();
}

/// A packet of 188 bytes begins with 0x47; Blu-ray and camcorders put four bytes of time before each.
bool begins_transport_stream(std::string_view head) {
  const auto marks = [head](std::size_t first, std::size_t step) {
    if (head.size() < first + step + 1) return false;
    for (std::size_t at = first; at < std::min(head.size(), first + 5 * step); at += step) {
      if (head[at] != 0x47) return false;
    }
    return true;
  };
  return marks(0, 188) || marks(4, 192);
}

}  // namespace

bool begins_recording(std::string_view head) {
  if (begins_mov(head) || begins_transport_stream(head)) return true;
  if (head.starts_with("RIFF") && head.size() >= 12 && head.substr(8, 3) == "AVI") return true;
  if (head.starts_with("\x1a\x45\xdf\xa3"sv)) return true;                                    // EBML
  if (head.starts_with("\0\0\x01\xba"sv) || head.starts_with("\0\0\x01\xb3"sv)) return true;  // MPEG
  return head.starts_with("\x30\x26\xb2\x75\x8e\x66\xcf\x11"sv);                              // ASF
}

}  // namespace radbatch
