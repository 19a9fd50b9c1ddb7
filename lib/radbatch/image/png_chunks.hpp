// A PNG file says of each of its chunks how long it is and what its CRC is. libpng finds out too, in the
// middle of ITK, which gives it nowhere to return to: the process aborts. So damage is found before.
#pragma once

#include <filesystem>

namespace radbatch {

/// Walks all chunks to IEND. Throws Error(Reason::truncated_pixels) when the file ends before it, and
/// Error(Reason::bad_header) when a chunk differs from its CRC (ISO/IEC 15948, 5.3) or the first is not IHDR.
void check_png_is_intact(const std::filesystem::path& path);

}  // namespace radbatch
