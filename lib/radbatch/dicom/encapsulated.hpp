// The compressed stream of each frame, whatever way the fragments were cut. Plain bytes, no DICOM library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace radbatch {

using Fragment = std::span<const std::uint8_t>;

/// The fragments first ... first + count - 1 of one frame.
struct FrameFragments {
  std::size_t first = 0;
  std::size_t count = 0;
};

/// Which fragments belong to which frame: one each, all to the only frame, by the basic offset table (the
/// first item; may be empty), or, for JPEG kinds without a table, by the start marker. Throws
/// Error(Reason::truncated_pixels) when frames are missing.
std::vector<FrameFragments> fragments_of_frames(std::span<const Fragment> fragments, Fragment offset_table,
                                                std::int64_t frames);

/// The bytes of one frame: the fragment itself, or all of them joined in `storage`.
Fragment frame_stream(std::span<const Fragment> fragments, const FrameFragments& frame,
                      std::vector<std::uint8_t>& storage);

}  // namespace radbatch
