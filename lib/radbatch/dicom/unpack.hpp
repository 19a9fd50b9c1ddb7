// Samples as they lie in a frame to plain samples of the frame's type. Internal to the module; no DICOM
// library.
#pragma once

#include <cstdint>
#include <span>

#include "radbatch/dicom/codec.hpp"
#include "radbatch/dicom/frame_decoder.hpp"

namespace radbatch {

/// The lowest `bits` bits as a two's complement number.
std::int64_t sign_extended(std::int64_t value, std::int64_t bits);

/// Native little-endian bytes of the frame that begins with sample `first` of `bytes`: 1-bit and 12-bit
/// frames need not begin with a byte. Throws Error(Reason::truncated_pixels) when there are too few,
/// Error(Reason::range) for a value beyond int32. Throws nothing for native 4:2:2: those samples come in
/// triples (see expand_ybr_422).
void unpack_native(std::span<const std::uint8_t> bytes, std::size_t first, const FrameFormat& format,
                   std::span<std::byte> out);

/// What a codec left. Bits above BitsStored are cleared, signs extended from the fewer of BitsStored and the
/// stream's own precision.
void unpack_coded(const CodedImage& image, const FrameFormat& format, std::span<std::byte> out);

}  // namespace radbatch
