// 8- or 16-bit pixels to PNG bytes in memory, through libpng.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace radbatch {

/// `channels` 1 (grey) or 3 (RGB), rows from top to bottom. The bytes depend on the pixels and the zlib level
/// only.
std::string png_bytes(std::span<const std::uint8_t> pixels, int width, int height, int channels,
                      int level = 6);
/// The same with 16 bits a sample.
std::string png_bytes(std::span<const std::uint16_t> pixels, int width, int height, int channels,
                      int level = 6);

}  // namespace radbatch
