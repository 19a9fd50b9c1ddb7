// Regular expressions over header text and file names.
//
// Time is linear in the text whatever the expression and the text are, so neither a user's slip nor a hostile
// header can hang a run. The price: no look-ahead and no back references; rules have "not" instead.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace radbatch {

enum class LetterCase { ignore, distinguish };

class Pattern {
 public:
  /// RE2 syntax; groups may be named (?<name>...) or (?P<name>...). `what` is put before messages. The
  /// expression itself is brought to NFKC. Throws Error(ExitCode::usage) that says what is wrong with it.
  Pattern(const std::string& expression, const std::string& what, LetterCase cases = LetterCase::ignore);
  ~Pattern();
  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;

  /// Whether it occurs anywhere in the text, which is brought to NFKC first.
  bool occurs_in(std::string_view text) const;
  /// The named groups where the whole text (bytes as they are) matches; empty where it does not.
  std::map<std::string, std::string> groups_of(std::string_view text) const;
  bool matches_whole(std::string_view text) const;
  std::vector<std::string> group_names() const;
  const std::string& expression() const { return expression_; }

 private:
  struct Compiled;
  std::string expression_;
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace radbatch
