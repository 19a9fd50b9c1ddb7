// A list of expressions over words_of(text), each with what it means; the first that occurs counts.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "radbatch/unicode/pattern.hpp"

namespace radbatch {

class WordTable {
 public:
  WordTable(std::initializer_list<std::pair<const char*, const char*>> rows) {
    for (const auto& [meaning, expression] : rows) {
      rows_.emplace_back(meaning, Pattern(expression, "built-in table", LetterCase::distinguish));
    }
  }

  /// The meaning of the first row that occurs in the words.
  std::optional<std::string> first(const std::string& words) const {
    for (const auto& [meaning, pattern] : rows_) {
      if (pattern.occurs_in(words)) return meaning;
    }
    return std::nullopt;
  }

  /// The meanings of all rows that occur, in the order of the table, each once.
  std::vector<std::string> all(const std::string& words) const {
    std::vector<std::string> found;
    for (const auto& [meaning, pattern] : rows_) {
      if ((found.empty() || found.back() != meaning) && pattern.occurs_in(words)) found.push_back(meaning);
    }
    return found;
  }

 private:
  std::vector<std::pair<std::string, Pattern>> rows_;
};

}  // namespace radbatch
