// The marker structure of a JPEG file, enough to know its size and that it is whole.
#pragma once

#include <filesystem>
#include <optional>
#include <span>

#include "radbatch/image/image_attributes.hpp"

namespace radbatch {

/// Size and channels from the frame header; throws Error(Reason::bad_header) when there is none.
ImageExtent jpeg_extent(std::span<const std::byte> file);
/// Walks all segments and scans to the end-of-image marker; throws Error(Reason::truncated_pixels) without
/// one.
void check_jpeg_is_complete(const std::filesystem::path& path);

}  // namespace radbatch
