// Header values by what they mean, wherever the bytes come from: DCMTK's objects or our own walk. One place
// for the rules, so that the two cannot drift apart. Internal to the module.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "radbatch/base/json.hpp"

namespace radbatch {

/// Without the padding of PS3.5 section 6.2 and without what follows a NUL: left-over memory of a writer or
/// damage, which no table of results can hold.
std::string_view clean_text(std::string_view stored);
/// One DS or IS value; nothing when it is no finite number.
std::optional<double> parse_decimal(std::string_view text);
/// The values of a multi-valued DS or IS, or nothing when one of them is malformed.
std::optional<std::vector<double>> parse_decimals(std::string_view text);
/// One as a number, several as an array, none as null; whole numbers without a decimal point.
Json numbers_as_json(const std::optional<std::vector<double>>& values);
/// The first one when it is a whole number.
std::optional<std::int64_t> whole_number(const std::optional<std::vector<double>>& values);

/// The attributes of one header that read_attributes wants, by their place in wanted_attributes().
class HeaderValues {
 public:
  virtual ~HeaderValues() = default;
  /// Present, and longer than nothing.
  virtual bool has_value(std::size_t attribute) const = 0;
  /// Clean, as stored; empty when absent or not text.
  virtual std::string text(std::size_t attribute) const = 0;
  /// Of any numeric VR; nothing when absent, empty or malformed.
  virtual std::optional<std::vector<double>> numbers(std::size_t attribute) const = 0;
};

}  // namespace radbatch
