// Free text may repeat what the rest of the header says in its own place: a technician types the patient's
// name into the SeriesDescription. Descriptions have to stay, because series are selected by them; names in
// them have not.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "radbatch/base/json.hpp"

namespace radbatch {

/// What a header says of who its patient is, as UTF-8.
struct Identity {
  std::vector<std::string>
      names;  ///< of persons, as in DICOM: components parted by '^', representations by '='
  std::vector<std::string> numbers;  ///< PatientID, AccessionNumber, institution ...: masked as a whole
  std::vector<std::string> dates;    ///< YYYYMMDD
  bool operator==(const Identity&) const = default;
};

/// Replaces by "***" each word of a name (three letters or more), a whole name in its usual spellings, each
/// number (four characters or more, five where it is digits only) and date that stands as a word of its own
/// in `text`; letters of other scripts also inside a word. Upper and lower case count as equal. Words of
/// anatomy and technique ("Head") stay: what is written there is not a name.
std::string masked(std::string_view text, const Identity& identity);

/// The same in the attributes that hold free text.
void mask_identity(Json& attributes, const Identity& identity);

}  // namespace radbatch
