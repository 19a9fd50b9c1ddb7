// Any file to its FileRecord: what it is by its bytes, and what its header says.
#pragma once

#include <filesystem>

#include "radbatch/study/file_record.hpp"

namespace radbatch {

/// Reads magic bytes and header. Never throws for what the file is: a file that cannot be used gets `reason`
/// and `detail`. Only regular files are opened (a FIFO would block). A damaged file whose name ends like an
/// image's keeps the kind of its ending; what is no image at all is kind `none`. `path` of the record is the
/// path given; `root` stays empty; both are the caller's to replace.
FileRecord scan_file(const std::filesystem::path& absolute);

}  // namespace radbatch
