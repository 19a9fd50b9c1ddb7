// One DICOM file to one FileRecord: identity, header values, and whether its pixels may be decoded.
//
// Runs in the image worker: a hostile header may kill the process that parses it.
#pragma once

#include <filesystem>

#include "radbatch/dicom/header_bytes.hpp"
#include "radbatch/study/file_record.hpp"

namespace radbatch {

/// Makes DCMTK use this dictionary and no other, and loads every character set converter; call once before
/// the first parse (and before a sandbox closes the file system). Throws Error(ExitCode::internal): with a
/// wrong dictionary headers parse into other values without an error.
void load_dictionary(const std::filesystem::path& dicom_dic);

/// True when the bytes may begin a DICOM file: "DICM" at 128, or a first element of group 0002 or 0008.
bool looks_like_dicom(std::string_view first_bytes);

/// Reads the header of one file. Never throws for what the file holds: that becomes `reason` and `detail`,
/// with the ids that could be read, so that the file still counts in its study. Attributes hold PatientID,
/// AccessionNumber and dates, which may only reach private/. "is_image" says whether there are pixels to
/// classify, "is_enhanced" that the geometry is in per-frame groups, "frame_groups" and "mosaic" where the
/// slices of one file lie (dicom/per_frame.hpp), "TransferSyntaxUID" comes from the meta header. `path`,
/// `size` and `mtime_ns` of the record are the caller's to fill in.
///
/// An orderly file is walked (element_walker.hpp) and gets `plain` where its pixels are; any other is parsed
/// with DCMTK. Both ways give the same record but for `plain`; the size and time in it are the caller's too.
FileRecord scan_dicom(const std::filesystem::path& path);
/// The same for a file that is open; `path` is what DCMTK opens.
FileRecord scan_dicom(HeaderBytes& bytes, const std::filesystem::path& path);

/// One way alone, for tests that compare them. The walk declines with nothing.
std::optional<FileRecord> scan_dicom_by_walking(HeaderBytes& bytes);
FileRecord scan_dicom_by_parsing(const std::filesystem::path& path);

}  // namespace radbatch
