// Header text to UTF-8, by SpecificCharacterSet where the file has it and by evidence where it has not.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace radbatch {

/// Decodes the text of one dataset.
///
/// A declared character set is used with its ISO 2022 code extensions (PS3.5 section 6.1). Without one (or
/// with one that does not fit the bytes) valid UTF-8 is kept, else GB18030 is tried, which is what the
/// scanners that leave the attribute out mostly mean; bytes that are neither become %XX.
class TextDecoder {
 public:
  explicit TextDecoder(std::string specific_character_set);
  ~TextDecoder();

  std::string to_utf8(const std::string& bytes);
  /// How the text seen so far was decoded: "ascii", "declared", "assumed utf-8", "assumed gb18030" or
  /// "undecodable"; the least certain wins.
  std::string_view evidence() const;

 private:
  struct Converter;
  Converter& converter();

  std::string wanted_;
  std::unique_ptr<Converter> converter_;
  std::size_t evidence_ = 0;
};

/// UTF-8 to a character set of one value that holds whole alphabets (ISO_IR 192, GB18030, GBK); nothing where
/// it is another one or a character is not in it.
std::optional<std::string> from_utf8(const std::string& utf8, const std::string& character_set);
/// Whether it is a SpecificCharacterSet of the standard, of one or several values.
bool is_character_set(const std::string& character_set);

/// Loads every converter that decoding may need. Call before a sandbox closes the file system.
void load_charset_converters();

}  // namespace radbatch
