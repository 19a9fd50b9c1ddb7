#include "radbatch/model/fields.hpp"

#include <algorithm>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {

Fields::Fields(const Json& object, std::string where, std::vector<std::string> known)
    : object_(object), where_(std::move(where)) {
  if (!object.is_object()) throw Error(ExitCode::model, where_ + " must be an object");
  for (const auto& [key, value] : object.items()) {
    if (std::ranges::find(known, key) != known.end()) continue;
    const std::string near = nearest(key, known);
    throw Error(ExitCode::model, where_ + ": unknown key '" + printable(key) + "'",
                near.empty() ? "known keys: " + join(known, ", ") : "did you mean '" + near + "'?");
  }
}

bool Fields::has(const std::string& key) const {
  return object_.contains(key) && !object_.at(key).is_null();
}

const Json& Fields::at(const std::string& key) const {
  if (!has(key)) throw Error(ExitCode::model, where_ + ": key '" + key + "' is missing");
  return object_.at(key);
}

std::string Fields::place(const std::string& key) const {
  const bool top = where_.ends_with(".json");
  return where_ + (top ? ": " : ".") + key;
}

void Fields::refuse(const std::string& key, const std::string& problem, const std::string& hint) const {
  throw Error(ExitCode::model, place(key) + " " + problem, hint);
}

std::string Fields::text(const std::string& key) const {
  const Json& value = at(key);
  if (!value.is_string() || value.get_ref<const std::string&>().empty()) refuse(key, "must be a text");
  return value.get<std::string>();
}

std::string Fields::text(const std::string& key, const std::string& fallback) const {
  return has(key) ? text(key) : fallback;
}

std::size_t Fields::choice(const std::string& key, const std::vector<std::string>& allowed) const {
  const std::string value = text(key);
  const auto found = std::ranges::find(allowed, value);
  if (found != allowed.end()) return static_cast<std::size_t>(found - allowed.begin());
  refuse(key, "is '" + printable(value) + "'; " + join(allowed, ", ") + " are possible");
}

bool Fields::flag(const std::string& key, bool fallback) const {
  if (!has(key)) return fallback;
  if (!at(key).is_boolean()) refuse(key, "must be true or false");
  return at(key).get<bool>();
}

double Fields::number(const std::string& key) const {
  if (!at(key).is_number()) refuse(key, "must be a number");
  return at(key).get<double>();
}

std::uint64_t Fields::count(const std::string& key, std::uint64_t fallback) const {
  if (!has(key)) return fallback;
  if (!at(key).is_number_unsigned()) refuse(key, "must be a whole number of 0 or more");
  return at(key).get<std::uint64_t>();
}

const Json& Fields::list(const std::string& key) const {
  const Json& value = at(key);
  if (!value.is_array() || value.empty()) refuse(key, "must be a list with at least one element");
  return value;
}

std::vector<std::string> Fields::texts(const std::string& key) const {
  if (!has(key)) return {};
  std::vector<std::string> found;
  if (!at(key).is_array()) refuse(key, "must be a list of texts");
  for (const Json& entry : at(key)) {
    if (!entry.is_string()) refuse(key, "must be a list of texts");
    found.push_back(entry.get<std::string>());
  }
  return found;
}

std::vector<double> Fields::numbers(const std::string& key) const {
  std::vector<double> values;
  for (const Json& value : list(key)) {
    if (!value.is_number()) refuse(key, "must be a list of numbers");
    values.push_back(value.get<double>());
  }
  return values;
}

std::vector<int> Fields::integers(const std::string& key) const {
  const Json& value = at(key);
  std::vector<int> found;
  for (const Json& entry : value.is_array() ? value : Json::array({value})) {
    if (!entry.is_number_integer()) refuse(key, "must be a whole number or a list of them");
    found.push_back(entry.get<int>());
  }
  if (found.empty()) refuse(key, "must not be empty");
  return found;
}

std::optional<std::pair<double, double>> Fields::range(const std::string& key) const {
  if (!has(key)) return std::nullopt;
  const Json& value = at(key);
  const bool pair = value.is_array() && value.size() == 2 && value[0].is_number() && value[1].is_number();
  if (!pair || value[0].get<double>() > value[1].get<double>()) refuse(key, "must be [smallest, largest]");
  return std::pair{value[0].get<double>(), value[1].get<double>()};
}

}  // namespace radbatch
