#include "radbatch/report/key_repair.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "radbatch/base/text.hpp"
#include "radbatch/unicode/normal_text.hpp"

namespace radbatch {
namespace {

constexpr std::array<std::string_view, N_KEY_REPAIRS> NAMES{"blanks",
                                                            "quotes",
                                                            "full-width characters",
                                                            "upper and lower case",
                                                            "folder or ending of a file name",
                                                            "a trailing .0",
                                                            "an exponent (1.23E+02)",
                                                            "leading zeros"};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_digit);
}

std::string without(std::string_view text, std::string_view characters) {
  std::string kept;
  for (const char c : text) {
    if (characters.find(c) == std::string_view::npos) kept += c;
  }
  return kept;
}

std::string without_all(std::string text, std::initializer_list<std::string_view> parts) {
  for (const std::string_view part : parts) {
    for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos;) text.erase(at, part.size());
  }
  return text;
}

/// Digits before and after the point, and the exponent: of 1.2E+11 "1", "2" and 11.
struct Scientific {
  std::string whole, fraction;
  std::size_t exponent = 0;
};

std::optional<Scientific> scientific(std::string_view key) {
  const std::size_t at = key.find_first_of("eE");
  if (at == std::string_view::npos || at == 0) return std::nullopt;
  std::string_view tail = key.substr(at + 1);
  if (tail.starts_with('+')) tail.remove_prefix(1);
  if (!is_number(tail) || tail.size() > 2) return std::nullopt;
  Scientific parts;
  std::from_chars(tail.data(), tail.data() + tail.size(), parts.exponent);
  const std::size_t point = key.substr(0, at).find('.');
  parts.whole = key.substr(0, std::min(point, at));
  if (point != std::string_view::npos) parts.fraction = key.substr(point + 1, at - point - 1);
  if (!is_number(parts.whole) || (!parts.fraction.empty() && !is_number(parts.fraction))) return std::nullopt;
  return parts;
}

std::string without_exponent(const std::string& key) {
  const std::optional<Scientific> parts = scientific(key);
  if (!parts || parts->fraction.size() != parts->exponent) return key;
  return parts->whole + parts->fraction;
}

std::string file_stem(std::string_view key) {
  const std::size_t slash = key.find_last_of("/\\");
  if (slash != std::string_view::npos && slash + 1 < key.size()) key.remove_prefix(slash + 1);
  for (const std::string_view ending : {".nii.gz", ".png", ".jpg", ".jpeg", ".dcm", ".dicom", ".nii", ".tif",
                                        ".tiff", ".mha", ".nrrd", ".zip", ".mp4", ".avi"}) {
    if (key.size() > ending.size() && to_lower_ascii(key).ends_with(ending))
      return std::string(key.substr(0, key.size() - ending.size()));
  }
  return std::string(key);
}

std::string without_decimals(const std::string& key) {
  const std::size_t point = key.find('.');
  if (point == std::string::npos || !is_number(key.substr(0, point))) return key;
  const bool is_zero = point + 1 < key.size() && key.find_first_not_of('0', point + 1) == std::string::npos;
  return is_zero ? key.substr(0, point) : key;
}

std::string without_zeros(const std::string& key) {
  if (!is_number(key)) return key;
  const std::size_t first = key.find_first_not_of('0');
  return first == std::string::npos ? "0" : key.substr(first);
}

}  // namespace

std::string_view name(KeyRepair repair) {
  return NAMES[static_cast<std::size_t>(repair)];
}

std::string repaired(std::string_view key, KeyRepairs repairs) {
  const auto wants = [&](KeyRepair one) { return (repairs >> static_cast<unsigned>(one) & 1U) != 0; };
  std::string text(key);
  if (wants(KeyRepair::full_width)) text = nfkc(text);
  if (wants(KeyRepair::blanks)) text = without_all(without(text, " \t\r\n"), {"\xC2\xA0", "\xE3\x80\x80"});
  if (wants(KeyRepair::quotes)) text = without_all(without(text, "'\"`="), {"‘", "’", "“", "”"});
  if (wants(KeyRepair::file_name)) text = file_stem(text);
  if (wants(KeyRepair::exponent)) text = without_exponent(text);
  if (wants(KeyRepair::decimal_point)) text = without_decimals(text);
  if (wants(KeyRepair::leading_zeros)) text = without_zeros(text);
  if (wants(KeyRepair::letter_case)) text = to_lower_ascii(text);
  return text;
}

KeyRepairs repairs_between(std::string_view a, std::string_view b) {
  KeyRepairs needed = ALL_KEY_REPAIRS;
  for (std::size_t i = 0; i < N_KEY_REPAIRS; ++i) {
    const KeyRepairs fewer = needed & static_cast<KeyRepairs>(~(1U << i));
    if (repaired(a, fewer) == repaired(b, fewer)) needed = fewer;
  }
  return needed;
}

std::vector<std::string> names_of(KeyRepairs repairs) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < N_KEY_REPAIRS; ++i) {
    if ((repairs >> i & 1U) != 0) names.emplace_back(NAMES[i]);
  }
  return names;
}

bool is_rounded(std::string_view key) {
  const std::optional<Scientific> parts = scientific(repaired(key, 0b111));
  return parts && parts->fraction.size() < parts->exponent;
}

std::string key_form(std::string_view key) {
  if (key.empty()) return "empty";
  enum class Kind { digit, letter, other };
  const auto kind_of = [](char c) {
    if (is_digit(c)) return Kind::digit;
    const char lower = static_cast<char>(c | 0x20);
    const bool is_letter = (lower >= 'a' && lower <= 'z') || static_cast<unsigned char>(c) >= 0x80;
    return is_letter ? Kind::letter : Kind::other;
  };
  const auto counts = [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80;
  };  // not the middle of one
  std::vector<std::string> parts;
  for (std::size_t at = 0; at < key.size();) {
    if (parts.size() == 7) {
      parts.emplace_back("...");
      break;
    }
    const Kind kind = kind_of(key[at]);
    std::size_t end = at;
    while (end < key.size() && kind_of(key[end]) == kind) ++end;
    const std::string_view run = key.substr(at, end - at);
    const auto n = static_cast<std::size_t>(std::ranges::count_if(run, counts));
    parts.push_back(kind == Kind::other ? "'" + printable(run.substr(0, 4)) + "'"
                                        : counted(n, kind == Kind::digit ? "digit" : "letter"));
    at = end;
  }
  return join(parts, ", ");
}

}  // namespace radbatch
