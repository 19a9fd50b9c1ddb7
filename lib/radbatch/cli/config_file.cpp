#include "radbatch/cli/config_file.hpp"

#include <algorithm>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

// The letter after the backslash, and what the two stand for.
constexpr std::string_view ESCAPES = "\"\\tnr";
constexpr std::string_view ESCAPED = "\"\\\t\n\r";

class Parser {
 public:
  Parser(std::string_view text, const std::string& what) : text_(text), what_(what) {}

  std::vector<ConfigEntry> run() {
    std::vector<ConfigEntry> entries;
    for (skip_blank(true); at_ < text_.size(); skip_blank(true)) {
      ConfigEntry entry = parse_entry();
      if (std::ranges::count(entries, entry.key, &ConfigEntry::key) > 0) {
        throw fault("'" + printable(entry.key) + "' is there twice");
      }
      entries.push_back(std::move(entry));
    }
    return entries;
  }

 private:
  Error fault(const std::string& problem) const {
    const auto line = 1 + std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at_), '\n');
    return {ExitCode::usage, what_ + ", line " + std::to_string(line) + ": " + problem};
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\n'; }

  /// Blanks and comments, and with `lines` the ends of lines.
  void skip_blank(bool lines) {
    while (at_ < text_.size()) {
      if (text_[at_] == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (std::string_view(lines ? " \t\r\n" : " \t\r").find(text_[at_]) != std::string_view::npos) {
        ++at_;
      } else {
        return;
      }
    }
  }

  std::string parse_word() {
    const std::size_t end = std::min(text_.find_first_of(" \t\r\n=,[]#\"'", at_), text_.size());
    const std::string word(text_.substr(at_, end - at_));
    if (word.empty()) throw fault("expected name = value");
    at_ = end;
    return word;
  }

  std::string parse_string(char quote) {
    std::string value;
    for (++at_; peek() != quote; ++at_) {
      if (peek() == '\n') throw fault(std::string("expected ") + quote + " at the end of a string");
      if (quote == '\'' || peek() != '\\') {
        value += peek();
        continue;
      }
      ++at_;
      const char letter = peek();
      const std::size_t escape = ESCAPES.find(letter);
      if (escape == std::string_view::npos)
        throw fault("unknown escape \\" + printable({&letter, 1}) + " in a string");
      value += ESCAPED[escape];
    }
    ++at_;
    return value;
  }

  std::string parse_value() { return peek() == '"' || peek() == '\'' ? parse_string(peek()) : parse_word(); }

  std::vector<std::string> parse_array() {
    std::vector<std::string> values;
    ++at_;
    for (skip_blank(true); peek() != ']'; skip_blank(true)) {
      if (at_ >= text_.size()) throw fault("expected ] at the end of a list");
      values.push_back(parse_value());
      skip_blank(true);
      if (peek() == ',') {
        ++at_;
      } else if (peek() != ']') {
        throw fault("expected , or ] in a list");
      }
    }
    ++at_;
    return values;
  }

  ConfigEntry parse_entry() {
    if (peek() == '[') throw fault("there are no sections, only name = value");
    ConfigEntry entry{parse_value(), {}};
    skip_blank(false);
    if (peek() != '=') throw fault("expected name = value");
    ++at_;
    skip_blank(false);
    entry.values = peek() == '[' ? parse_array() : std::vector<std::string>{parse_value()};
    skip_blank(false);
    if (peek() != '\n') throw fault("unexpected text after the value of '" + printable(entry.key) + "'");
    return entry;
  }

  std::string_view text_;
  const std::string& what_;
  std::size_t at_ = 0;
};

}  // namespace

std::vector<ConfigEntry> parse_config(std::string_view text, const std::string& what) {
  return Parser(text, what).run();
}

std::string config_string(std::string_view value) {
  std::string text = "\"";
  for (char c : value) {
    const std::size_t escape = ESCAPED.find(c);
    text += escape == std::string_view::npos ? std::string(1, c) : std::string("\\") + ESCAPES[escape];
  }
  return text + '"';
}

}  // namespace radbatch
