#include "radbatch/dicom/encapsulated.hpp"

#include <algorithm>
#include <string>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

// Start of image (JPEG, JPEG-LS), start of codestream (JPEG 2000, JPEG XL) or the signature of their file
// formats.
bool begins_frame(Fragment f) {
  if (f.size() < 4) return false;
  return (f[0] == 0xff && f[1] == 0xd8 && f[2] == 0xff) || (f[0] == 0xff && f[1] == 0x4f && f[2] == 0xff) ||
         (f[0] == 0xff && f[1] == 0x0a) || (f[0] == 0 && f[1] == 0 && f[2] == 0 && f[3] == 0x0c);
}

// Offsets count from the first byte of the first fragment's item tag; each item has a header of 8 bytes.
std::vector<bool> starts_by_table(std::span<const Fragment> fragments, Fragment table) {
  std::vector<std::uint32_t> offsets(table.size() / 4);
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    for (std::size_t b = 4; b-- > 0;) offsets[i] = offsets[i] << 8 | table[i * 4 + b];
  }
  std::ranges::sort(offsets);
  std::vector<bool> starts;
  std::uint64_t at = 0;
  for (const Fragment& fragment : fragments) {
    starts.push_back(at <= UINT32_MAX && std::ranges::binary_search(offsets, static_cast<std::uint32_t>(at)));
    at += 8 + fragment.size();
  }
  return starts;
}

std::vector<bool> frame_starts(std::span<const Fragment> fragments, Fragment table, std::size_t frames) {
  std::vector<bool> starts(fragments.size(), fragments.size() == frames);
  if (!fragments.empty()) starts[0] = true;
  if (frames == 1 || fragments.size() == frames) return starts;
  if (table.size() == frames * 4) return starts_by_table(fragments, table);
  std::transform(fragments.begin(), fragments.end(), starts.begin(), begins_frame);
  return starts;
}

}  // namespace

std::vector<FrameFragments> fragments_of_frames(std::span<const Fragment> fragments, Fragment offset_table,
                                                std::int64_t frames) {
  const std::vector<bool> starts = frame_starts(fragments, offset_table, static_cast<std::size_t>(frames));
  std::vector<FrameFragments> result;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    if (starts[i]) result.push_back({i, 0});
    if (result.empty()) throw Error(Reason::bad_header, "the first fragment does not begin a frame");
    ++result.back().count;
  }
  if (result.size() != static_cast<std::size_t>(frames)) {
    throw Error(Reason::truncated_pixels, "pixel data has " + counted(result.size(), "compressed frame") +
                                              ", " + std::to_string(frames) + " expected");
  }
  return result;
}

Fragment frame_stream(std::span<const Fragment> fragments, const FrameFragments& frame,
                      std::vector<std::uint8_t>& storage) {
  if (frame.count == 1) return fragments[frame.first];
  storage.clear();
  for (const Fragment& fragment : fragments.subspan(frame.first, frame.count))
    storage.insert(storage.end(), fragment.begin(), fragment.end());
  return storage;
}

}  // namespace radbatch
