#include "radbatch/unicode/normal_text.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

namespace radbatch {
namespace {

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string mapped(std::string_view text, int options) {
  utf8proc_uint8_t* result = nullptr;
  const utf8proc_ssize_t length = utf8proc_map(
      reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
      &result,
      static_cast<utf8proc_option_t>(options | UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(result, &std::free);
  if (length < 0) return std::string(text);
  return {reinterpret_cast<const char*>(result), static_cast<std::size_t>(length)};
}

}  // namespace

std::string fitted(std::string_view text, std::size_t columns) {
  std::string kept;
  std::size_t width = 0;
  std::vector<std::pair<std::size_t, std::size_t>> ends;  // bytes and columns after each character
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  for (std::size_t at = 0; at < text.size();) {
    utf8proc_int32_t point = 0;
    const auto n = utf8proc_iterate(bytes + at, static_cast<utf8proc_ssize_t>(text.size() - at), &point);
    at += n > 0 ? static_cast<std::size_t>(n) : 1;
    width += n > 0 ? static_cast<std::size_t>(std::max(utf8proc_charwidth(point), 0)) : 1;
    ends.emplace_back(at, width);
  }
  kept = text;
  if (width > columns) {
    while (!ends.empty() && ends.back().second + 1 > columns) ends.pop_back();
    kept = std::string(text.substr(0, ends.empty() ? 0 : ends.back().first)) + "~";
    width = (ends.empty() ? 0 : ends.back().second) + 1;
  }
  return kept + std::string(columns - std::min(width, columns), ' ');
}

std::string nfkc(std::string_view text) {
  return is_ascii(text) ? std::string(text) : mapped(text, 0);
}

std::string folded(std::string_view text) {
  if (!is_ascii(text)) return mapped(text, UTF8PROC_CASEFOLD);
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::string words_of(std::string_view text) {
  std::string words = " ";
  for (char c : folded(text)) {
    const bool is_kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '*' ||
                         static_cast<unsigned char>(c) >= 0x80;
    if (is_kept) words += c;
    if (!is_kept && words.back() != ' ') words += ' ';
  }
  if (words.back() != ' ') words += ' ';
  return words;
}

}  // namespace radbatch
