#include "radbatch/report/language.hpp"

#include <unordered_map>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

std::string code_for(const std::string& word) {
  if (word == "en") return word;
  if (word == "zh" || word == "zh-CN" || word == "zh-Hans") return "zh-Hans";
  throw Error(ExitCode::usage, "'" + printable(word) + "' is no language of the report", "one of: en, zh");
}

}  // namespace

Language::Language(const std::string& code) : code_(code_for(code)) {}

std::string Language::operator()(std::string_view english) const {
  if (code_ == "en") return std::string(english);
  static const std::unordered_map<std::string_view, std::string_view> words(chinese_words().begin(),
                                                                            chinese_words().end());
  const auto found = words.find(english);
  return std::string(found == words.end() ? english : found->second);
}

}  // namespace radbatch
