#include "radbatch/report/label_words.hpp"

#include <algorithm>
#include <array>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/unicode/normal_text.hpp"

namespace radbatch {
namespace {

const std::vector<std::string> USUAL_POSITIVE{"1",   "1.0",     "yes", "y",    "true", "t", "positive",
                                              "pos", "present", "+",   "阳性", "是",   "有"};
const std::vector<std::string> USUAL_NEGATIVE{"0",   "0.0",    "no", "n",    "false", "f", "negative",
                                              "neg", "absent", "-",  "阴性", "否",    "无"};
const std::vector<std::string> UNCERTAIN{
    "-1", "-1.0", "?", "u", "uncertain", "possible", "equivocal", "indeterminate", "不确定", "可疑", "疑似"};
const std::vector<std::string> BLANK{"", "na", "n/a", "nan", "null", "."};

std::string normal(std::string_view word) {
  std::string text = folded(word);
  const std::size_t start = text.find_first_not_of(" \t");
  if (start == std::string::npos) return {};
  return text.substr(start, text.find_last_not_of(" \t") - start + 1);
}

}  // namespace

LabelWords::LabelWords(const std::vector<std::string>& positive, const std::vector<std::string>& negative)
    : positive_(positive.empty() ? USUAL_POSITIVE : positive),
      negative_(negative.empty() ? USUAL_NEGATIVE : negative) {
  const auto set = [&](const std::vector<std::string>& words, LabelWord meaning) {
    for (const std::string& word : words) words_[normal(word)] = meaning;
  };
  set(BLANK, LabelWord::blank);
  set(UNCERTAIN, LabelWord::uncertain);
  if (negative.empty()) set(negative_, LabelWord::no);
  if (positive.empty()) set(positive_, LabelWord::yes);
  set(negative, LabelWord::no);
  for (const std::string& word : positive) {
    const auto is_same = [&](const std::string& other) { return normal(other) == normal(word); };
    if (std::ranges::any_of(negative, is_same)) {
      throw Error(ExitCode::usage, "'" + printable(word) + "' is in --positive and in --negative",
                  "leave it in one of them");
    }
  }
  set(positive, LabelWord::yes);
  one_ = words_.contains("1") ? words_["1"] : LabelWord::other;
  zero_ = words_.contains("0") ? words_["0"] : LabelWord::other;
}

LabelWord LabelWords::meaning(std::string_view cell) const {
  if (cell == "1") return one_;
  if (cell == "0") return zero_;
  if (cell.empty()) return LabelWord::blank;
  const auto found = words_.find(normal(cell));
  return found == words_.end() ? LabelWord::other : found->second;
}

std::string LabelWords::positive_text() const {
  return printable(join(positive_, ", "));
}

std::string LabelWords::negative_text() const {
  return printable(join(negative_, ", "));
}

bool means_no_finding(std::string_view label) {
  constexpr std::array<std::string_view, 7> words{"no finding", "no findings", "nofinding", "no_finding",
                                                  "normal",     "正常",        "未见异常"};
  return std::ranges::find(words, normal(label)) != words.end();
}

}  // namespace radbatch
