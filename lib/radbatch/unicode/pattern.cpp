#include "radbatch/unicode/pattern.hpp"

#include <re2/re2.h>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/unicode/normal_text.hpp"

namespace radbatch {
namespace {

/// "(?<name>" is what most engines write; RE2 of this platform knows "(?P<name>" only.
std::string with_python_groups(std::string_view expression) {
  std::string text;
  for (std::size_t at = 0; at < expression.size(); ++at) {
    const std::string_view rest = expression.substr(at);
    const bool is_escaped = rest.front() == '\\' && rest.size() > 1;
    const bool is_group = rest.starts_with("(?<") && rest.size() > 3 && rest[3] != '=' && rest[3] != '!';
    if (is_escaped) text += rest[0];
    text += is_group ? "(?P<" : std::string(1, is_escaped ? rest[1] : rest[0]);
    at += is_group ? 2 : is_escaped ? 1 : 0;
  }
  return text;
}

RE2::Options options_for(LetterCase cases, bool is_utf8) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_case_sensitive(cases == LetterCase::distinguish);
  options.set_encoding(is_utf8 ? RE2::Options::EncodingUTF8 : RE2::Options::EncodingLatin1);
  return options;
}

}  // namespace

struct Pattern::Compiled {
  RE2 text;   ///< over UTF-8
  RE2 bytes;  ///< over file names that are not UTF-8
};

Pattern::Pattern(const std::string& expression, const std::string& what, LetterCase cases)
    : expression_(expression) {
  const std::string readable = with_python_groups(nfkc(expression));
  compiled_.reset(new Compiled{{readable, options_for(cases, true)}, {readable, options_for(cases, false)}});
  if (compiled_->text.ok()) return;
  throw Error(ExitCode::usage,
              what + ": the expression '" + printable(expression) + "' is wrong: " + compiled_->text.error(),
              "the syntax is that of RE2: no look-ahead (?=, (?! and no back references \\1");
}

Pattern::~Pattern() = default;
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;

bool Pattern::occurs_in(std::string_view text) const {
  return RE2::PartialMatch(nfkc(text), compiled_->text);
}

bool Pattern::matches_whole(std::string_view text) const {
  return RE2::FullMatch(re2::StringPiece(text.data(), text.size()),
                        is_utf8(text) ? compiled_->text : compiled_->bytes);
}

std::map<std::string, std::string> Pattern::groups_of(std::string_view text) const {
  const RE2& expression = is_utf8(text) ? compiled_->text : compiled_->bytes;
  std::vector<re2::StringPiece> parts(static_cast<std::size_t>(expression.NumberOfCapturingGroups()) + 1);
  std::map<std::string, std::string> groups;
  if (!expression.Match(re2::StringPiece(text.data(), text.size()), 0, text.size(), RE2::ANCHOR_BOTH,
                        parts.data(), static_cast<int>(parts.size()))) {
    return groups;
  }
  for (const auto& [name, number] : expression.NamedCapturingGroups()) {
    const re2::StringPiece& part = parts[static_cast<std::size_t>(number)];
    groups[name] = std::string(part.data() ? part.data() : "", part.size());
  }
  return groups;
}

std::vector<std::string> Pattern::group_names() const {
  std::vector<std::string> names;
  for (const auto& [name, number] : compiled_->text.NamedCapturingGroups()) names.push_back(name);
  return names;
}

}  // namespace radbatch
