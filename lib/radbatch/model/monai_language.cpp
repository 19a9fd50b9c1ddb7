#include "radbatch/model/monai_language.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

constexpr std::string_view separator = "::";
constexpr std::size_t longest_chain = 64;

std::string trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\n");
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(" \t\n") - begin + 1));
}

/// '#' was the separator of ids before MONAI 1.4.
std::string with_new_separator(std::string text) {
  for (std::size_t at = text.find('#'); at != std::string::npos; at = text.find('#', at))
    text.replace(at, 1, separator);
  return text;
}

std::vector<std::string> parts_of(const std::string& id) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= id.size();) {
    const std::size_t end = std::min(id.find(separator, begin), id.size());
    parts.push_back(id.substr(begin, end - begin));
    begin = end + separator.size();
  }
  return parts;
}

bool is_word(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
  });
}

/// The id of "@id" or "%id" made absolute, or nothing when the text is no reference. A relative id begins
/// with one separator for the level of `from`, with two for the one above, and so on.
std::optional<std::string> target_of(const std::string& text, const std::string& from) {
  if (text.size() < 2 || (text.front() != '@' && text.front() != '%')) return std::nullopt;
  std::string target = with_new_separator(text.substr(1));
  if (!is_word(target)) return std::nullopt;
  std::size_t levels = 0;
  while (target.starts_with(separator)) {
    target.erase(0, separator.size());
    ++levels;
  }
  if (levels == 0) return target;
  std::vector<std::string> parts = parts_of(from);
  parts.resize(parts.size() - std::min(levels, parts.size()));
  parts.push_back(target);
  return join(parts, separator);
}

/// "(x)" -> "x", where the brackets belong together.
std::string without_brackets(const std::string& text) {
  if (!text.starts_with('(') || !text.ends_with(')')) return text;
  const std::string inner = text.substr(1, text.size() - 2);
  return inner.find_first_of("(),") == std::string::npos ? trimmed(inner) : text;
}

/// "torch.float32", "np.float32": names of sample types, which are not looked up but compared as text.
bool names_sample_type(const std::string& text) {
  static constexpr std::array<std::string_view, 3> modules{"torch.", "np.", "numpy."};
  static constexpr std::array<std::string_view, 9> types{"float16", "float32", "float64", "float", "double",
                                                         "half",    "uint8",   "int16",   "int32"};
  return std::ranges::any_of(modules, [&](std::string_view module) {
    return text.starts_with(module) && std::ranges::find(types, text.substr(module.size())) != types.end();
  });
}

/// Numbers and lists or tuples of them, True, False, None: what reads the same in Python and, nearly, in
/// JSON.
std::optional<Json> literal(const std::string& text) {
  if (text == "None") return Json();
  if (text == "True" || text == "False") return Json(text == "True");
  if (text.find_first_not_of("0123456789+-.eE,[]() ") != std::string::npos) return std::nullopt;
  std::string json = text;
  std::ranges::replace(json, '(', '[');
  std::ranges::replace(json, ')', ']');
  Json value = Json::parse(json, nullptr, false);
  return value.is_discarded() ? std::nullopt : std::optional(std::move(value));
}

/// The references of "@a + @b", absolute; empty when the text is anything else.
std::vector<std::string> joined_targets(const std::string& text, const std::string& from) {
  std::vector<std::string> targets;
  for (const std::string& part : split(text, '+')) {
    const std::string word = trimmed(part);
    const auto target = word.starts_with('@') ? target_of(word, from) : std::nullopt;
    if (!target) return {};
    targets.push_back(*target);
  }
  return targets;
}

bool is_true(const Json& value) {
  if (value.is_string()) return to_lower_ascii(trimmed(value.get<std::string>())) == "true";
  return value.is_boolean() && value.get<bool>();
}

std::string last_word(const Json& component) {
  const std::string target =
      component.value("_target_", Json("")).is_string() ? component.value("_target_", "") : "";
  return target.substr(target.rfind('.') + 1);
}

}  // namespace

Json parse_python_json(std::string_view text, const std::string& what) {
  static constexpr std::array<std::string_view, 3> words{"NaN", "-Infinity", "Infinity"};
  std::string json;
  bool in_text = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view rest = text.substr(i);
    if (!in_text) {
      const auto found =
          std::ranges::find_if(words, [&](std::string_view word) { return rest.starts_with(word); });
      if (found != words.end()) {
        json += '"' + std::string(*found) + '"';
        i += found->size() - 1;
        continue;
      }
    }
    if (text[i] == '"') in_text = !in_text;
    json += text[i];
    if (in_text && text[i] == '\\' && i + 1 < text.size()) json += text[++i];
  }
  return parse_json(json, what);
}

/// Remembers that the references of an entry are being followed, for messages and against circles.
class MonaiLanguage::Visit {
 public:
  Visit(MonaiLanguage& language, const std::string& id) : language_(language) {
    if (language_.path_.size() >= longest_chain) language_.refuse(id, "refers to itself");
    language_.path_.push_back(id);
  }
  ~Visit() { language_.path_.pop_back(); }
  Visit(const Visit&) = delete;

 private:
  MonaiLanguage& language_;
};

void MonaiLanguage::refuse(const std::string& id, const std::string& problem, const std::string& hint) const {
  const std::string user =
      path_.empty() || path_.front() == id ? "" : " (used by " + printable(path_.front()) + ")";
  throw Error(ExitCode::usage, file_ + ": " + printable(id) + user + ": " + problem, hint);
}

const Json* MonaiLanguage::find(const std::string& id) const {
  const Json* here = &config_;
  for (const std::string& part : parts_of(with_new_separator(id))) {
    if (here->is_object() && here->contains(part)) {
      here = &here->at(part);
    } else if (here->is_array() && !part.empty() &&
               part.find_first_not_of("0123456789") == std::string::npos && part.size() < 9 &&
               std::stoul(part) < here->size()) {
      here = &here->at(std::stoul(part));
    } else {
      return nullptr;
    }
  }
  return here;
}

bool MonaiLanguage::has(const std::string& id) const {
  return find(id) != nullptr;
}

const Json& MonaiLanguage::at(const std::string& target, const std::string& from) const {
  if (const Json* found = find(target)) return *found;
  refuse(from, fmt::format("refers to @{}, which is not in the file", printable(target)));
}

Json MonaiLanguage::resolved(const Json& value, const std::string& id) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    if (text.starts_with('$')) return expression(text, id);
    if (const auto target = target_of(text, id)) {
      const Visit visit(*this, id);
      return resolved(at(*target, id), *target);
    }
    if (text.starts_with('%'))
      refuse(id, fmt::format("\"{}\" takes a part of another file", printable(text)), "write that part here");
    return value;
  }
  Json result = value;
  if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i)
      result[i] = resolved(value[i], fmt::format("{}::{}", id, i));
  } else if (value.is_object()) {
    for (auto& [key, entry] : result.items()) entry = resolved(value[key], id + "::" + key);
  }
  return result;
}

Json MonaiLanguage::expression(const std::string& text, const std::string& id) {
  const std::string body = without_brackets(trimmed(text.substr(1)));
  if (names_sample_type(body)) return body;
  if (auto value = literal(body)) return *value;
  if (const std::vector<std::string> targets = joined_targets(body, id); !targets.empty())
    return joined(targets, id);
  if (body.starts_with("not ")) {
    const auto target = target_of(trimmed(body.substr(4)), id);
    const Visit visit(*this, id);
    const Json value = target ? resolved(at(*target, id), *target) : Json();
    if (value.is_boolean()) return !value.get<bool>();
  }
  refuse(id, fmt::format("\"{}\" is Python, and a plan is never evaluated as code", printable(text)),
         "write the value itself in a copy of the file, or the whole plan into radbatch.json");
}

Json MonaiLanguage::joined(const std::vector<std::string>& targets, const std::string& id) {
  const Visit visit(*this, id);
  if (targets.size() == 1) return resolved(at(targets[0], id), targets[0]);
  Json all = Json::array();
  for (const std::string& target : targets) {
    const Json list = resolved(at(target, id), target);
    if (!list.is_array()) refuse(id, fmt::format("joins @{}, which is no list", printable(target)));
    all.insert(all.end(), list.begin(), list.end());
  }
  return all;
}

std::vector<MonaiItem> MonaiLanguage::components(const std::string& id) {
  std::vector<MonaiItem> all;
  add_components(at(id, id), with_new_separator(id), all);
  return all;
}

void MonaiLanguage::add_components(const Json& value, const std::string& id, std::vector<MonaiItem>& all) {
  if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) add_component(value[i], fmt::format("{}::{}", id, i), all);
    return;
  }
  if (value.is_object()) return add_component(value, id, all);
  const std::string text = value.is_string() ? value.get<std::string>() : "";
  std::vector<std::string> targets;
  if (text.starts_with('$')) targets = joined_targets(without_brackets(trimmed(text.substr(1))), id);
  if (const auto target = target_of(text, id)) targets = {*target};
  if (targets.empty() && text.starts_with('$')) expression(text, id);  // which refuses it
  if (targets.empty()) refuse(id, "is no list of transforms");
  const Visit visit(*this, id);
  for (const std::string& target : targets) add_components(at(target, id), target, all);
}

void MonaiLanguage::add_component(const Json& value, const std::string& id, std::vector<MonaiItem>& all) {
  if (!value.is_object()) return add_components(value, id, all);
  if (value.contains("_disabled_") && is_true(resolved(value["_disabled_"], id + "::_disabled_"))) return;
  if (last_word(value) != "Compose") return all.push_back({value, id});
  if (!value.contains("transforms")) refuse(id, "is a Compose without transforms");
  add_components(value["transforms"], id + "::transforms", all);
}

}  // namespace radbatch
