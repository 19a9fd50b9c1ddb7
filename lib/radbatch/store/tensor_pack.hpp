// The tensors of a cohort in one file, for scripts that would rather open one than a thousand.
#pragma once

#include <filesystem>
#include <span>
#include <string>

namespace radbatch {

struct PackedCase {
  std::string case_id;
  std::filesystem::path file;  ///< that write_tensor_h5 wrote for it
  std::string sha256;          ///< of the file's bytes
};

/// Makes `path` of the files, which stay: /tensors/<case_id>/<input> with all attributes, in the order of
/// `cases`, the same bytes for the same files. Packed values are copied as they are, a chunk at a time, so
/// that no tensor is ever in memory. The file is made under another name and renamed when it is whole; one
/// that was made of the same files and can be opened is left alone. Returns whether it wrote. Throws
/// Error(ExitCode::output).
bool pack_tensors(const std::filesystem::path& path, std::span<const PackedCase> cases);

}  // namespace radbatch
