#include "radbatch/cli/numbers.hpp"

#include <fmt/format.h>

#include <charconv>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {

double parse_number(const std::string& word, double low, double high) {
  double value = 0;
  const auto read = std::from_chars(word.data(), word.data() + word.size(), value);
  if (read.ec == std::errc() && read.ptr == word.data() + word.size() && value >= low && value <= high)
    return value;
  throw Error(ExitCode::usage,
              fmt::format("expected a number from {:g} to {:g}, not '{}'", low, high, printable(word)));
}

std::vector<double> parse_numbers(const std::string& word, double low, double high) {
  std::vector<double> numbers;
  for (const std::string& part : split(word, ',')) numbers.push_back(parse_number(part, low, high));
  return numbers;
}

}  // namespace radbatch
