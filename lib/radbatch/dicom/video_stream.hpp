// The video that a DICOM object carries: its fragments, one after the other, are the stream (PS3.5, 8.2.5 to
// 8.2.9 and A.4.5 to A.4.10).
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace radbatch {

/// The bytes of the stream after the header gate. Throws Error with the gate's reason;
/// Error(Reason::too_large) when the stream itself is longer than `max_bytes`.
std::vector<std::uint8_t> read_video_stream(const std::filesystem::path& path, std::uint64_t max_bytes);

}  // namespace radbatch
