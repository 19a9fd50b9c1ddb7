// What the scan learned about one file. Made in the image worker, kept in the tools.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "radbatch/base/json.hpp"
#include "radbatch/base/reason.hpp"
#include "radbatch/study/plain_pixels.hpp"

namespace radbatch {

enum class FileKind { none, dicom, nifti, nrrd, metaimage, png, jpeg, tiff, tensor, video };

std::string_view name(FileKind kind);  ///< "dicom"
std::optional<FileKind> find_file_kind(std::string_view name);

/// One file of the input: what it is and the header values that grouping, selection and the gate need.
///
/// `attributes` maps DICOM keywords to what the header says, text decoded to UTF-8: a string (multi-valued
/// text joined with a backslash), a number for numeric VRs (IS, DS, US, FL ...) with one value, an array of
/// numbers with several. Files other than DICOM carry the same names where they mean the same (Rows, Columns,
/// NumberOfFrames, SamplesPerPixel, BitsAllocated) and "size" [i, j, k], "dims", "spacing_mm".
/// A file with a `reason` cannot be used; it may still belong to a study when its header was readable.
struct FileRecord {
  std::string path;           ///< relative to the input root it was found under; bytes, not necessarily UTF-8
  std::string root;           ///< that input root, as the user typed it (made absolute when streamed)
  std::uint64_t size = 0;     ///< bytes
  std::int64_t mtime_ns = 0;  ///< nanoseconds since 1970
  FileKind kind = FileKind::none;
  Json attributes = Json::object();
  std::optional<Reason> reason;
  std::string detail;
  /// Where the bytes lie when not at root and path: absolute, for members of archives while they are
  /// unpacked.
  std::string stored;
  std::optional<PlainPixels> plain;  ///< where the pixels can be read without another look at the header
};

Json to_json(const FileRecord& record);
/// Throws Error(ExitCode::internal) when a member is missing or of the wrong type.
FileRecord file_record_from_json(const Json& json);

}  // namespace radbatch
