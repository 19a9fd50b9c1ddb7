// The vendors' names of CT reconstruction kernels.
#include <charconv>

#include "radbatch/base/text.hpp"
#include "radbatch/study/attributes.hpp"
#include "radbatch/study/image_hints.hpp"
#include "radbatch/study/word_table.hpp"
#include "radbatch/unicode/normal_text.hpp"

namespace radbatch {
namespace {

/// What any vendor, or a person, writes in words.
const WordTable& kernel_words() {
  static const WordTable table{{"lung", "lung|pulm|肺"},
                               {"bone", "bone|knochen|osteo|bony|骨| hard "},
                               {"sharp", " detail |sharp"},
                               {"soft", "soft|brain|stand|stnd| std |smooth|medias|weich|软|脑| chst "}};
  return table;
}

int number_in(const std::string& text, std::size_t at) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data() + at, text.data() + text.size(), number);
  return error == std::errc() ? number : -1;
}

/// H30s, B70f, I41f, J40s, Br40d, Hr69h, Bl57f: region, use and sharpness.
std::optional<std::string> siemens(const std::string& kernel) {
  static const Pattern form("^[A-Z][a-z]?[0-9]{2}[a-z]*$", "built-in table", LetterCase::distinguish);
  if (!form.occurs_in(kernel)) return std::nullopt;
  const bool has_use = kernel[1] >= 'a';
  const int sharpness = number_in(kernel, has_use ? 2 : 1);
  if (has_use && kernel[1] == 'l') return "lung";
  if (sharpness < 50) return "soft";
  if (sharpness < 60) return "sharp";
  return "bone";
}

/// FC01 ... FC86: tens say what for.
std::optional<std::string> canon(const std::string& kernel) {
  static const Pattern form("^FC[0-9]{2}", "built-in table", LetterCase::distinguish);
  if (!form.occurs_in(kernel)) return std::nullopt;
  const int number = number_in(kernel, 2);
  if (number >= 50 && number < 60) return "lung";
  if ((number >= 30 && number < 40) || number == 80 || number == 81) return "bone";
  if (number >= 82 && number < 90) return "lung";
  return "soft";
}

std::optional<std::string> ge(const std::string& kernel) {
  static const WordTable table{{"lung", "^(hd )?lung"},
                               {"bone", "^(hd )?(bone ?(plus)?|edge|ultra)"},
                               {"sharp", "^(hd )?(detail|dtl)"},
                               {"soft", "^(hd )?(standard|stnd|std|soft|chst)"}};
  return table.first(folded(kernel));
}

/// Single letters, with Y and U before them on newer scanners; YA and YB are used for too many things to
/// tell.
std::optional<std::string> philips(const std::string& kernel) {
  static const WordTable table{
      {"lung", "^(l|yc)$"}, {"bone", "^(d|e|f|yd|ye)$"}, {"soft", "^(a|b|c|ua|ub|uc|xa|xb|ipv? standard)$"}};
  return table.first(folded(kernel));
}

std::optional<std::string> by_vendor(const std::string& kernel, const std::string& vendor) {
  if (vendor.find("philips") != vendor.npos) return philips(kernel);
  if (vendor.find("ge") == 0 || vendor.find("ge medical") != vendor.npos) return ge(kernel);
  if (const auto found = canon(kernel)) return found;
  return siemens(kernel);
}

}  // namespace

Guess kernel_class(const Json& attributes) {
  if (text_of(attributes, "Modality") != "CT") return std::nullopt;
  const std::string kernel = split(nfkc(text_of(attributes, "ConvolutionKernel")), '\\').front();
  auto found = by_vendor(kernel, folded(text_of(attributes, "Manufacturer")));
  if (!found) found = kernel_words().first(words_of(kernel));
  if (!found && kernel.empty()) {
    found = kernel_words().first(words_of(text_of(attributes, "SeriesDescription")));
  }
  if (!found) return std::nullopt;
  return Hint{*found, "rule"};
}

}  // namespace radbatch
