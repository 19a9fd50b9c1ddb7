// What a worker may do once it has started: read files, compute, answer. Nothing else.
#pragma once

#include <filesystem>
#include <span>

#include "radbatch/base/json.hpp"

namespace radbatch {

/// Forbids, for this process and for good: new privileges, executing programs, sockets, opening files for
/// writing, renaming, removing, and (where the kernel has Landlock) every write to the file system. Called by
/// the worker itself after its libraries are loaded. Signals reach only its own threads. Returns what is
/// enforced: {"no_new_privileges": true, "seccomp": true, "landlock": 6, "limits": {"stack_bytes": 8388608,
/// ...}}; members are false or 0 where the kernel or the build does not offer them, and "limits" has only the
/// resources that are limited.
Json enter_sandbox();

/// With Landlock, from now on only files under these folders can be opened. Returns whether it is enforced.
bool restrict_reading_to(std::span<const std::filesystem::path> folders);

}  // namespace radbatch
