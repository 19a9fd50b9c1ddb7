// How the parameters of a plan's steps are written to JSON: the counterpart of plan_fields.hpp, visited by
// the same lists.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "radbatch/model/plan_fields.hpp"

namespace radbatch::plan_fields {

class FieldWriter {
 public:
  explicit FieldWriter(Json& json) : json_(json) {}
  template <class T>
  void required(const char* field, T& value) {
    put(field, value);
  }
  template <class T>
  void optional(const char* field, T& value) {
    put(field, value);
  }
  template <class Enum>
  void choice(const char* field, Enum& value, Names names) {
    json_[field] = std::string(*(names.begin() + static_cast<int>(value)));
  }
  template <class Enum>
  void choice_of(const char* field, Enum& value, std::initializer_list<Json> values) {
    json_[field] = *(values.begin() + static_cast<int>(value));
  }
  template <class Enum>
  void choice_or_null(const char* field, Enum& value, Names names) {
    const auto at = static_cast<int>(value);
    json_[field] = at == 0 ? Json() : Json(std::string(*(names.begin() + at - 1)));
  }
  template <class Type>
  void number_type(const char* field, std::optional<Type>& value) {
    json_[field] = value ? Json(number_types[static_cast<std::size_t>(*value)]) : Json();
  }
  void put_raw(const char* field, Json value) { json_[field] = std::move(value); }
  void accepts(const char*, std::initializer_list<Json>) {}
  void ignores(const char*) {}
  void same_key(const char*) {}
  void axis_labels(const char*, const std::string&) {}
  void alias(const char*, const char*) {}

 private:
  template <class T>
  void put(const char* field, const T& value) {
    json_[field] = value;
  }
  template <class T>
  void put(const char* field, const std::optional<T>& value) {
    json_[field] = value ? Json(*value) : Json();
  }
  void put(const char* field, const std::string& text) { json_[field] = text.empty() ? Json() : Json(text); }
  /// One value means "all axes" or "all channels": written as the number it was.
  template <class T>
  void put(const char* field, const std::vector<T>& values) {
    json_[field] = values.empty() ? Json() : values.size() == 1 ? Json(values[0]) : Json(values);
  }
  Json& json_;
};

}  // namespace radbatch::plan_fields
