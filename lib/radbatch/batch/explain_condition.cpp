#include "radbatch/batch/explain_condition.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {

/// One node of the condition.
struct ExplainCondition::Term {
  enum class Kind { all, top, compare, negation, both, either } kind = Kind::all;
  std::string column, comparison, text;
  std::optional<double> number;
  std::unique_ptr<Term> left, right;
};

namespace {

using Term = ExplainCondition::Term;
using Kind = Term::Kind;

constexpr std::array<std::string_view, 6> COMPARISONS{"==", "!=", ">=", "<=", ">", "<"};

bool compares(const std::string& comparison, std::partial_ordering order) {
  if (order == std::partial_ordering::unordered) return false;
  if (comparison == "==") return order == 0;
  if (comparison == "!=") return order != 0;
  if (comparison == ">=") return order >= 0;
  if (comparison == "<=") return order <= 0;
  return comparison == ">" ? order > 0 : order < 0;
}

bool holds(const Term& term, const Json& result) {
  const auto found = result.find(term.column);
  if (found == result.end() || found->is_null()) return false;
  if (found->is_string()) {
    const std::string text = found->get<std::string>();
    return compares(term.comparison, std::partial_ordering(text <=> term.text));
  }
  if (!term.number) return false;
  // As float32, as the tables print it: what is read there can be asked for.
  const float value = found->is_boolean() ? (found->get<bool>() ? 1.0F : 0.0F) : found->get<float>();
  return compares(term.comparison, value <=> static_cast<float>(*term.number));
}

bool evaluate(const Term& term, const Json& result, bool is_top) {
  switch (term.kind) {
    case Kind::all:
      return true;
    case Kind::top:
      return is_top;
    case Kind::negation:
      return !evaluate(*term.left, result, is_top);
    case Kind::both:
      return evaluate(*term.left, result, is_top) && evaluate(*term.right, result, is_top);
    case Kind::either:
      return evaluate(*term.left, result, is_top) || evaluate(*term.right, result, is_top);
    case Kind::compare:
      break;
  }
  return holds(term, result);
}

/// Letters, digits, '_', '.', '-' and every byte of a character beyond ASCII.
bool is_word_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '-' || c == '+' ||
         static_cast<unsigned char>(c) >= 0x80;
}

class Parser {
 public:
  Parser(std::string_view text, std::span<const std::string> known) : text_(text), known_(known) {}

  std::unique_ptr<Term> whole() {
    auto term = condition();
    if (skip_blanks(); at_ < text_.size()) refuse("expected \"and\", \"or\" or the end", at_);
    return term;
  }
  std::vector<std::string> columns;

 private:
  [[noreturn]] void refuse(const std::string& what, std::size_t place, const std::string& hint = {}) const {
    const std::string found = place < text_.size() ? "before \"" + printable(text_.substr(place)) + "\""
                                                   : std::string("at the end");
    throw Error(ExitCode::usage,
                "--explain \"" + printable(text_) + "\": character " + std::to_string(place + 1) + ", " +
                    found + ": " + what,
                hint);
  }

  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }

  std::string_view peek_word() {
    skip_blanks();
    std::size_t end = at_;
    while (end < text_.size() && is_word_character(text_[end])) ++end;
    return text_.substr(at_, end - at_);
  }

  bool take_word(std::string_view word) {
    const std::string_view next = peek_word();
    if (to_lower_ascii(next) != word) return false;
    at_ += next.size();
    return true;
  }

  bool take(std::string_view symbol) {
    skip_blanks();
    if (!text_.substr(at_).starts_with(symbol)) return false;
    at_ += symbol.size();
    return true;
  }

  static std::unique_ptr<Term> joined(Kind kind, std::unique_ptr<Term> left, std::unique_ptr<Term> right) {
    auto term = std::make_unique<Term>();
    term->kind = kind;
    term->left = std::move(left);
    term->right = std::move(right);
    return term;
  }

  std::unique_ptr<Term> condition() {
    auto term = conjunction();
    while (take_word("or")) term = joined(Kind::either, std::move(term), conjunction());
    return term;
  }

  std::unique_ptr<Term> conjunction() {
    auto term = factor();
    while (take_word("and")) term = joined(Kind::both, std::move(term), factor());
    return term;
  }

  std::unique_ptr<Term> factor() {
    if (++depth_ > 100) refuse("too many levels", at_);  // no text may exhaust the stack
    auto term = inner_factor();
    --depth_;
    return term;
  }

  std::unique_ptr<Term> inner_factor() {
    if (take("(")) {
      auto inside = condition();
      if (!take(")")) refuse("expected \")\"", at_);
      return inside;
    }
    if (take_word("not")) return joined(Kind::negation, factor(), nullptr);
    const std::size_t before = at_;
    for (const auto& [word, kind] : {std::pair{"all", Kind::all}, std::pair{"top", Kind::top}}) {
      if (!take_word(word)) continue;
      if (is_comparison_next()) break;  // the column "top"
      return joined(kind, nullptr, nullptr);
    }
    at_ = before;
    return comparison();
  }

  bool is_comparison_next() {
    skip_blanks();
    return at_ < text_.size() && std::string_view("=!<>").find(text_[at_]) != std::string_view::npos;
  }

  std::unique_ptr<Term> comparison() {
    auto term = std::make_unique<Term>();
    term->kind = Kind::compare;
    term->column = column();
    skip_blanks();
    const auto symbol = std::ranges::find_if(COMPARISONS, [&](std::string_view one) { return take(one); });
    if (symbol == COMPARISONS.end()) refuse("expected one of == != > >= < <=", at_);
    term->comparison = *symbol;
    term->text = value();
    double number = 0;
    const char* end = term->text.data() + term->text.size();
    if (const auto read = std::from_chars(term->text.data(), end, number);
        read.ec == std::errc() && read.ptr == end)
      term->number = number;
    columns.push_back(term->column);
    return term;
  }

  std::string column() {
    const std::string name(peek_word());
    if (name.empty()) refuse("expected a column, all, top, not or \"(\"", at_, known_text());
    if (std::ranges::find(known_, name) == known_.end()) {
      const std::string near = nearest(name, known_);
      refuse("the model has no column \"" + printable(name) + "\"" +
                 (near.empty() ? "" : "; did you mean \"" + near + "\"?"),
             at_, known_text());
    }
    at_ += name.size();
    return name;
  }

  std::string known_text() const { return "known columns: " + join(known_, ", "); }

  std::string value() {
    skip_blanks();
    if (at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'')) return quoted(text_[at_]);
    const std::string word(peek_word());
    if (word.empty()) refuse("expected a number or a text", at_);
    at_ += word.size();
    return word;
  }

  std::string quoted(char quote) {
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) refuse("the quote is not closed", at_);
    const std::string inside(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return inside;
  }

  std::string_view text_;
  std::span<const std::string> known_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

ExplainCondition::ExplainCondition() : root_(std::make_unique<Term>()) {}
ExplainCondition::ExplainCondition(ExplainCondition&&) noexcept = default;
ExplainCondition& ExplainCondition::operator=(ExplainCondition&&) noexcept = default;
ExplainCondition::~ExplainCondition() = default;

bool ExplainCondition::holds(const Json& result, bool is_top) const {
  return evaluate(*root_, result, is_top);
}

ExplainCondition parse_explain_condition(std::string_view text, std::span<const std::string> known) {
  Parser parser(text, known);
  ExplainCondition condition;
  condition.root_ = parser.whole();
  condition.columns_ = std::move(parser.columns);
  return condition;
}

}  // namespace radbatch
