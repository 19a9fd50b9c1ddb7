// JPEG files: their marker structure, enough to know the size and that they are whole, and their pixels.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

#include "radbatch/image/image_attributes.hpp"
#include "radbatch/volume/volume.hpp"

namespace radbatch {

/// Size and channels from the frame header; throws Error(Reason::bad_header) when there is none.
ImageExtent jpeg_extent(std::span<const std::byte> file);
/// Walks all segments and scans to the end-of-image marker; throws Error(Reason::truncated_pixels) without
/// one.
void check_jpeg_is_complete(std::span<const std::byte> file);
/// A picture without a geometry, 1 or 3 channels of 8 bits. Throws Error as decode_jpeg_picture and
/// check_jpeg_is_complete.
Volume read_jpeg(const std::filesystem::path& path, std::uint64_t max_bytes);

}  // namespace radbatch
