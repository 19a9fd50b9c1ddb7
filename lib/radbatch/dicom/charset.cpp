#include "radbatch/dicom/charset.hpp"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcspchrs.h>
#include <iconv.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

constexpr std::array<std::string_view, 5> evidence_names{"ascii", "declared", "assumed utf-8",
                                                         "assumed gb18030", "undecodable"};

const iconv_t no_converter = reinterpret_cast<iconv_t>(-1);

iconv_t gb18030_converter() {
  static const iconv_t converter = iconv_open("UTF-8", "GB18030");
  return converter;
}

iconv_t to_gb18030_converter() {
  static const iconv_t converter = iconv_open("GB18030", "UTF-8");
  return converter;
}

iconv_t to_gbk_converter() {
  static const iconv_t converter = iconv_open("GBK", "UTF-8");
  return converter;
}

iconv_t euc_jp_converter() {
  static const iconv_t converter = iconv_open("UTF-8", "EUC-JP");
  return converter;
}

std::optional<std::string> converted(iconv_t converter, const std::string& bytes) {
  if (converter == no_converter) return std::nullopt;
  iconv(converter, nullptr, nullptr, nullptr, nullptr);
  std::string text(bytes.size() * 4 + 4, '\0');
  char* in = const_cast<char*>(bytes.data());
  char* out = text.data();
  std::size_t in_left = bytes.size();
  std::size_t out_left = text.size();
  if (iconv(converter, &in, &in_left, &out, &out_left) == static_cast<std::size_t>(-1)) return std::nullopt;
  text.resize(text.size() - out_left);
  return text;
}

// The escape sequences of PS3.3 Table C.12-4 for Japanese, turned into EUC-JP, which glibc can convert: it
// has no converter for JIS X 0208 and 0212 by themselves, so DCMTK refuses these character sets.
std::optional<std::string> from_japanese(const std::string& bytes) {
  enum class G0 { ascii, jis0208, jis0212 } g0 = G0::ascii;
  std::string euc;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::string_view rest = std::string_view(bytes).substr(i);
    const auto byte = static_cast<unsigned char>(bytes[i]);
    if (rest.starts_with("\x1b$B")) {
      g0 = G0::jis0208, i += 2;
    } else if (rest.starts_with("\x1b$(D")) {
      g0 = G0::jis0212, i += 3;
    } else if (rest.starts_with("\x1b(B") || rest.starts_with("\x1b(J") || rest.starts_with("\x1b)I")) {
      if (rest[1] == '(') g0 = G0::ascii;
      i += 2;
    } else if (byte >= 0xa1 && byte <= 0xdf) {
      euc += {'\x8e', bytes[i]};  // half-width katakana of JIS X 0201
    } else if (g0 == G0::ascii || byte <= 0x20) {
      euc += bytes[i];
    } else {
      if (i + 1 >= bytes.size()) return std::nullopt;
      if (g0 == G0::jis0212) euc += '\x8f';
      euc += {static_cast<char>(byte | 0x80), static_cast<char>(bytes[++i] | '\x80')};
    }
  }
  return converted(euc_jp_converter(), euc);
}

/// "ISO 2022 IR 144\\..." begins in IR 144 (PS3.5, 6.1.2.5.3), which DCMTK forgets.
bool select_initial(DcmSpecificCharacterSet& converter, const std::string& wanted) {
  constexpr std::string_view extended = "ISO 2022 IR ";
  if (!wanted.starts_with(extended)) return false;
  const std::string first = split(wanted, '\\').front();
  const std::string number = first.substr(extended.size());
  return converter.selectCharacterSet(OFString(("ISO_IR " + number).c_str())).good();
}

bool is_plain_ascii(const std::string& bytes) {
  return std::ranges::all_of(bytes, [](unsigned char c) { return c < 0x80 && c != 0x1b; });
}

}  // namespace

struct TextDecoder::Converter {
  DcmSpecificCharacterSet converter;
  DcmSpecificCharacterSet initial;  ///< in force until the first escape sequence
  bool declared = false;
  bool has_initial = false;
  bool japanese = false;
};

TextDecoder::TextDecoder(std::string specific_character_set) : wanted_(std::move(specific_character_set)) {}

TextDecoder::~TextDecoder() = default;

std::string_view TextDecoder::evidence() const {
  return evidence_names.at(evidence_);
}

// Made when the first text needs it: most headers are plain ASCII, and a converter costs more than the rest.
TextDecoder::Converter& TextDecoder::converter() {
  if (converter_) return *converter_;
  converter_ = std::make_unique<Converter>();
  // ISO_IR 6 is plain ASCII: bytes beyond it contradict the declaration, so it counts as none.
  if (wanted_.empty() || wanted_ == "ISO_IR 6" || wanted_ == "ISO 2022 IR 6") return *converter_;
  const std::vector<std::string> sets = split(wanted_, '\\');
  converter_->japanese =
      std::ranges::any_of(sets, [](std::string_view set) {  // not ISO_IR 138, which is Hebrew
        return set.ends_with("IR 13") || set.ends_with("IR 87") || set.ends_with("IR 159");
      });
  converter_->declared =
      !converter_->japanese && converter_->converter.selectCharacterSet(OFString(wanted_.c_str())).good();
  converter_->has_initial = !converter_->japanese && select_initial(converter_->initial, wanted_);
  return *converter_;
}

std::string TextDecoder::to_utf8(const std::string& bytes) {
  if (is_plain_ascii(bytes)) return bytes;
  Converter& by_declaration = converter();
  auto learn = [this](std::size_t evidence) { evidence_ = std::max(evidence_, evidence); };
  if (by_declaration.japanese) {
    if (auto text = from_japanese(bytes)) {
      learn(1);
      return *text;
    }
  }
  const bool escapes = bytes.find('\x1b') != std::string::npos;
  const bool as_initial = by_declaration.has_initial && !escapes;
  if (as_initial || by_declaration.declared) {
    OFString text;
    const OFString from(bytes.data(), bytes.size());
    DcmSpecificCharacterSet& chosen = as_initial ? by_declaration.initial : by_declaration.converter;
    if (chosen.convertString(from, text, "\\").good()) {
      learn(1);
      return {text.data(), text.size()};
    }
  }
  if (is_utf8(bytes)) {
    learn(2);
    return bytes;
  }
  if (auto text = converted(gb18030_converter(), bytes)) {
    learn(3);
    return *text;
  }
  learn(4);
  return printable(bytes);
}

std::optional<std::string> from_utf8(const std::string& utf8, const std::string& character_set) {
  if (!is_utf8(utf8)) return std::nullopt;
  if (character_set == "ISO_IR 192") return utf8;
  if (character_set == "GB18030") return converted(to_gb18030_converter(), utf8);
  if (character_set == "GBK") return converted(to_gbk_converter(), utf8);
  return std::nullopt;
}

bool is_character_set(const std::string& character_set) {
  // PS3.3, C.12.1.1.2: Tables C.12-2 to C.12-5.
  constexpr std::array<std::string_view, 18> numbers{"6",   "13",  "58",  "87",  "100", "101",
                                                     "109", "110", "126", "127", "138", "144",
                                                     "148", "149", "159", "166", "192", "203"};
  if (character_set == "GB18030" || character_set == "GBK") return true;
  const std::vector<std::string> sets = split(character_set, '\\');
  return std::ranges::all_of(sets, [&](std::string_view set) {
    if (set.empty()) return sets.size() > 1;  // the first may be left out: ISO_IR 6
    for (const std::string_view begin : {std::string_view("ISO_IR "), std::string_view("ISO 2022 IR ")}) {
      if (set.starts_with(begin))
        return std::ranges::find(numbers, set.substr(begin.size())) != numbers.end();
    }
    return false;
  });
}

void load_charset_converters() {
  gb18030_converter();
  to_gb18030_converter();
  to_gbk_converter();
  euc_jp_converter();
  // glibc loads one module per character set and keeps it while a converter is open; these stay open.
  static const auto kept = [] {
    constexpr std::array names{"ISO-8859-1", "ISO-8859-2", "ISO-8859-3", "ISO-8859-4",
                               "ISO-8859-5", "ISO-8859-6", "ISO-8859-7", "ISO-8859-8",
                               "ISO-8859-9", "TIS-620",    "EUC-KR",     "EUC-CN",
                               "GBK",        "GB18030",    "UTF-8",      "ASCII"};
    std::array<iconv_t, names.size()> converters{};
    std::ranges::transform(names, converters.begin(),
                           [](const char* from) { return iconv_open("UTF-8", from); });
    return converters;
  }();
  static_cast<void>(kept);
}

}  // namespace radbatch
