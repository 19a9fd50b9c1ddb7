#include "radbatch/study/rules.hpp"

#include <doctest/doctest.h>

#include "error_text.hpp"

using namespace radbatch;
using namespace radbatch::test;

namespace {

Condition where(const char* json) {
  const Json rules{{"alternatives", {{{"where", Json::parse(json)}}}}};
  return parse_input_rules(rules, "x").alternatives.front().where;
}

/// Why the image does not meet the condition; empty when it does.
std::string why_not(const char* json, const Json& attributes) {
  return mismatch(where(json), attributes);
}

std::string error_in(const char* json) {
  return error_of([&] { parse_rule_set(Json::parse(json), "r.json"); });
}

const Json head{
    {"Modality", "CT"},     {"SeriesDescription", "ＨＥＡＤ 5mm"}, {"ImageType", "ORIGINAL\\PRIMARY\\AXIAL"},
    {"slice_step_mm", 5.0}, {"PixelSpacing", {0.5, 0.4}},          {"is_derived", false}};

}  // namespace

TEST_CASE("equality is of texts without case, of numbers by value, of one among several values") {
  CHECK(why_not(R"({"field": "Modality", "equals": "ct"})", head) == "");
  CHECK(why_not(R"({"field": "SeriesDescription", "equals": "head 5mm"})", head) == "");
  CHECK(why_not(R"({"field": "ImageType", "equals": "axial"})", head) == "");
  CHECK(why_not(R"({"field": "slice_step_mm", "equals": 5})", head) == "");
  CHECK(why_not(R"({"field": "is_derived", "equals": false})", head) == "");
  CHECK(why_not(R"({"field": "Modality", "one_of": ["MR", "PT"]})", head) == "Modality is CT, not MR or PT");
}

TEST_CASE("ranges hold their ends, open ones too, and every value") {
  CHECK(why_not(R"({"field": "slice_step_mm", "range": [3, 5]})", head) == "");
  CHECK(why_not(R"({"field": "slice_step_mm", "range": [5.5, null]})", head) ==
        "slice_step_mm is 5, not at least 5.5");
  CHECK(why_not(R"({"field": "slice_step_mm", "range": [null, 2]})", head) ==
        "slice_step_mm is 5, not at most 2");
  CHECK(why_not(R"({"field": "PixelSpacing", "range": [0.45, 1]})", head) ==
        "PixelSpacing is 0.5\\0.4, not 0.45 to 1");
}

TEST_CASE("expressions read NFKC text in any case") {
  CHECK(why_not(R"({"field": "SeriesDescription", "matches": "^head"})", head) == "");
  CHECK(why_not(R"({"field": "SeriesDescription", "matches": "bone|骨"})", head) ==
        "SeriesDescription is ＨＥＡＤ 5mm, not like /bone|骨/");
}

TEST_CASE("what is absent is rejected unless the rule accepts it") {
  CHECK(why_not(R"({"field": "body_part", "equals": "head"})", head) == "body_part is absent, not head");
  CHECK(why_not(R"({"field": "body_part", "equals": "head", "absent": "accept"})", head) == "");
  CHECK(why_not(R"({"field": "body_part", "present": true})", head) == "body_part is absent");
  CHECK(why_not(R"({"field": "body_part", "present": false})", head) == "");
}

TEST_CASE("and, or, not") {
  CHECK(why_not(R"({"not": {"field": "SeriesDescription", "matches": "head"}})", head) ==
        "SeriesDescription is ＨＥＡＤ 5mm, which is excluded");
  CHECK(why_not(R"({"not": {"field": "view", "equals": "PA"}})", head) == "");
  CHECK(
      why_not(R"({"any": [{"field": "Modality", "equals": "MR"}, {"field": "slice_step_mm", "equals": 5}]})",
              head) == "");
  CHECK(why_not(R"({"any": [{"field": "Modality", "equals": "MR"}, {"field": "view", "equals": "PA"}]})",
                head) == "Modality is CT, not MR and view is absent, not PA");
  CHECK(why_not(R"([{"field": "Modality", "equals": "CT"}, {"field": "slice_step_mm", "equals": 1}])",
                head) == "slice_step_mm is 5, not 1");
}

TEST_CASE("a rule set that is half understood is refused, naming the key and the nearest") {
  CHECK(error_in(R"({"format_version": "1.0", "inputs": {"image": {"alternative": []}}})") ==
        "2: r.json: inputs.image has the unknown key 'alternative' [did you mean 'alternatives'?]");
  CHECK(error_in(R"({"format_version": "1.0", "inputs": {"image": {"alternatives": [
                      {"where": {"field": "kernel_clas", "equals": "soft"}}]}}})") ==
        "2: r.json: inputs.image.alternatives[0].where.field is 'kernel_clas', which is no keyword or field "
        "that the scan "
        "gives [did you mean 'kernel_class'?]");
  CHECK(error_in(R"({"format_version": "1.0", "inputs": {"image": {"alternatives": [
                      {"where": [{"field": "Modality", "equal": "CT"}]}]}}})") ==
        "2: r.json: inputs.image.alternatives[0].where[0] has the unknown key 'equal' [did you mean "
        "'equals'?]");
  CHECK(error_in(R"({"format_version": "1.0", "inputs": {"image": {"on_many": "any"}}})") ==
        "2: r.json: inputs.image.on_many is 'any'; error, first, most-slices, newest, all are possible");
  CHECK(error_in(R"({"format_version": "2.0", "inputs": {}})") ==
        "2: r.json: needs \"format_version\": \"1.0\"; this version reads 1.x");
  CHECK(error_in(R"({"format_version": "1.0", "inputs": {"a": {"alternatives": [{"where":
                      {"field": "n_slices", "range": [9, 3]}}]}}})") ==
        "2: r.json: inputs.a.alternatives[0].where.range begins above its end");
}

TEST_CASE("every preset is a rule set") {
  CHECK(preset_names().size() == 6);
  for (const std::string& name : preset_names()) CHECK(load_rule_set("preset:" + name).name == name);
  CHECK(load_rule_set("preset:brain-mri-4").inputs.size() == 4);
  CHECK(error_of([] { load_rule_set("preset:head-ct-soft"); }) ==
        "2: there is no preset 'head-ct-soft' [did you mean preset:head-ct-soft-thin?]");
}
