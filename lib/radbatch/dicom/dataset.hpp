// One parsed DICOM file, for the sources of this module only: the names of DCMTK stay inside it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "radbatch/base/json.hpp"
#include "radbatch/dicom/header_gate.hpp"

class DcmFileFormat;
class DcmDataset;
class DcmItem;
class DcmTagKey;

namespace radbatch {

struct ParsedFile {
  std::unique_ptr<DcmFileFormat> format;
  bool complete = false;        ///< the parse reached the end of the file without an error
  bool ended_early = false;     ///< it stopped because the bytes ran out
  std::string problem;          ///< DCMTK's words for the error
  std::string transfer_syntax;  ///< as the meta header says, or as detected where there is none
  std::uint64_t file_size = 0;

  ParsedFile();
  ParsedFile(ParsedFile&&) noexcept;
  ~ParsedFile();
  DcmDataset& dataset() const;
};

/// Parses the whole structure; long values (pixels) stay on disk until they are asked for.
ParsedFile parse_dicom(const std::filesystem::path& path);

/// A whole number of any VR, or nothing when absent, empty or malformed.
std::optional<std::int64_t> find_integer(DcmItem& item, const DcmTagKey& tag);
/// A decimal of any VR, or nothing.
std::optional<double> find_number(DcmItem& item, const DcmTagKey& tag);
/// Text as stored, without padding; empty when absent.
std::string find_text(DcmItem& item, const DcmTagKey& tag);
/// All values (at most 64 of a binary VR), or nothing when absent, empty or malformed.
std::optional<std::vector<double>> find_values(DcmItem& item, const DcmTagKey& tag);
/// The same as JSON numbers: one as a number, several as an array; null where there is nothing.
Json find_numbers(DcmItem& item, const DcmTagKey& tag);

/// Nesting of sequences, counted to at most `limit` + 1.
int sequence_depth(DcmItem& item, int limit);
bool has_pixel_data(DcmItem& item);
PixelHeader pixel_header(const ParsedFile& file);
/// Everything that must be true before pixels are decoded: completeness, depth, check_pixel_header.
std::optional<Refusal> check_file(const ParsedFile& file, const std::filesystem::path& path,
                                  std::uint64_t max_bytes);

}  // namespace radbatch
