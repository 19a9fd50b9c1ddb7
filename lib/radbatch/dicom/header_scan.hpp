// One DICOM file to one FileRecord: identity, header values, and whether its pixels may be decoded.
//
// Runs in the image worker: a hostile header may kill the process that parses it.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

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
/// True for objects of which sequences or private elements say more: enhanced and multi-frame objects,
/// mosaics, NM, ultrasound, X-ray pictures without ViewPosition. Those are parsed.
bool needs_parsing(const Json& attributes);
/// The same for a file that is open; `path` is what DCMTK opens.
FileRecord scan_dicom(HeaderBytes& bytes, const std::filesystem::path& path);

/// Headers of one series after the other differ in a few values. This remembers the last header that was
/// walked and finds only what is other in the next.
class HeaderChanges {
 public:
  struct Changes {
    Json set = Json::object();  ///< attributes that are new or have changed
    Json drop = Json::array();  ///< keywords of attributes that are gone
    std::optional<PlainPixels> plain;
  };

  HeaderChanges();
  ~HeaderChanges();
  /// What scan_dicom would find other than in the file before. Nothing when scan_dicom has to be asked: for
  /// the first file, after forget(), and where more than plain values differ (another kind of object, text
  /// that is not ASCII, pixels that must not be decoded, a file that has to be parsed).
  std::optional<Changes> next(HeaderBytes& bytes);
  /// What was asked for last was another kind of file.
  void forget();

 private:
  struct Memory;
  std::unique_ptr<Memory> memory_;
};

/// One way alone, for tests that compare them. The walk declines with nothing.
std::optional<FileRecord> scan_dicom_by_walking(HeaderBytes& bytes);
FileRecord scan_dicom_by_parsing(const std::filesystem::path& path);

}  // namespace radbatch
