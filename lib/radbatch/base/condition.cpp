#include "radbatch/base/condition.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {

struct ColumnCondition::Term {
  enum class Kind { always, leaf, negation, both, either } kind = Kind::always;
  ConditionLeaf leaf;
  std::unique_ptr<Term> left, right;
};

namespace {

using Term = ColumnCondition::Term;
using Kind = Term::Kind;
using TermPointer = std::unique_ptr<Term>;

constexpr std::array<std::string_view, 6> COMPARISONS{"==", "!=", ">=", "<=", ">", "<"};

bool evaluate(const Term& term, const std::function<bool(const ConditionLeaf&)>& leaf_holds) {
  switch (term.kind) {
    case Kind::always:
      return true;
    case Kind::leaf:
      return leaf_holds(term.leaf);
    case Kind::negation:
      return !evaluate(*term.left, leaf_holds);
    case Kind::both:
      return evaluate(*term.left, leaf_holds) && evaluate(*term.right, leaf_holds);
    case Kind::either:
      return evaluate(*term.left, leaf_holds) || evaluate(*term.right, leaf_holds);
  }
  return false;
}

void collect(const Term& term, std::vector<const ConditionLeaf*>& leaves) {
  if (term.kind == Kind::leaf) leaves.push_back(&term.leaf);
  if (term.left) collect(*term.left, leaves);
  if (term.right) collect(*term.right, leaves);
}

TermPointer joined(Kind kind, TermPointer left, TermPointer right) {
  auto term = std::make_unique<Term>();
  term->kind = kind;
  term->left = std::move(left);
  term->right = std::move(right);
  return term;
}

TermPointer leaf_of(ConditionLeaf leaf) {
  auto term = std::make_unique<Term>();
  term->kind = Kind::leaf;
  term->leaf = std::move(leaf);
  return term;
}

/// Letters, digits, '_', '.', '-' and every byte of a character beyond ASCII.
bool is_word_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '-' || c == '+' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool is_quote(char c) {
  return c == '"' || c == '\'';
}

class Parser {
 public:
  Parser(std::string_view text, const ConditionLanguage& language) : text_(text), language_(language) {}

  TermPointer whole() {
    auto term = condition();
    if (skip_blanks(); at_ < text_.size()) refuse("expected \"and\", \"or\" or the end", at_);
    return term;
  }

 private:
  [[noreturn]] void refuse(const std::string& what, std::size_t place, const std::string& hint = {}) const {
    const std::string found = place < text_.size() ? "before \"" + printable(text_.substr(place)) + "\""
                                                   : std::string("at the end");
    throw Error(ExitCode::usage,
                language_.what + " \"" + printable(text_) + "\": character " + std::to_string(place + 1) +
                    ", " + found + ": " + what,
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
    if (next.empty() || to_lower_ascii(next) != word) return false;
    at_ += next.size();
    return true;
  }

  bool take(std::string_view symbol) {
    skip_blanks();
    if (!text_.substr(at_).starts_with(symbol)) return false;
    at_ += symbol.size();
    return true;
  }

  TermPointer condition() {
    auto term = conjunction();
    while (take_word("or")) term = joined(Kind::either, std::move(term), conjunction());
    return term;
  }

  TermPointer conjunction() {
    auto term = factor();
    while (take_word("and")) term = joined(Kind::both, std::move(term), factor());
    return term;
  }

  TermPointer factor() {
    if (++depth_ > 100) refuse("too many levels", at_);  // no text may exhaust the stack
    auto term = inner_factor();
    --depth_;
    return term;
  }

  TermPointer inner_factor() {
    if (take("(")) {
      auto inside = condition();
      if (!take(")")) refuse("expected \")\"", at_);
      return inside;
    }
    const std::size_t before = at_;
    if (take_word("not")) {
      if (!is_comparison_next()) return joined(Kind::negation, factor(), nullptr);
      at_ = before;  // the column "not"
    }
    for (const std::string& word : language_.words) {
      if (!take_word(word)) continue;
      if (is_comparison_next()) break;  // the column of that name
      return leaf_of({.word = word});
    }
    at_ = before;
    return comparison();
  }

  bool is_comparison_next() {
    skip_blanks();
    return at_ < text_.size() && std::string_view("=!<>").find(text_[at_]) != std::string_view::npos;
  }

  TermPointer comparison() {
    ConditionLeaf leaf;
    leaf.column = column();
    if (take_word("is")) return missing(std::move(leaf));
    const bool is_negated = take_word("not");
    if (take_word("in")) {
      auto term = listed(std::move(leaf));
      return is_negated ? joined(Kind::negation, std::move(term), nullptr) : std::move(term);
    }
    if (is_negated) refuse("expected \"in\"", at_);
    skip_blanks();
    const auto symbol = std::ranges::find_if(COMPARISONS, [&](std::string_view one) { return take(one); });
    if (symbol == COMPARISONS.end()) {
      refuse("expected one of == != > >= < <= in, or \"is missing\"", at_,
             text_.substr(at_).starts_with("=") ? "two signs: ==" : "");
    }
    leaf.comparison = *symbol;
    leaf.values.push_back(value());
    return leaf_of(std::move(leaf));
  }

  TermPointer missing(ConditionLeaf leaf) {
    const bool is_negated = take_word("not");
    if (!take_word("missing")) refuse("expected \"missing\" or \"not missing\"", at_);
    leaf.comparison = "missing";
    auto term = leaf_of(std::move(leaf));
    return is_negated ? joined(Kind::negation, std::move(term), nullptr) : std::move(term);
  }

  TermPointer listed(ConditionLeaf leaf) {
    if (!take("(")) refuse("expected \"(\"", at_);
    leaf.comparison = "in";
    do leaf.values.push_back(value());
    while (take(","));
    if (!take(")")) refuse("expected \",\" or \")\"", at_);
    return leaf_of(std::move(leaf));
  }

  std::size_t column() {
    skip_blanks();
    const std::size_t start = at_;
    const std::string name = at_ < text_.size() && is_quote(text_[at_]) ? quoted() : std::string(peek_word());
    if (name.empty()) refuse("expected a column, " + words_text() + "not or \"(\"", start, known_text());
    const auto known = std::ranges::find(language_.columns, name);
    if (known == language_.columns.end()) {
      const std::string near = nearest(name, language_.columns);
      refuse(language_.owner + " no column \"" + printable(name) + "\"" +
                 (near.empty() ? "" : "; did you mean \"" + printable(near) + "\"?"),
             start, known_text());
    }
    if (at_ == start) at_ += name.size();
    return static_cast<std::size_t>(known - language_.columns.begin());
  }

  std::string words_text() const {
    return join(language_.words, ", ") + (language_.words.empty() ? "" : ", ");
  }

  std::string known_text() const {
    if (language_.columns.empty()) return "there are no columns";
    return "known columns: " + printable(join(language_.columns, ", "));
  }

  ConditionValue value() {
    skip_blanks();
    std::string text;
    if (at_ < text_.size() && is_quote(text_[at_])) {
      text = quoted();
    } else {
      text = std::string(peek_word());
      if (text.empty()) refuse("expected a number or a text", at_);
      at_ += text.size();
    }
    const std::optional<double> number = parsed_number(text);
    return {std::move(text), number};
  }

  std::string quoted() {
    const std::size_t end = text_.find(text_[at_], at_ + 1);
    if (end == std::string_view::npos) refuse("the quote is not closed", at_);
    std::string inside(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return inside;
  }

  std::string_view text_;
  const ConditionLanguage& language_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

ColumnCondition::ColumnCondition() : root_(std::make_unique<Term>()) {}
ColumnCondition::ColumnCondition(ColumnCondition&&) noexcept = default;
ColumnCondition& ColumnCondition::operator=(ColumnCondition&&) noexcept = default;
ColumnCondition::~ColumnCondition() = default;

bool ColumnCondition::holds(const std::function<bool(const ConditionLeaf&)>& leaf_holds) const {
  return evaluate(*root_, leaf_holds);
}

std::vector<const ConditionLeaf*> ColumnCondition::leaves() const {
  std::vector<const ConditionLeaf*> found;
  collect(*root_, found);
  return found;
}

ColumnCondition parse_condition(std::string_view text, const ConditionLanguage& language) {
  ColumnCondition condition;
  condition.root_ = Parser(text, language).whole();
  return condition;
}

bool satisfies(std::partial_ordering order, std::string_view comparison) {
  if (order == std::partial_ordering::unordered) return false;
  if (comparison == "==") return order == 0;
  if (comparison == "!=") return order != 0;
  if (comparison == ">=") return order >= 0;
  if (comparison == "<=") return order <= 0;
  return comparison == ">" ? order > 0 : order < 0;
}

std::optional<double> parsed_number(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
  return number;
}

}  // namespace radbatch
