// Reading a rule set, strictly.
#include <algorithm>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/study/attributes.hpp"
#include "radbatch/study/derived_fields.hpp"
#include "radbatch/study/presets.hpp"
#include "radbatch/study/rules.hpp"

namespace radbatch {
namespace {

[[noreturn]] void wrong(const std::string& place, const std::string& problem, const std::string& hint = {}) {
  throw Error(ExitCode::usage, place + " " + problem, hint);
}

void check_keys(const Json& json, const std::string& place, const std::vector<std::string>& known) {
  if (!json.is_object()) wrong(place, "must be an object");
  for (const auto& [key, value] : json.items()) {
    if (std::ranges::find(known, key) != known.end()) continue;
    const std::string near = nearest(key, known);
    wrong(place, "has the unknown key '" + printable(key) + "'",
          near.empty() ? "known keys: " + join(known, ", ") : "did you mean '" + near + "'?");
  }
}

std::string text_at(const Json& json, const std::string& key, const std::string& place) {
  const auto at = json.find(key);
  if (at == json.end()) return {};
  if (!at->is_string()) wrong(place + "." + key, "must be a text");
  return at->get<std::string>();
}

bool flag_at(const Json& json, const std::string& key, bool fallback, const std::string& place) {
  const auto at = json.find(key);
  if (at == json.end()) return fallback;
  if (!at->is_boolean()) wrong(place + "." + key, "must be true or false");
  return at->get<bool>();
}

std::string field_at(const Json& json, const std::string& place) {
  const std::string field = text_at(json, "field", place);
  const std::vector<std::string>& known = rule_fields();
  if (std::ranges::find(known, field) != known.end()) return field;
  if (field.empty()) wrong(place, "has no \"field\"");
  const std::string near = nearest(field, known);
  wrong(place + ".field", "is '" + printable(field) + "', which is no keyword or field that the scan gives",
        near.empty() ? "docs/selection.md lists them" : "did you mean '" + near + "'?");
}

std::optional<double> end_of(const Json& json, const std::string& place) {
  if (json.is_null()) return std::nullopt;
  if (!json.is_number()) wrong(place, "must be [low, high], each a number or null");
  return json.get<double>();
}

void read_range(Condition& test, const Json& json, const std::string& place) {
  if (!json.is_array() || json.size() != 2) wrong(place, "must be [low, high], each a number or null");
  test.test = Condition::Test::range;
  test.low = end_of(json[0], place);
  test.high = end_of(json[1], place);
  if (!test.low && !test.high) wrong(place, "has neither end");
  if (test.low && test.high && *test.low > *test.high) wrong(place, "begins above its end");
}

void read_values(Condition& test, const Json& json, const std::string& place) {
  test.test = Condition::Test::one_of;
  const bool is_list = json.is_array();
  if (is_list && json.empty()) wrong(place, "is empty");
  for (const Json& value : is_list ? json : Json::array({json})) {
    if (!value.is_string() && !value.is_number() && !value.is_boolean()) {
      wrong(place, "must be of texts, numbers, true or false");
    }
    test.values.push_back(value);
  }
}

Condition read_test(const Json& json, const std::string& place) {
  check_keys(json, place, {"field", "equals", "one_of", "matches", "range", "present", "absent"});
  Condition test;
  test.kind = Condition::Kind::test;
  test.field = field_at(json, place);
  std::size_t n_tests = 0;
  for (const char* key : {"equals", "one_of", "matches", "range", "present"}) n_tests += json.contains(key);
  if (n_tests != 1) wrong(place, "needs one of equals, one_of, matches, range, present");
  if (json.contains("equals")) {
    if (json["equals"].is_array()) wrong(place + ".equals", "is a list", "write one_of for a list");
    read_values(test, json["equals"], place + ".equals");
  }
  if (json.contains("one_of")) {
    if (!json["one_of"].is_array()) wrong(place + ".one_of", "must be a list");
    read_values(test, json["one_of"], place + ".one_of");
  }
  if (json.contains("range")) read_range(test, json["range"], place + ".range");
  if (json.contains("matches")) {
    test.test = Condition::Test::matches;
    test.pattern = std::make_shared<Pattern>(text_at(json, "matches", place), place + ".matches");
  }
  if (json.contains("present")) {
    test.test = Condition::Test::present;
    test.wants_present = flag_at(json, "present", true, place);
  }
  const std::string absent = text_at(json, "absent", place);
  if (!absent.empty() && absent != "accept" && absent != "reject") {
    wrong(place + ".absent", "is '" + printable(absent) + "'; accept, reject are possible");
  }
  test.accepts_absent = absent == "accept";
  return test;
}

Condition read_condition(const Json& json, const std::string& place);

std::vector<Condition> read_parts(const Json& json, const std::string& place) {
  if (!json.is_array() || json.empty()) wrong(place, "must be a list of conditions");
  std::vector<Condition> parts;
  for (std::size_t i = 0; i < json.size(); ++i) {
    parts.push_back(read_condition(json[i], place + "[" + std::to_string(i) + "]"));
  }
  return parts;
}

Condition read_condition(const Json& json, const std::string& place) {
  if (json.is_array()) return {Condition::Kind::all, read_parts(json, place)};
  if (!json.is_object()) wrong(place, "must be an object or a list of them");
  const auto group = [&](const char* key) { return json.contains(key) && !json.contains("field"); };
  if (!group("all") && !group("any") && !group("not")) return read_test(json, place);
  const char* key = group("all") ? "all" : group("any") ? "any" : "not";
  check_keys(json, place, {key});
  if (key == std::string("not")) {
    return {Condition::Kind::negation, {read_condition(json["not"], place + ".not")}};
  }
  return {key == std::string("all") ? Condition::Kind::all : Condition::Kind::any,
          read_parts(json[key], place + "." + key)};
}

std::vector<SortKey> read_sort(const Json& json, const std::string& place) {
  if (!json.is_array()) wrong(place, "must be a list");
  std::vector<SortKey> keys;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const std::string here = place + "[" + std::to_string(i) + "]";
    check_keys(json[i], here, {"field", "order"});
    const std::string order = text_at(json[i], "order", here);
    if (!order.empty() && order != "ascending" && order != "descending") {
      wrong(here + ".order", "is '" + printable(order) + "'; ascending, descending are possible");
    }
    keys.push_back({field_at(json[i], here), order == "descending"});
  }
  return keys;
}

Alternative read_alternative(const Json& json, const std::string& place) {
  check_keys(json, place, {"name", "where", "sort"});
  Alternative alternative;
  alternative.name = text_at(json, "name", place);
  if (json.contains("where")) alternative.where = read_condition(json["where"], place + ".where");
  if (json.contains("sort")) alternative.sort = read_sort(json["sort"], place + ".sort");
  return alternative;
}

}  // namespace

const std::vector<std::string>& rule_fields() {
  static const std::vector<std::string> fields = [] {
    std::vector<std::string> all(series_keywords().begin(), series_keywords().end());
    all.insert(all.end(), derived_fields().begin(), derived_fields().end());
    for (const char* fact :
         {"StudyDescription", "dims", "size", "spacing_mm", "channels", "frames", "slice_step_dev_mm",
          "n_missing_slices", "n_duplicate_positions", "is_uneven", "tilt_degrees", "is_oblique",
          "is_secondary_capture", "bids_suffix", "bids_acq", "bids_ce", "bids_run", "bids_rec"}) {
      all.emplace_back(fact);
    }
    std::ranges::sort(all);
    return all;
  }();
  return fields;
}

InputRules parse_input_rules(const Json& json, const std::string& place) {
  check_keys(json, place, {"alternatives", "on_many", "localizers", "required"});
  InputRules rules;
  if (json.contains("alternatives")) {
    const Json& list = json["alternatives"];
    if (!list.is_array() || list.empty()) wrong(place + ".alternatives", "must be a list of at least one");
    for (std::size_t i = 0; i < list.size(); ++i) {
      rules.alternatives.push_back(
          read_alternative(list[i], place + ".alternatives[" + std::to_string(i) + "]"));
    }
  }
  if (const std::string policy = text_at(json, "on_many", place); !policy.empty()) {
    rules.on_many = find_on_many(policy);
    if (!rules.on_many) {
      wrong(place + ".on_many",
            "is '" + printable(policy) + "'; " + join(on_many_names(), ", ") + " are possible");
    }
  }
  const std::string localizers = text_at(json, "localizers", place);
  if (!localizers.empty() && localizers != "exclude" && localizers != "include") {
    wrong(place + ".localizers", "is '" + printable(localizers) + "'; exclude, include are possible");
  }
  rules.takes_localizers = localizers == "include";
  rules.is_required = flag_at(json, "required", true, place);
  return rules;
}

RuleSet parse_rule_set(const Json& json, const std::string& what) {
  const std::string place = what + ":";
  check_keys(json, place, {"$schema", "format_version", "name", "description", "inputs"});
  if (!text_at(json, "format_version", place).starts_with("1.")) {
    wrong(place, "needs \"format_version\": \"1.0\"; this version reads 1.x");
  }
  RuleSet rules;
  rules.name = text_at(json, "name", place);
  const auto inputs = json.find("inputs");
  if (inputs == json.end() || !inputs->is_object() || inputs->empty()) {
    wrong(place, "needs \"inputs\": an object with the rules of each input by its name");
  }
  for (const auto& [name, input] : inputs->items()) {
    rules.inputs.emplace_back(name, parse_input_rules(input, what + ": inputs." + printable(name)));
  }
  rules.json = json;
  return rules;
}

RuleSet load_rule_set(const std::string& file_or_preset) {
  constexpr std::string_view prefix = "preset:";
  if (!file_or_preset.starts_with(prefix))
    return parse_rule_set(read_json_file(file_or_preset), file_or_preset);
  return parse_rule_set(parse_json(preset_text(file_or_preset.substr(prefix.size())), file_or_preset),
                        file_or_preset);
}

std::vector<std::string> preset_names() {
  std::vector<std::string> names;
  for (const Preset& preset : presets()) names.emplace_back(preset.name);
  return names;
}

std::string preset_text(const std::string& name) {
  const std::vector<std::string> names = preset_names();
  for (const Preset& preset : presets()) {
    if (preset.name == name) return std::string(preset.text);
  }
  const std::string near = nearest(name, names);
  throw Error(ExitCode::usage, "there is no preset '" + printable(name) + "'",
              near.empty() ? "one of " + join(names, ", ") : "did you mean preset:" + near + "?");
}

}  // namespace radbatch
