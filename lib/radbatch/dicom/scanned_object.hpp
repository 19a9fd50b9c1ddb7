// One DICOM file as the scan sees it, whichever way its header was read. Internal to the module.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "radbatch/base/json.hpp"
#include "radbatch/dicom/header_bytes.hpp"
#include "radbatch/dicom/header_gate.hpp"
#include "radbatch/study/plain_pixels.hpp"

namespace radbatch {

struct ScannedObject {
  bool is_dicom = true;     ///< has a meta header, or at least says what it is
  bool is_complete = true;  ///< the structure is whole to the end of the file
  Json attributes;          ///< read_attributes
  std::string modality;     ///< as stored
  std::string media_class;  ///< MediaStorageSOPClassUID
  std::string transfer_syntax;
  bool has_pixels = false;
  bool has_rows = false;
  std::function<std::optional<Refusal>()> check;  ///< why the pixels must not be decoded
  std::function<void(Json&)> add_nested;          ///< adds what only sequences and private elements say
  std::optional<PlainPixels> plain;               ///< without size and time of the file
};

/// True for an X-ray picture whose ViewPosition is missing: its ViewCodeSequence may say the view.
bool has_unsaid_view(const Json& attributes);

/// By DCMTK: any DICOM file.
ScannedObject parse_object(const std::filesystem::path& path);
/// By our own walk: an orderly file, with the same result; nothing for the others.
std::optional<ScannedObject> walk_object(HeaderBytes& bytes);

}  // namespace radbatch
