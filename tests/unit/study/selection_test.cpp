#include "radbatch/study/selection.hpp"

#include <doctest/doctest.h>

#include "radbatch/base/error.hpp"
#include "radbatch/study/attributes.hpp"
#include "records.hpp"

using namespace radbatch;
using namespace radbatch::test;

namespace {

Case case_of(const std::vector<FileRecord>& records) {
  return cohort_of(records).cases.at(0);
}

/// SeriesInstanceUID of what was chosen, or the reason's code and detail.
std::string chosen(const Case& one, const SelectionRule& rule) {
  const SelectedInput input = select(one, rule).inputs.at(0);
  if (input.candidate) return one.candidates[*input.candidate].series;
  return input.reason ? std::string(code(*input.reason)) + " " + input.detail : "nothing";
}

SelectionRule by(OnMany policy) {
  SelectionRule rule;
  rule.on_many = policy;
  return rule;
}

const Json localizer{{"ImageType", "ORIGINAL\\PRIMARY\\LOCALIZER"}};

}  // namespace

TEST_CASE("the only series that fits is taken") {
  CHECK(chosen(case_of(series_of("1", 3)), {}) == "1.1");
  CHECK(chosen(case_of(series_of("1", 3) + series_of("2", 9, 3, localizer)), {}) == "1.1");
  CHECK(chosen(case_of(series_of("1", 3) + series_of("2", 9, 3, {{"Modality", "MR"}})),
               {.modality = {"MR"}}) == "1.2");
  const Json dose_sheet{{"SOPClassUID", "1.2.840.10008.5.1.4.1.1.7"}, {"SamplesPerPixel", 3}};
  CHECK(chosen(case_of(series_of("1", 3) + std::vector{slice("1", 9, 0, dose_sheet)}), {}) == "1.1");
}

TEST_CASE("several series are refused unless the user says how to choose") {
  const Case one = case_of(series_of("3", 5) + series_of("2", 8, 3, {{"AcquisitionDate", "20200102"}}) +
                           series_of("7", 8, 3, {{"AcquisitionDate", "20200103"}}));
  CHECK(chosen(one, {}) == "E_MANY_SERIES 3 images fit the input 'image'");
  CHECK(select(one, SelectionRule{}).inputs[0].hint ==
        "choose with --select RULES or --on-many first|most-slices|newest|all, or regroup with --case-by "
        "SeriesInstanceUID");
  CHECK(chosen(one, by(OnMany::first)) == "1.2");
  CHECK(chosen(one, by(OnMany::most_slices)) == "1.2");
  CHECK(chosen(one, by(OnMany::newest)) == "1.7");
}

TEST_CASE("two views in one series: the hint is to regroup by instance") {
  const Json view{{"Modality", "DX"}};
  const SelectedInput input =
      select(case_of({slice("1", 1, 0, view), slice("1", 2, 0, view)}), SelectionRule{}).inputs[0];
  CHECK(input.detail == "2 images fit the input 'image'");
  CHECK(input.hint ==
        "choose with --select RULES or --on-many first|most-slices|newest|all, or regroup with --case-by "
        "SOPInstanceUID");
}

TEST_CASE("every series and member has a row that says why") {
  FileRecord report = slice("5", 1, 0, {{"Modality", "SR"}});
  report.reason = Reason::not_image;
  const Case one = case_of(series_of("1", 3) + series_of("2", 5) + series_of("3", 1, 3, localizer) +
                           std::vector{report, slice("4", 1, 0, {{"Modality", "US"}})});
  SelectionRule rule = by(OnMany::most_slices);
  rule.modality = {"CT", "MR"};
  const Selection selection = select(one, rule);
  REQUIRE(selection.rows.size() == 5);
  CHECK(selection.rows[0].rule == "most-slices: 5, of 2 images");
  CHECK(selection.rows[0].reason == Reason::not_selected);
  CHECK(selection.rows[1].is_selected);
  CHECK_FALSE(selection.rows[1].reason.has_value());
  CHECK(selection.rows[2].rule == "localizer");
  CHECK(selection.rows[3].rule == "modality US, not CT or MR");
  CHECK(selection.rows[3].instance == "9.4.1");
  CHECK(selection.rows[4].series == "1.5");
  CHECK(selection.rows[4].reason == Reason::not_image);
}

TEST_CASE("a case without a fitting image says what it has instead") {
  CHECK(chosen(Case{}, {}) == "E_NO_SERIES the case has no image");
  CHECK(chosen(case_of(series_of("1", 3)), {.modality = {"MR", "PT"}}) ==
        "E_MODALITY the case has CT, the model takes MR, PT");
  CHECK(chosen(case_of(series_of("1", 3, 3, localizer)), {}) == "E_NO_SERIES the case has only localizers");
  CHECK(chosen(case_of(series_of("1", 1)), {.dims = {3}}) ==
        "E_DIMENSION no image of the case has 3 dimensions");
  CHECK(chosen(Case{}, {.is_required = false}) == "nothing");
}

TEST_CASE("a picture without Modality is accepted") {
  CHECK(chosen(case_of({image_file("a.png")}), {.modality = {"CT"}}) == "");
}

TEST_CASE("a damaged series is not silently replaced by another") {
  std::vector<FileRecord> damaged = series_of("1", 4);
  damaged[0].reason = Reason::truncated_pixels;
  damaged[0].detail = "short";
  const Case one = case_of(damaged + series_of("2", 2));
  CHECK(chosen(one, {}) == "E_MANY_SERIES 2 images fit the input 'image'");
  CHECK(chosen(one, by(OnMany::most_slices)) == "E_TRUNCATED_PIXELS file 1 of 4: short");
  CHECK(select(one, by(OnMany::most_slices)).rows[0].reason == Reason::truncated_pixels);
}

TEST_CASE("uneven slices are refused where the rule says so") {
  const Case one = case_of({slice("1", 1, 0), slice("1", 2, 3), slice("1", 3, 6), slice("1", 4, 12)});
  CHECK(chosen(one, {}) == "1.1");
  CHECK(chosen(one, {.uneven_slices = UnevenSlices::refuse}) ==
        "E_SLICE_GAP steps between slices depart by up to 3 mm from the usual 3 mm");
}

TEST_CASE("named inputs go to their name, and a missing one is named") {
  Case one = case_of(series_of("1", 2) + series_of("2", 2));
  one.candidates[0].input = "t1";
  one.candidates[1].input = "flair";
  std::vector<SelectionRule> rules(3);
  rules[0].input = "flair";
  rules[1].input = "t1";
  rules[2].input = "t2";
  const Selection selection = select(one, rules);
  CHECK(selection.inputs[0].candidate == 1);
  CHECK(selection.inputs[1].candidate == 0);
  REQUIRE(selection.fault() != nullptr);
  CHECK(selection.fault()->reason == Reason::missing_input);
  CHECK(selection.fault()->detail == "no image of the case is named t2");
  CHECK(selection.rows.size() == 6);
}

TEST_CASE("what somebody named is taken without asking the rules, and before what they would find") {
  Case one = case_of(series_of("1", 2) + series_of("2", 2));
  SelectionRule rule;
  rule.input = "t1";
  rule.alternatives =
      parse_input_rules({{"alternatives", {{{"where", {{"field", "SeriesNumber"}, {"equals", "77"}}}}}}},
                        "test")
          .alternatives;
  CHECK(chosen(one, rule) == "E_NO_SERIES no image of the case meets the rules of the input 't1'");
  one.candidates[1].input = "t1";
  CHECK(chosen(one, rule) == "1.2");
}

namespace {

SelectionRule with_rules(const char* alternatives) {
  SelectionRule rule;
  rule.alternatives = parse_input_rules({{"alternatives", Json::parse(alternatives)}}, "x").alternatives;
  return rule;
}

const char* thick_then_thin = R"([
  {"name": "thick", "where": {"field": "slice_step_mm", "range": [3, null]}},
  {"name": "thin", "where": {"field": "slice_step_mm", "range": [null, 2]}}])";

}  // namespace

TEST_CASE("the first alternative that any image meets counts") {
  const auto thin = series_of("1", 9, 1), thick = series_of("2", 3, 5);
  CHECK(chosen(case_of(thin + thick), with_rules(thick_then_thin)) == "1.2");
  CHECK(chosen(case_of(thin), with_rules(thick_then_thin)) == "1.1");
  const Selection selection = select(case_of(thin + thick), with_rules(thick_then_thin));
  CHECK(selection.rows[0].rule == "thick: slice_step_mm is 1, not at least 3");
  CHECK(selection.rows[1].rule == "thick: the only one that fits");
}

TEST_CASE("an image that meets no alternative learns why not, of each") {
  const Case one = case_of(series_of("1", 4, 2.5));
  CHECK(chosen(one, with_rules(thick_then_thin)) ==
        "E_NO_SERIES no image of the case meets the rules of the input 'image'");
  CHECK(select(one, with_rules(thick_then_thin)).rows[0].rule ==
        "thick: slice_step_mm is 2.5, not at least 3; thin: slice_step_mm is 2.5, not at most 2");
}

TEST_CASE("sort keys break ties, what is absent comes last") {
  const auto newest = with_rules(
      R"([{"sort": [{"field": "acquisition_order", "order": "descending"}, {"field": "n_slices"}]}])");
  const Json early{{"AcquisitionDate", "20260101"}, {"AcquisitionTime", "100000"}},
      late{{"AcquisitionDate", "20260101"}, {"AcquisitionTime", "100100"}};
  const Case one = case_of(series_of("1", 9, 3, early) + series_of("2", 5, 3, late) +
                           series_of("3", 4, 3, late) + series_of("4", 4, 3));
  CHECK(chosen(one, newest) == "1.3");
  const Selection selection = select(one, newest);
  CHECK(selection.rows[0].rule == "acquisition_order 1, another has 2");
  CHECK(selection.rows[1].rule == "n_slices 5, another has 4");
  CHECK(selection.rows[3].rule == "acquisition_order absent, another has 2");
}

TEST_CASE("on_many all makes a case of each image and loses no file") {
  SelectionRule rule = by(OnMany::all);
  const Cohort cohort = cohort_of(series_of("1", 3) + series_of("2", 5) + series_of("3", 1, 3, localizer));
  const std::vector<Case> parts = one_image_each(cohort.cases, std::span(&rule, 1));
  REQUIRE(parts.size() == 2);
  CHECK(parts[0].files.size() + parts[1].files.size() == 9);
  for (const Case& part : parts) {
    CHECK(part.id.starts_with(cohort.cases[0].id + "-"));
    CHECK(select(part, rule).fault() == nullptr);
  }
  const std::vector<Case> again = one_image_each(parts, std::span(&rule, 1));
  CHECK(again[0].id == parts[0].id);
}

TEST_CASE("a rule set is laid over the inputs of a model by name") {
  std::vector<SelectionRule> inputs(2);
  inputs[0].input = "t1";
  inputs[1].input = "flair";
  CHECK_THROWS_WITH_AS(apply_rules(load_rule_set("preset:brain-mri-4"), inputs),
                       "the rules speak of the input 't1c', the model has t1, flair", Error);
  std::vector<SelectionRule> one(1);
  one[0].input = "ct";
  apply_rules(load_rule_set("preset:head-ct-soft-thick"), one);
  CHECK(one[0].alternatives.size() == 1);
}

TEST_CASE("two views in one series: the preset takes the frontal one") {
  const std::vector<SelectionRule> rules = rules_of(load_rule_set("preset:chest-xray-frontal"));
  const auto shot = [](int n, const char* view) {
    return slice("1", n, 0, {{"Modality", "DX"}, {"ViewPosition", view}, {"BodyPartExamined", "CHEST"}});
  };
  const Case one = case_of({shot(1, "LL"), shot(2, "AP"), shot(3, "PA")});
  const Selection selection = select(one, rules);
  REQUIRE(selection.fault() == nullptr);
  CHECK(one.candidates[*selection.inputs[0].candidate].instance == "9.1.3");
}

TEST_CASE("contrast phases in one series: the preset takes the latest") {
  const std::vector<SelectionRule> rules = rules_of(load_rule_set("preset:abdomen-ct-latest-phase"));
  std::vector<FileRecord> records;
  for (int phase = 1; phase <= 3; ++phase) {
    for (FileRecord one : series_of("1", 20, 5,
                                    {{"AcquisitionNumber", phase},
                                     {"BodyPartExamined", "ABDOMEN"},
                                     {"AcquisitionDate", "20260101"},
                                     {"AcquisitionTime", "10" + std::to_string(10 + phase) + "00"}})) {
      one.path += "/" + std::to_string(phase);
      one.attributes["SOPInstanceUID"] =
          text_of(one.attributes, "SOPInstanceUID") + "." + std::to_string(phase);
      records.push_back(one);
    }
  }
  const Case one = case_of(records);
  REQUIRE(one.candidates.size() == 3);
  const Selection selection = select(one, rules);
  REQUIRE(selection.fault() == nullptr);
  CHECK(text_of(one.candidates[*selection.inputs[0].candidate].attributes, "s_since_first_acquisition") ==
        "120");
}

namespace {

/// Two inputs that take the series with this SeriesDescription.
std::vector<SelectionRule> t1_and_t2(const char* t1 = "T1", const char* t2 = "T2") {
  std::vector<SelectionRule> rules(2);
  const auto described = [](const char* text) {
    return parse_input_rules(
               {{"alternatives", {{{"where", {{"field", "SeriesDescription"}, {"matches", text}}}}}}},
               "rules")
        .alternatives;
  };
  rules[0].input = "t1";
  rules[0].alternatives = described(t1);
  rules[1].input = "t2";
  rules[1].alternatives = described(t2);
  return rules;
}

const Json t1_series{{"Modality", "MR"}, {"SeriesDescription", "AX T1"}};
const Json t2_series{{"Modality", "MR"}, {"SeriesDescription", "AX T2"}};

}  // namespace

TEST_CASE("several inputs: each gets its own series, and every row names the input") {
  const Case one = case_of(series_of("1", 3, 3, t1_series) + series_of("2", 3, 3, t2_series));
  const Selection selection = select(one, t1_and_t2());
  REQUIRE(selection.fault() == nullptr);
  CHECK(one.candidates[*selection.inputs[0].candidate].series == "1.1");
  CHECK(one.candidates[*selection.inputs[1].candidate].series == "1.2");
  REQUIRE(selection.rows.size() == 4);
  CHECK(selection.rows[0].input == "t1");
  CHECK(selection.rows[3].input == "t2");
  CHECK(selection.rows[3].is_selected);
}

TEST_CASE("several inputs: the fault names the input that is missing or has too many") {
  const Case without = case_of(series_of("1", 3, 3, t1_series));
  const Selection lacking = select(without, t1_and_t2());
  REQUIRE(lacking.fault());
  CHECK(lacking.fault()->reason == Reason::missing_input);
  CHECK(lacking.fault()->detail == "no image of the case meets the rules of the input 't2'");
  const Case twice = case_of(series_of("1", 3, 3, t1_series) + series_of("2", 3, 3, t2_series) +
                             series_of("3", 3, 3, t2_series));
  const Selection torn = select(twice, t1_and_t2());
  REQUIRE(torn.fault());
  CHECK(torn.fault()->reason == Reason::many_series);
  CHECK(torn.fault()->detail == "2 images fit the input 't2'");
}

TEST_CASE(
    "several inputs: an input of another modality that the case lacks is missing, not another model's") {
  std::vector<SelectionRule> rules(2);
  rules[0].input = "ct";
  rules[0].modality = {"CT"};
  rules[1].input = "pet";
  rules[1].modality = {"PT"};
  const Selection selection = select(case_of(series_of("1", 3)), rules);
  REQUIRE(selection.fault());
  CHECK(selection.fault()->reason == Reason::missing_input);
  CHECK(selection.fault()->detail == "input 'pet': the case has CT, the model takes PT");
}

TEST_CASE("several inputs: one image serves one input") {
  const Case one = case_of(series_of("1", 3, 3, t1_series));
  const Selection selection = select(one, t1_and_t2("T1", "AX"));
  REQUIRE(selection.fault());
  CHECK(selection.fault()->reason == Reason::many_series);
  CHECK(selection.fault()->detail == "one image fits the inputs 't1' and 't2', and may serve only one");
  CHECK_FALSE(selection.rows[1].is_selected);
}

TEST_CASE("several inputs: a tensor stands for all of them") {
  Case one;
  one.id = "a";
  one.candidates.resize(1);
  one.candidates[0].input = "image";
  one.candidates[0].source.kind = FileKind::tensor;
  const Selection selection = select(one, t1_and_t2());
  CHECK(selection.fault() == nullptr);
  CHECK(selection.inputs[1].candidate == 0);
}
