// How many bytes of samples a MetaImage really holds.
#pragma once

#include <cstdint>
#include <filesystem>

namespace radbatch {

/// Throws Error(Reason::truncated_pixels) when the file (or its data file) holds, unpacked, fewer than
/// `expected` bytes, Error(Reason::bad_header) when its text header has no end.
void check_metaimage_is_complete(const std::filesystem::path& path, std::uint64_t expected);

}  // namespace radbatch
