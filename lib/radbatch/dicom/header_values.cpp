#include "radbatch/dicom/header_values.hpp"

#include <charconv>
#include <cmath>

namespace radbatch {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto padding = std::string_view(" \0\t\r\n", 5);
  const auto first = text.find_first_not_of(padding);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(padding) - first + 1);
}

Json as_json(double value) {
  if (std::floor(value) == value && std::abs(value) < 9e15) return static_cast<std::int64_t>(value);
  return value;
}

}  // namespace

std::string_view clean_text(std::string_view stored) {
  const std::string_view whole = trimmed(stored);
  return trimmed(whole.substr(0, whole.find('\0')));
}

std::optional<double> parse_decimal(std::string_view text) {
  text = trimmed(text);
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<std::vector<double>> parse_decimals(std::string_view text) {
  std::vector<double> values;
  for (;;) {
    const auto separator = text.find('\\');
    const auto value = parse_decimal(text.substr(0, separator));
    if (!value) return std::nullopt;
    values.push_back(*value);
    if (separator == text.npos) return values;
    text.remove_prefix(separator + 1);
  }
}

Json numbers_as_json(const std::optional<std::vector<double>>& values) {
  if (!values || values->empty()) return nullptr;
  if (values->size() == 1) return as_json(values->front());
  Json array = Json::array();
  for (const double value : *values) array.push_back(as_json(value));
  return array;
}

std::optional<std::int64_t> whole_number(const std::optional<std::vector<double>>& values) {
  if (!values || values->empty()) return std::nullopt;
  const double value = values->front();
  if (std::floor(value) != value || std::abs(value) > 9e15) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

}  // namespace radbatch
