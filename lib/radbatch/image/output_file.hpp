// The file that a tool opened for the worker: whole writes, and the system's reason when one fails.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace radbatch {

using ByteParts = std::span<const std::span<const std::byte>>;

std::span<const std::byte> bytes_of(std::string_view text);

/// Writes the parts one after the other in as few calls as the system allows, without copying them together.
/// Throws Error(ExitCode::output) "writing the image: No space left on device" and the like.
void write_parts(int fd, ByteParts parts);
void write_bytes(int fd, std::span<const std::byte> bytes);
/// Asks for the room before the first byte, so that a full disk is found at once; a file system that cannot
/// do that is no error.
void reserve(int fd, std::uint64_t bytes);

}  // namespace radbatch
