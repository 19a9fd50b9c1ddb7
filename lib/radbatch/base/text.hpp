// Small text helpers that messages, names and tables share. None depends on the locale.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace radbatch {

/// Valid UTF-8 stays; other bytes and control characters become %XX. For anything that reaches a terminal,
/// a log or a table and may come from a header or a file name.
std::string printable(std::string_view bytes);
/// True when the bytes are well-formed UTF-8.
bool is_utf8(std::string_view bytes);
/// The candidate with the smallest edit distance, or empty when none is near (distance > 1 + length / 3).
std::string nearest(std::string_view word, std::span<const std::string> candidates);
std::string join(std::span<const std::string> parts, std::string_view separator);
std::vector<std::string> split(std::string_view text, char separator);
std::string to_lower_ascii(std::string_view text);
/// Lower-case ASCII letters, digits and underscores; a valid R and Python name ("Lung Opacity" ->
/// "lung_opacity").
std::string slug(std::string_view text);
/// "3 cases", "1 case".
std::string counted(std::size_t n, std::string_view noun);
/// "1.5 GiB": for people.
std::string human_bytes(double bytes);
/// RFC 4648, section 4, with padding.
std::string to_base64(std::string_view bytes);
/// Up to the first character outside the alphabet.
std::string from_base64(std::string_view text);

}  // namespace radbatch
