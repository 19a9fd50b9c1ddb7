// Header text to UTF-8, by SpecificCharacterSet where the file has it and by evidence where it has not.
#pragma once

#include <memory>
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

/// Loads every converter that decoding may need. Call before a sandbox closes the file system.
void load_charset_converters();

}  // namespace radbatch
