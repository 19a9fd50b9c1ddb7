#include "radbatch/report/study_date.hpp"

#include <algorithm>
#include <cctype>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Takes up to `most` digits from the front of `text`; missing without any.
std::optional<int> take_number(std::string_view& text, std::size_t most) {
  std::size_t n = 0;
  int value = 0;
  for (; n < std::min(most, text.size()) && is_digit(text[n]); ++n) value = 10 * value + (text[n] - '0');
  if (n == 0) return std::nullopt;
  text.remove_prefix(n);
  return value;
}

bool take_separator(std::string_view& text, std::string_view separators) {
  if (text.empty() || separators.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

int months_per(TimeStep step) {
  return step == TimeStep::month ? 1 : step == TimeStep::quarter ? 3 : 12;
}

}  // namespace

std::optional<int> read_study_date(const std::string& text) {
  std::string_view rest = text;
  const auto year = take_number(rest, 4);
  const bool has_separators = take_separator(rest, "-/.");
  const bool has_all_digits = rest.size() >= 4 && std::all_of(rest.begin(), rest.begin() + 4, is_digit);
  if (!has_separators && !has_all_digits) return std::nullopt;
  const auto month = take_number(rest, 2);
  if (!year || *year < 1900 || *year > 2199 || !month || *month < 1 || *month > 12) return std::nullopt;
  if (has_separators && rest.empty()) return *year * 12 + *month - 1;
  if (has_separators && !take_separator(rest, "-/.")) return std::nullopt;
  const auto day = take_number(rest, 2);
  if (!day || *day < 1 || *day > 31) return std::nullopt;
  if (!rest.empty() && !take_separator(rest, "T ")) return std::nullopt;
  return *year * 12 + *month - 1;
}

int step_of(int month, TimeStep step) {
  return month / months_per(step);
}

std::string step_name(int number, TimeStep step) {
  const int month = number * months_per(step);
  const std::string year = std::to_string(month / 12);
  const int in_year = month % 12;
  if (step == TimeStep::year) return year;
  if (step == TimeStep::quarter) return year + "-Q" + std::to_string(in_year / 3 + 1);
  return year + (in_year < 9 ? "-0" : "-") + std::to_string(in_year + 1);
}

double step_year(int number, TimeStep step) {
  return (number + 0.5) * months_per(step) / 12;
}

TimeStep parse_time_step(const std::string& word) {
  if (word == "month") return TimeStep::month;
  if (word == "quarter") return TimeStep::quarter;
  if (word == "year") return TimeStep::year;
  throw Error(ExitCode::usage, "expected month, quarter or year, not '" + printable(word) + "'");
}

}  // namespace radbatch
