#include "radbatch/model/monai_language.hpp"

#include <doctest/doctest.h>

#include "error_text.hpp"

using namespace radbatch;

namespace {

const Json config = Json::parse(R"({
  "a": {"b": [1, 2, {"c": "deep"}]}, "list": [3], "flag": true, "loop": "@loop",
  "mail": "someone@example", "key": "image", "outer": {"inner": {"here": 7}, "x": 8}})");

Json resolved(const Json& value, const std::string& id = "entry") {
  MonaiLanguage language(config, "f.json");
  return language.resolved(value, id);
}

std::string refusal(const Json& value) {
  return test::error_of([&] { resolved(value); });
}

}  // namespace

TEST_CASE("references are followed by name, key and index, with either separator") {
  CHECK(resolved("@a::b::1") == 2);
  CHECK(resolved("@a#b#2#c") == "deep");
  CHECK(resolved("%a::b::0") == 1);
  CHECK(resolved({{"keys", "@key"}, {"n", {"@list::0"}}}) == Json({{"keys", "image"}, {"n", {3}}}));
  CHECK(resolved("@mail") == "someone@example");
  CHECK(resolved("not @a::b") == "not @a::b");  // only a whole text is a reference
}

TEST_CASE("relative ids begin at the entry that holds them") {
  CHECK(resolved("@#here", "outer::inner::y") == 7);
  CHECK(resolved("@##x", "outer::inner::y") == 8);
  CHECK(resolved("@::::x", "outer::inner::y") == 8);
}

TEST_CASE("the closed list of expressions") {
  CHECK(resolved("$@a::b::0") == 1);
  CHECK(resolved("$@a::b + @list") == Json::parse(R"([1, 2, {"c": "deep"}, 3])"));
  CHECK(resolved("$not @flag") == false);
  CHECK(resolved("$torch.float32") == "torch.float32");
  CHECK(resolved("$np.float64") == "np.float64");
  CHECK(resolved("$[1.5, -2, 3e2]") == Json({1.5, -2, 300.0}));
  CHECK(resolved("$(1, 2)") == Json({1, 2}));
  CHECK(resolved("$(3)") == 3);
  CHECK(resolved("$None").is_null());
  CHECK(resolved("$True") == true);
}

TEST_CASE("every other expression is refused by its key") {
  CHECK(refusal("$1 + 2").starts_with("2: f.json: entry: \"$1 + 2\" is Python"));
  CHECK(refusal("$__import__('os').system('x')").find("is Python") != std::string::npos);
  CHECK(refusal("$torch.load('x')").find("is Python") != std::string::npos);
  CHECK(refusal("$@key + '/x'").find("is Python") != std::string::npos);
  CHECK(refusal("$not @key").find("is Python") != std::string::npos);
  CHECK(refusal("$@key + @list") == "2: f.json: entry: joins @key, which is no list");
}

TEST_CASE("references that lead nowhere, in a circle or into another file are refused") {
  CHECK(refusal("@nothing") == "2: f.json: entry: refers to @nothing, which is not in the file");
  CHECK(refusal("@a::b::9") == "2: f.json: entry: refers to @a::b::9, which is not in the file");
  CHECK(refusal("@loop") == "2: f.json: loop (used by entry): refers to itself");
  CHECK(refusal("%other.json::x") ==
        "2: f.json: entry: \"%other.json::x\" takes a part of another file [write that part here]");
}

TEST_CASE("Python's NaN and Infinity are texts, which no number is read from") {
  const Json json =
      parse_python_json(R"({"a": NaN, "b": [-Infinity, Infinity], "c": "NaN \" Infinity"})", "x");
  CHECK(json == Json::parse(R"({"a": "NaN", "b": ["-Infinity", "Infinity"], "c": "NaN \" Infinity"})"));
  CHECK(test::error_of([] { parse_python_json("{", "x.json"); }).starts_with("2: x.json is not valid JSON"));
}
