#include "radbatch/study/rules.hpp"

#include <algorithm>
#include <cmath>

#include "radbatch/base/text.hpp"
#include "radbatch/study/attributes.hpp"
#include "radbatch/unicode/normal_text.hpp"

namespace radbatch {
namespace {

std::string shown(const Json& value) {
  return value.is_string() ? printable(value.get<std::string>()) : value.dump();
}

std::string shown(const std::optional<double>& number) {
  return text_of(Json{{"n", number.value_or(0)}}, "n");
}

std::string trimmed(std::string text) {
  while (!text.empty() && text.back() == ' ') text.pop_back();
  text.erase(0, text.find_first_not_of(' '));
  return text;
}

bool is_same_number(double a, double b) {
  return std::abs(a - b) <= 1e-6 * std::max({1.0, std::abs(a), std::abs(b)});
}

bool is_equal(const Json& wanted, const Json& attributes, const std::string& field) {
  if (wanted.is_boolean()) return flag_of(attributes, field) == wanted.get<bool>();
  if (wanted.is_number()) {
    const std::vector<double> numbers = numbers_of(attributes, field);
    return std::ranges::any_of(numbers, [&](double n) { return is_same_number(n, wanted.get<double>()); });
  }
  const std::string whole = folded(text_of(attributes, field)), text = folded(wanted.get<std::string>());
  if (trimmed(whole) == trimmed(text)) return true;
  return std::ranges::any_of(split(whole, '\\'),
                             [&](const std::string& part) { return trimmed(part) == trimmed(text); });
}

bool is_in_range(const Condition& test, double number) {
  return (!test.low || number >= *test.low - 1e-6) && (!test.high || number <= *test.high + 1e-6);
}

bool is_met(const Condition& test, const Json& attributes) {
  switch (test.test) {
    case Condition::Test::one_of:
      return std::ranges::any_of(test.values,
                                 [&](const Json& value) { return is_equal(value, attributes, test.field); });
    case Condition::Test::matches:
      return test.pattern->occurs_in(text_of(attributes, test.field));
    case Condition::Test::range: {
      const std::vector<double> numbers = numbers_of(attributes, test.field);
      return !numbers.empty() && std::ranges::all_of(numbers, [&](double n) { return is_in_range(test, n); });
    }
    case Condition::Test::present:
      return true;
  }
  return false;
}

std::string wanted_words(const Condition& test) {
  if (test.test == Condition::Test::matches) return "like /" + printable(test.pattern->expression()) + "/";
  if (test.test == Condition::Test::range) {
    if (!test.low) return "at most " + shown(test.high);
    if (!test.high) return "at least " + shown(test.low);
    return shown(test.low) + " to " + shown(test.high);
  }
  std::vector<std::string> words;
  for (const Json& value : test.values) words.push_back(shown(value));
  return join(words, " or ");
}

std::string test_mismatch(const Condition& test, const Json& attributes) {
  const bool is_there = attributes.contains(test.field) && !attributes[test.field].is_null();
  if (test.test == Condition::Test::present) {
    if (is_there == test.wants_present) return {};
    return test.field + (is_there ? " is there" : " is absent");
  }
  if (!is_there) return test.accepts_absent ? "" : test.field + " is absent, not " + wanted_words(test);
  if (is_met(test, attributes)) return {};
  const Json& value = attributes[test.field];
  const std::string found = value.is_boolean() ? value.dump() : printable(text_of(attributes, test.field));
  return test.field + " is " + found + ", not " + wanted_words(test);
}

std::string negation_words(const Condition& part, const Json& attributes) {
  if (part.kind != Condition::Kind::test) return "meets what is excluded";
  if (part.test == Condition::Test::present)
    return part.field + (part.wants_present ? " is there" : " is absent");
  const bool is_there = attributes.contains(part.field);
  return part.field + (is_there ? " is " + printable(text_of(attributes, part.field)) : " is absent") +
         ", which is excluded";
}

}  // namespace

std::string mismatch(const Condition& condition, const Json& attributes) {
  switch (condition.kind) {
    case Condition::Kind::test:
      return test_mismatch(condition, attributes);
    case Condition::Kind::negation: {
      const Condition& part = condition.parts.front();
      return mismatch(part, attributes).empty() ? negation_words(part, attributes) : "";
    }
    case Condition::Kind::all:
      for (const Condition& part : condition.parts) {
        std::string words = mismatch(part, attributes);
        if (!words.empty()) return words;
      }
      return {};
    case Condition::Kind::any: {
      std::vector<std::string> all;
      for (const Condition& part : condition.parts) {
        all.push_back(mismatch(part, attributes));
        if (all.back().empty()) return {};
      }
      return join(all, " and ");
    }
  }
  return {};
}

}  // namespace radbatch
