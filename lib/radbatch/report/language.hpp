// The report's words in other languages: headings, axes and column names; text that explains stays English.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace radbatch {

class Language {
 public:
  /// "en" or "zh" (also "zh-CN", "zh-Hans"). Throws Error(ExitCode::usage) that names the known ones.
  explicit Language(const std::string& code = "en");
  /// The heading in this language; as it is where the catalogue lacks it.
  std::string operator()(std::string_view english) const;
  const std::string& code() const { return code_; }  ///< for <html lang>: "en", "zh-Hans"

 private:
  std::string code_;
};

/// English and Chinese, as Chinese papers of radiology word it; no English twice.
std::span<const std::pair<std::string_view, std::string_view>> chinese_words();

}  // namespace radbatch
