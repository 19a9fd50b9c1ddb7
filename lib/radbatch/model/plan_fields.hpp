// How the parameters of a plan's steps are read from JSON.
//
// plan_vocabulary.hpp lists the fields of each step once; the list is visited by a FieldReader (strict: type,
// range of choices, unknown names) or by a FieldWriter (plan_field_writer.hpp). Used by plan.cpp only.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "radbatch/base/error.hpp"
#include "radbatch/base/json.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch::plan_fields {

using Names = std::initializer_list<std::string_view>;

/// In the order of step::NumberType.
inline constexpr std::array<std::string_view, 7> number_types{"float32", "float16", "bfloat16", "uint8",
                                                              "int16",   "int32",   "int64"};

[[noreturn]] inline void refuse(const std::string& path, const std::string& why) {
  throw Error(ExitCode::usage, path + ": " + why);
}

/// "; did you mean x?" or nothing.
inline std::string suggestion(std::string_view word, std::span<const std::string> known) {
  const std::string near = nearest(word, known);
  return near.empty() ? "" : fmt::format("; did you mean {}?", near);
}

class FieldReader {
 public:
  FieldReader(const Json& json, std::string path, std::string step)
      : json_(json), path_(std::move(path)), step_(std::move(step)) {}

  void required(const char* field, double& value) { value = number(field, must(field)); }
  void required(const char* field, std::int64_t& value) { value = integer(field, must(field)); }
  void required(const char* field, std::vector<double>& value) { value = numbers(field, must(field)); }
  void required(const char* field, std::vector<std::int64_t>& value) { value = integers(field, must(field)); }
  void required(const char* field, std::string& value) { value = text(field, must(field)); }
  void required(const char* field, std::vector<std::string>& value) { value = words(field, must(field)); }
  /// The parameter has no default but may be null.
  void required(const char* field, std::optional<double>& value) {
    must(field);
    optional(field, value);
  }

  void optional(const char* field, bool& value) {
    if (const Json* found = find(field)) value = boolean(field, *found);
  }
  void optional(const char* field, double& value) {
    if (const Json* found = find(field)) value = number(field, *found);
  }
  void optional(const char* field, std::int64_t& value) {
    if (const Json* found = find(field)) value = integer(field, *found);
  }
  void optional(const char* field, std::optional<bool>& value) {
    if (const Json* found = find(field))
      value = found->is_null() ? std::nullopt : std::optional(boolean(field, *found));
  }
  void optional(const char* field, std::optional<double>& value) {
    if (const Json* found = find(field))
      value = found->is_null() ? std::nullopt : std::optional(number(field, *found));
  }
  void optional(const char* field, std::optional<std::int64_t>& value) {
    if (const Json* found = find(field))
      value = found->is_null() ? std::nullopt : std::optional(integer(field, *found));
  }
  void optional(const char* field, std::vector<double>& value) {
    if (const Json* found = find(field))
      value = found->is_null() ? std::vector<double>{} : numbers(field, *found);
  }
  /// null stands for the empty list.
  void optional(const char* field, std::vector<std::int64_t>& value) {
    if (const Json* found = find(field))
      value = found->is_null() ? std::vector<std::int64_t>{} : integers(field, *found);
  }
  /// null stands for the empty text.
  void optional(const char* field, std::string& value) {
    if (const Json* found = find(field)) value = found->is_null() ? "" : text(field, *found);
  }
  /// One of `names`, stored as the enumerator of the same index.
  template <class Enum>
  void choice(const char* field, Enum& value, Names names) {
    const Json* found = find(field);
    if (!found) return;
    const std::string word = text(field, *found);
    const auto at = std::find(names.begin(), names.end(), word);
    if (at == names.end()) {
      const std::vector<std::string> known(names.begin(), names.end());
      refuse(at_field(field), fmt::format("\"{}\" is not one of {}{}", printable(word), join(known, ", "),
                                          suggestion(word, known)));
    }
    value = static_cast<Enum>(at - names.begin());
  }
  /// The same where the values are not all texts.
  template <class Enum>
  void choice_of(const char* field, Enum& value, std::initializer_list<Json> values) {
    const Json* found = find(field);
    if (!found) return;
    const std::string word = found->is_string() ? text(field, *found) : "";
    const auto at = std::find(values.begin(), values.end(), *found);
    if (at == values.end()) {
      std::vector<std::string> words, shown;
      for (const Json& one : values) {
        shown.push_back(one.dump());
        if (one.is_string()) words.push_back(one.get<std::string>());
      }
      refuse(at_field(field), fmt::format("{} is not one of {}{}", canonical(*found), join(shown, ", "),
                                          suggestion(word, words)));
    }
    value = static_cast<Enum>(at - values.begin());
  }
  /// The same, where null stands for the first enumerator and `names` for the others. A class may be written
  /// with its modules and, as MONAI looks readers up, in any case: "monai.data.ITKReader", "itkreader".
  template <class Enum>
  void choice_or_null(const char* field, Enum& value, Names names) {
    const Json* found = find(field);
    if (!found || found->is_null()) return;
    const std::string word = text(field, *found);
    const std::string last = to_lower_ascii(word.substr(word.rfind('.') + 1));
    const auto at = std::find_if(names.begin(), names.end(),
                                 [&](std::string_view name) { return to_lower_ascii(name) == last; });
    if (at == names.end())
      refuse(at_field(field), fmt::format("\"{}\" is not one of {}", printable(word),
                                          join(std::vector<std::string>(names.begin(), names.end()), ", ")));
    value = static_cast<Enum>(at - names.begin() + 1);
  }
  /// A parameter of MONAI that changes nothing here, or is implemented for these values only.
  void accepts(const char* field, std::initializer_list<Json> values) {
    const Json* found = find(field);
    if (!found || std::find(values.begin(), values.end(), *found) != values.end()) return;
    std::vector<std::string> known;
    for (const Json& value : values) known.push_back(value.dump());
    refuse(at_field(field), fmt::format("{} is not supported by radbatch's {}; supported: {}",
                                        canonical(*found), step_, join(known, ", ")));
  }
  void ignores(const char* field) { find(field); }
  /// A type of numpy or torch by any of its names: "float32", "torch.float32", "np.float32"; null: none.
  template <class Type>
  void number_type(const char* field, std::optional<Type>& value) {
    const Json* found = find(field);
    if (!found) return;
    value.reset();
    if (found->is_null()) return;
    std::string word = text(field, *found);
    word.erase(0, word.rfind('.') + 1);
    if (word == "float") word = "float32";
    if (word == "half") word = "float16";
    const auto at = std::find(number_types.begin(), number_types.end(), word);
    if (at == number_types.end())
      refuse(at_field(field),
             fmt::format("{} is no type that {} computes in; known: {}", canonical(*found), step_,
                         join(std::vector<std::string>(number_types.begin(), number_types.end()), ", ")));
    value = static_cast<Type>(at - number_types.begin());
  }
  /// For parameters with a form of their own: the JSON, or nothing.
  const Json* raw(const char* field) { return find(field); }
  /// The field's path, for what such a parameter has to say.
  std::string place(const std::string& field) const { return at_field(field); }
  /// The images that the step names; empty when it names none.
  std::vector<std::string> keys() {
    std::vector<std::string> names;
    if (json_.contains("keys")) required("keys", names);
    known_.emplace_back("keys");
    return names;
  }
  /// The parameter names the image that this step changes, or is not there.
  void same_key(const char* field) {
    const Json* found = find(field);
    const auto keys = json_.find("keys");
    if (!found || keys == json_.end()) return;
    if (*found != (keys->is_array() && !keys->empty() ? (*keys)[0] : *keys))
      refuse(at_field(field), "radbatch prepares one image: give the same key as in keys");
  }
  /// nibabel's labels of the axes' ends: the letters L R, P A, I S, each pair in either order. A pair that is
  /// turned round turns the letter in `axcodes`.
  void axis_labels(const char* field, std::string& axcodes) {
    const Json* found = find(field);
    if (!found || found->is_null()) return;
    const std::array<std::string, 3> pairs{"LR", "PA", "IS"};
    for (std::size_t a = 0; a < pairs.size(); ++a) {
      const Json usual{pairs[a].substr(0, 1), pairs[a].substr(1)};
      const Json turned{usual[1], usual[0]};
      if (!found->is_array() || found->size() != 3 || ((*found)[a] != usual && (*found)[a] != turned))
        refuse(at_field(field),
               "must be [[\"L\", \"R\"], [\"P\", \"A\"], [\"I\", \"S\"]], each pair in either order");
      if ((*found)[a] == usual) continue;
      for (char& code : axcodes) {
        if (const auto at = pairs[a].find(code); at != std::string::npos) code = pairs[a][1 - at];
      }
    }
  }
  /// Another spelling of a parameter.
  void alias(const char* other, const char* field) {
    // In our own spelling "name" is the step's.
    if (std::string_view(other) == "name" && !json_.contains("_target_")) return;
    if (json_.contains(other) && !json_.contains(field)) aliases_.emplace_back(field, other);
    known_.emplace_back(other);
  }

  /// Reports names that no field asked for, then parameters that are missing.
  void finish() const {
    std::vector<std::string> known = known_;
    for (const auto& [key, value] : json_.items()) {
      if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
      refuse(path_ + "." + printable(key),
             fmt::format("unknown parameter of {}{}", step_, suggestion(key, known)));
    }
    if (!missing_.empty()) refuse(path_, fmt::format("{} needs {}", step_, join(missing_, ", ")));
  }
  /// Refuses the step's value of `field` (used after finish).
  [[noreturn]] void wrong(const std::string& field, const std::string& why) const {
    refuse(at_field(field), why);
  }

 private:
  std::string at_field(const std::string& field) const { return path_ + "." + field; }

  const Json* find(const char* field) {
    known_.emplace_back(field);
    std::string key = field;
    for (const auto& [name, other] : aliases_) {
      if (name == key) key = other;
    }
    const auto at = json_.find(key);
    if (at == json_.end()) return nullptr;
    // MONAI's dictionary transforms take a list with one entry per key for these.
    const bool per_key = at->is_array() && at->size() == 1 && (*at)[0].is_primitive() &&
                         json_.contains("keys") &&
                         (key == "mode" || key == "padding_mode" || key == "align_corners" || key == "dtype");
    return per_key ? &(*at)[0] : &*at;
  }
  const Json& must(const char* field) {
    static const Json nothing;
    const Json* found = find(field);
    if (!found) missing_.emplace_back(field);
    return found ? *found : nothing;
  }
  /// After a missing field the value does not matter: finish() throws.
  bool is_missing(const char* field) const {
    return std::find(missing_.begin(), missing_.end(), field) != missing_.end();
  }
  [[noreturn]] void wrong_type(const std::string& path, const Json& value, std::string_view wanted) const {
    if (value.is_string() && !value.get_ref<const std::string&>().empty()) {
      const char first = value.get_ref<const std::string&>().front();
      if (first == '$' || first == '@') refuse_expression(path, value);
    }
    refuse(path, fmt::format("expected {}, found {}", wanted, canonical(value)));
  }
  [[noreturn]] static void refuse_expression(const std::string& path, const Json& value) {
    refuse(path,
           fmt::format("{} is an expression of MONAI's config language, and a plan is never evaluated as "
                       "code; write the value itself",
                       canonical(value)));
  }
  bool boolean(const char* field, const Json& value) const {
    if (!value.is_boolean()) wrong_type(at_field(field), value, "true or false");
    return value.get<bool>();
  }
  double number_at(const std::string& path, const Json& value) const {
    if (!value.is_number() || !std::isfinite(value.get<double>())) wrong_type(path, value, "a number");
    return value.get<double>();
  }
  std::int64_t integer_at(const std::string& path, const Json& value) const {
    const bool whole = value.is_number_float() &&
                       std::nearbyint(value.get<double>()) == value.get<double>() &&
                       std::abs(value.get<double>()) < 1e9;
    const bool small = value.is_number_integer() && value >= -1000000000 && value <= 1000000000;
    if (!whole && !small) wrong_type(path, value, "a whole number");
    return value.get<std::int64_t>();
  }
  double number(const char* field, const Json& value) const {
    return is_missing(field) ? 0 : number_at(at_field(field), value);
  }
  std::int64_t integer(const char* field, const Json& value) const {
    return is_missing(field) ? 0 : integer_at(at_field(field), value);
  }
  std::vector<double> numbers(const char* field, const Json& value) const {
    if (is_missing(field)) return {};
    if (value.is_number()) return {number(field, value)};
    if (!value.is_array() || value.empty())
      wrong_type(at_field(field), value, "a number or a list of numbers");
    std::vector<double> all;
    for (const Json& one : value)
      all.push_back(number_at(fmt::format("{}[{}]", at_field(field), all.size()), one));
    return all;
  }
  std::vector<std::int64_t> integers(const char* field, const Json& value) const {
    if (is_missing(field)) return {};
    if (value.is_number()) return {integer(field, value)};
    if (!value.is_array() || value.empty())
      wrong_type(at_field(field), value, "a whole number or a list of whole numbers");
    std::vector<std::int64_t> all;
    for (const Json& one : value)
      all.push_back(integer_at(fmt::format("{}[{}]", at_field(field), all.size()), one));
    return all;
  }
  std::string text(const char* field, const Json& value) const {
    if (is_missing(field)) return {};
    if (!value.is_string()) wrong_type(at_field(field), value, "a text");
    const auto& word = value.get_ref<const std::string&>();
    if (!word.empty() && (word.front() == '$' || word.front() == '@'))
      refuse_expression(at_field(field), value);
    return word;
  }

  /// One name or a list of different names.
  std::vector<std::string> words(const char* field, const Json& value) const {
    if (is_missing(field)) return {};
    const Json list = value.is_array() ? value : Json::array({value});
    std::vector<std::string> all;
    for (const Json& one : list) {
      const std::string word = text(field, one);
      if (word.empty()) refuse(at_field(field), "holds an empty name");
      if (std::find(all.begin(), all.end(), word) != all.end())
        refuse(at_field(field), fmt::format("names {} twice", printable(word)));
      all.push_back(word);
    }
    if (all.empty()) refuse(at_field(field), "names nothing");
    return all;
  }

  const Json& json_;
  std::string path_;
  std::string step_;
  std::vector<std::string> known_{"name", "_target_", "_desc_"};
  std::vector<std::string> missing_;
  std::vector<std::pair<std::string, std::string>> aliases_;
};

}  // namespace radbatch::plan_fields
