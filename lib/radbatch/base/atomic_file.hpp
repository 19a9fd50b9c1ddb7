// Files that are either whole or not there.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace radbatch {

/// Writes `content` to a temporary beside `path`, fsyncs and renames it. A file that already has these bytes
/// is left alone (its mtime does not change). Returns whether it wrote. Throws Error(ExitCode::output) that
/// names the path and the system's reason (disk full, permissions).
bool write_file_atomically(const std::filesystem::path& path, std::string_view content);
/// The name under which `path` is written before it is renamed; it tells host and process.
std::filesystem::path temporary_beside(const std::filesystem::path& path);
/// Removes temporaries (files and folders) at any depth below `folder` whose process, one of this host, has
/// ended without renaming them.
void remove_abandoned(const std::filesystem::path& folder);
/// Name of this machine in letters, digits and '_'.
std::string host_name();
/// Whole file as bytes; throws Error(Reason::io) that names the path.
std::string read_file(const std::filesystem::path& path);
/// Creates a folder and its parents; throws Error(ExitCode::output).
void make_folder(const std::filesystem::path& path, bool private_mode = false);
/// fsync of a folder, so that a rename inside it survives a power loss.
void sync_folder(const std::filesystem::path& path);

}  // namespace radbatch
