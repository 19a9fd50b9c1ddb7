// What people write for yes, no, perhaps and nothing.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace radbatch {

enum class LabelWord { blank, no, yes, uncertain, other };

/// Words are compared without regard to case, full-width letters and blanks around them.
class LabelWords {
 public:
  /// Empty: the usual words. Given words replace the usual ones of their kind, and a word that is given for
  /// one kind has no other meaning. Throws Error(ExitCode::usage) when a word is in both lists.
  LabelWords(const std::vector<std::string>& positive, const std::vector<std::string>& negative);

  LabelWord meaning(std::string_view cell) const;
  std::string positive_text() const;  ///< "1, yes, ..." for messages
  std::string negative_text() const;

 private:
  std::vector<std::string> positive_, negative_;
  std::unordered_map<std::string, LabelWord> words_;
  LabelWord one_ = LabelWord::other, zero_ = LabelWord::other;  ///< most cells, looked up without a copy
};

/// Not a class of its own in a column of findings: "No Finding", "normal".
bool means_no_finding(std::string_view label);

}  // namespace radbatch
