#include "radbatch/dicom/encapsulated.hpp"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>

#include <algorithm>
#include <span>
#include <string>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

std::span<const std::uint8_t> item_bytes(DcmPixelSequence& sequence, unsigned long index) {
  DcmPixelItem* item = nullptr;
  Uint8* bytes = nullptr;
  if (sequence.getItem(item, index).bad() || item == nullptr) {
    throw Error(Reason::truncated_pixels,
                "fragment " + std::to_string(index) + " of the pixel data is missing");
  }
  const Uint32 length = item->getLength();
  if (length == 0) return {};
  if (item->getUint8Array(bytes).bad() || bytes == nullptr) {
    throw Error(Reason::io, "fragment " + std::to_string(index) + " of the pixel data cannot be read");
  }
  return {bytes, length};
}

// Start of image (JPEG, JPEG-LS), start of codestream (JPEG 2000) or a JP2 signature.
bool begins_frame(std::span<const std::uint8_t> f) {
  if (f.size() < 4) return false;
  return (f[0] == 0xff && f[1] == 0xd8 && f[2] == 0xff) || (f[0] == 0xff && f[1] == 0x4f && f[2] == 0xff) ||
         (f[0] == 0 && f[1] == 0 && f[2] == 0 && f[3] == 0x0c);
}

// Offsets count from the first byte of the first fragment's item tag; each item has a header of 8 bytes.
std::vector<bool> starts_by_table(DcmPixelSequence& sequence, std::span<const std::uint8_t> table) {
  std::vector<std::uint32_t> offsets(table.size() / 4);
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    for (std::size_t b = 4; b-- > 0;) offsets[i] = offsets[i] << 8 | table[i * 4 + b];
  }
  std::vector<bool> starts;
  std::uint64_t at = 0;
  for (unsigned long i = 1; i < sequence.card(); ++i) {
    starts.push_back(std::ranges::find(offsets, at) != offsets.end());
    at += 8 + item_bytes(sequence, i).size();
  }
  return starts;
}

std::vector<bool> frame_starts(DcmPixelSequence& sequence, std::int64_t frames) {
  const unsigned long fragments = sequence.card() - 1;
  const auto table = item_bytes(sequence, 0);
  std::vector<bool> starts(fragments, fragments == static_cast<unsigned long>(frames));
  if (fragments > 0) starts[0] = true;
  if (frames == 1 || fragments == static_cast<unsigned long>(frames)) return starts;
  if (table.size() == static_cast<std::size_t>(frames) * 4) return starts_by_table(sequence, table);
  for (unsigned long i = 0; i < fragments; ++i) starts[i] = begins_frame(item_bytes(sequence, i + 1));
  return starts;
}

}  // namespace

std::vector<FrameStream> frame_streams(DcmPixelSequence& sequence, std::int64_t frames) {
  const std::vector<bool> starts = frame_starts(sequence, frames);
  std::vector<FrameStream> streams;
  for (unsigned long i = 0; i < starts.size(); ++i) {
    if (starts[i]) streams.emplace_back();
    if (streams.empty()) throw Error(Reason::bad_header, "the first fragment does not begin a frame");
    const auto bytes = item_bytes(sequence, i + 1);
    streams.back().insert(streams.back().end(), bytes.begin(), bytes.end());
  }
  if (streams.size() != static_cast<std::size_t>(frames)) {
    throw Error(Reason::truncated_pixels, "pixel data has " + counted(streams.size(), "compressed frame") +
                                              ", " + std::to_string(frames) + " expected");
  }
  return streams;
}

}  // namespace radbatch
