// Any file to its FileRecord: what it is by its bytes, and what its header says.
#pragma once

#include <filesystem>

#include "radbatch/dicom/header_scan.hpp"
#include "radbatch/study/record_delta.hpp"

namespace radbatch {

/// Reads magic bytes and header. Never throws for what the file is: a file that cannot be used gets `reason`
/// and `detail`. Only regular files are opened (a FIFO would block). A damaged file whose name ends like an
/// image's keeps the kind of its ending; what is no image at all is kind `none`. `path` of the record is the
/// path given; `root` stays empty; both are the caller's to replace.
FileRecord scan_file(const std::filesystem::path& absolute);

/// The same for many files, each as RecordPacker::pack_content gives it: what is equal within a series is
/// neither decoded nor built a second time.
class FileScanner {
 public:
  Json scan(const std::filesystem::path& absolute);

 private:
  HeaderChanges dicom_;
  RecordPacker packer_;
};

}  // namespace radbatch
