// Why a key of a label table does not match the one in a DICOM header although both mean one study: what
// spreadsheets, keyboards and exports do to numbers and names.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace radbatch {

enum class KeyRepair : std::uint8_t {
  blanks,      ///< spaces around or inside
  quotes,      ///< ' of a spreadsheet, quotes within quotes
  full_width,  ///< full-width digits and letters
  letter_case,
  file_name,      ///< a path in front, an ending behind
  decimal_point,  ///< 123.0
  exponent,       ///< 1.23E+02, where no digit is lost
  leading_zeros,
};
inline constexpr std::size_t N_KEY_REPAIRS = 8;
std::string_view name(KeyRepair repair);  ///< "leading zeros"

/// Bit i stands for KeyRepair i.
using KeyRepairs = std::uint16_t;
inline constexpr KeyRepairs ALL_KEY_REPAIRS = (1U << N_KEY_REPAIRS) - 1;

/// What is left of a key after these repairs; two keys that may mean the same are equal then.
std::string repaired(std::string_view key, KeyRepairs repairs = ALL_KEY_REPAIRS);
/// The fewest repairs that bring two keys together, given that all of them do.
KeyRepairs repairs_between(std::string_view a, std::string_view b);
std::vector<std::string> names_of(KeyRepairs repairs);

/// 1.2E+11: a spreadsheet has thrown digits away, and nothing brings them back.
bool is_rounded(std::string_view key);

/// The shape of a key without its content: "8 digits", "2 letters, '-', 6 digits".
std::string key_form(std::string_view key);

}  // namespace radbatch
