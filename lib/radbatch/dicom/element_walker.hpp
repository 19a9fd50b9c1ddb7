// The structure of a plain DICOM file, walked element by element without building it in memory.
//
// Most files of a cohort are explicit or implicit little endian with an orderly header: for those a walk over
// the first 16 KiB finds what the scan needs in microseconds. The walker accepts only what it understands
// fully. Everything else (big endian, deflated, no meta header, an unknown VR, tags out of order, lengths
// that do not fit, ...) it declines, and the caller parses the file with DCMTK, whose verdict counts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "radbatch/dicom/header_bytes.hpp"
#include "radbatch/dicom/value_representation.hpp"

namespace radbatch {

/// What the walk has to know beforehand; tags are group << 16 | element.
struct WalkDictionary {
  struct Wanted {
    std::uint32_t tag;
    std::uint16_t vr;  ///< a header with another one is declined; vr_code("xs") stands for US or SS
  };
  std::vector<Wanted> wanted;            ///< ascending by tag
  std::vector<std::uint32_t> sequences;  ///< ascending: what is SQ where the file does not say the VR
};

struct WalkedElement {
  std::uint16_t vr = 0;  ///< 0: the header does not have it
  std::string_view bytes;
};

struct WalkedHeader {
  std::string transfer_syntax;
  std::string media_class;              ///< MediaStorageSOPClassUID
  std::vector<WalkedElement> elements;  ///< in the order of WalkDictionary::wanted; point into HeaderBytes
  bool has_pixels = false;
  bool has_float_pixels = false;
  bool has_modality_table = false;
  bool is_encapsulated = false;
  std::uint64_t pixel_offset = 0;  ///< native pixels: of the first byte
  std::uint64_t pixel_bytes = 0;   ///< native: declared length; encapsulated: sum of the fragments
  std::uint64_t fragments = 0;     ///< without the offset table
};

/// Walks to the end of the file (stepping over the pixels), or declines with nothing.
std::optional<WalkedHeader> walk_header(HeaderBytes& bytes, const WalkDictionary& dictionary);

}  // namespace radbatch
