#include "radbatch/dicom/object_text.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include "radbatch/dicom/charset.hpp"

namespace radbatch {
namespace {

constexpr const char* unicode = "ISO_IR 192";

bool is_ascii(const std::string& text) {
  return std::ranges::all_of(text, [](unsigned char c) { return c < 0x80 && c != 0x1b; });
}

/// How each text that is not ASCII could be decoded.
std::set<std::string> evidence_of(const std::string& character_set, std::span<const std::string> texts) {
  std::set<std::string> found;
  for (const std::string& text : texts) {
    if (is_ascii(text)) continue;
    TextDecoder decoder(character_set);
    decoder.to_utf8(text);
    found.emplace(decoder.evidence());
  }
  return found;
}

/// In which set the source's bytes can stay as they are; nothing: in none.
std::optional<std::string> kept_set(const std::string& declared, const std::set<std::string>& evidence) {
  if (evidence.empty()) return is_character_set(declared) ? declared : std::string();
  if (evidence.size() > 1) return std::nullopt;
  if (evidence.contains("declared")) return declared;
  if (evidence.contains("assumed utf-8")) return unicode;
  if (evidence.contains("assumed gb18030")) return "GB18030";
  return std::nullopt;
}

}  // namespace

ObjectText::ObjectText(std::string character_set, std::span<const std::string> source,
                       std::span<const std::string> own)
    : source_set_(std::move(character_set)) {
  const std::optional<std::string> kept = kept_set(source_set_, evidence_of(source_set_, source));
  const bool ours_fit = kept && std::ranges::all_of(own, [&](const std::string& text) {
                          return is_ascii(text) || from_utf8(text, *kept).has_value();
                        });
  is_converted_ = !ours_fit;
  character_set_ = ours_fit ? *kept : unicode;
}

std::string ObjectText::copied(const std::string& bytes) const {
  if (!is_converted_) return bytes;
  return TextDecoder(source_set_).to_utf8(bytes);
}

std::string ObjectText::own(const std::string& utf8) const {
  if (is_ascii(utf8)) return utf8;
  return from_utf8(utf8, character_set_).value_or(utf8);
}

}  // namespace radbatch
