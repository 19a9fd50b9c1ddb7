// Copies of a file are dropped, and only copies: two files of one SOPInstanceUID whose headers agree may
// still differ in their pixels, and then nobody knows which of them is the image.
#pragma once

#include <span>

#include "radbatch/study/file_record.hpp"

namespace radbatch {

/// Gives every DICOM file that shares SOPInstanceUID, size and header with another one the attribute
/// "content_sha256", by which build_cohort tells copies from contradictions. The bytes are compared, not
/// parsed.
void tell_copies_apart(std::span<FileRecord> records);

}  // namespace radbatch
