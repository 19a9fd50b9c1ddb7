#include "radbatch/batch/conformal_table.hpp"

#include <doctest/doctest.h>

#include <fstream>

#include "../model/example_bundle.hpp"

using namespace radbatch;
using radbatch::testing::example_sidecar;
using radbatch::testing::load;
using radbatch::testing::message_of;

namespace {

/// The rule of a table with that text.
ConformalRule rule_of(const Bundle& bundle, const std::string& text, double alpha,
                      ConformalMethod method = ConformalMethod::lac) {
  const test::TemporaryFolder folder;
  std::ofstream(folder.path() / "table.csv", std::ios::binary) << text;
  return read_conformal_table(bundle, folder.path() / "table.csv", method, alpha);
}

const std::string header = "case_id,status,p_normal,p_lung_opacity,p_pneumothorax,label\n";
const std::string rows =
    "a,done,0.5,0.25,0.25,normal\n"
    "b,done,0.125,0.75,0.125,Lung Opacity\n"
    "c,done,0.25,0.25,0.5,normal\n";

Json binary() {
  Json sidecar = example_sidecar();
  sidecar["heads"] = Json::array(
      {{{"name", "h"}, {"kind", "binary"}, {"activation", "sigmoid"}, {"findings", {{{"name", "tumour"}}}}}});
  return sidecar;
}

CaseScores scores_of(std::vector<float> values) {
  CaseScores scores;
  scores.heads.push_back({std::move(values), {}, std::nullopt});
  return scores;
}

}  // namespace

TEST_CASE("a table of classes, labels by slug or name") {
  const Bundle bundle = load(example_sidecar());
  // Scores 1 - p of the truth: 0.5, 0.25, 0.75; with n = 3 and alpha 0.25 the third smallest.
  const ConformalRule rule = rule_of(bundle, header + rows, 0.25);
  CHECK(rule.thresholds == std::vector<double>{0.75});
  CHECK(rule.cases == std::vector<std::size_t>{3});
  CHECK(conformal_cells(bundle, rule, scores_of({0.25F, 0.7F, 0.05F})) ==
        std::vector<std::string>{"normal lung_opacity"});
  CHECK(conformal_cells(bundle, rule, scores_of({0.2F, 0.2F, 0.2F})) == std::vector<std::string>{"{}"});
}

TEST_CASE("rows without a label, a score or the status done are left out") {
  const Bundle bundle = load(example_sidecar());
  const std::string more = "d,done,0.5,0.25,0.25,\ne,failed,,,,normal\nf,refused,0.1,0.1,0.8,normal\n";
  CHECK(rule_of(bundle, header + rows + more, 0.25).cases == std::vector<std::size_t>{3});
}

TEST_CASE("a table that does not fit is refused with the reason") {
  const Bundle bundle = load(example_sidecar());
  const auto refused = [&](const std::string& text, double alpha) {
    return message_of([&] { rule_of(bundle, text, alpha); });
  };
  CHECK(refused("case_id,p_normal,p_lung_opacity,p_pneumothorax\n", 0.1)
            .starts_with("table.csv has no column 'label'"));
  CHECK(refused("case_id,p_normal,label\n", 0.1).starts_with("table.csv has no column 'p_lung_opacity'"));
  CHECK(refused(header + "a,done,0.5,0.25,0.25,tumour\n", 0.1) ==
        "table.csv: line 2: the label 'tumour' is no finding of the model (normal, lung_opacity, "
        "pneumothorax)");
  CHECK(refused(header + "a,done,1.5,0.25,0.25,normal\n", 0.1) ==
        "table.csv: line 2: '1.5' in the column 'p_normal' is no probability");
  CHECK(refused(header + rows, 0.1) ==
        "table.csv: conformal_set: 3 calibration cases are too few for alpha 0.1 | at least 9 are needed, or "
        "a larger "
        "--alpha");
}

TEST_CASE("a binary head: which of 0 and 1 fit") {
  const Bundle bundle = load(binary());
  const std::string table = "p_tumour,label\n0.75,1\n0.25,0.0\n0.375,1.0\n";
  const ConformalRule rule = rule_of(bundle, table, 0.25);
  CHECK(rule.thresholds == std::vector<double>{0.625});
  CHECK(conformal_columns(bundle)[0].name == "conformal_set_tumour");
  CHECK(conformal_cells(bundle, rule, scores_of({0.5F})) == std::vector<std::string>{"0 1"});
  CHECK(conformal_cells(bundle, rule, scores_of({0.9F})) == std::vector<std::string>{"1"});
  CHECK(message_of([&] { rule_of(bundle, "p_tumour,label\n0.75,yes\n", 0.5); }) ==
        "table.csv: line 2: the label 'yes' is neither 0 nor 1");
}

TEST_CASE("a multi-label head has a set for each finding, each from its own labels") {
  Json sidecar = binary();
  sidecar["heads"][0]["kind"] = "multi-label";
  sidecar["heads"][0]["findings"].push_back({{"name", "bleed"}});
  const Bundle bundle = load(sidecar);
  const std::string table = "p_tumour,p_bleed,label_tumour,label_bleed\n0.75,0.5,1,0\n0.25,0.25,0,1\n";
  const ConformalRule rule = rule_of(bundle, table, 0.5);
  CHECK(rule.thresholds == std::vector<double>{0.25, 0.75});
  CHECK(conformal_cells(bundle, rule, scores_of({0.8F, 0.8F})) == std::vector<std::string>{"1", "1"});
  CHECK(conformal_cells(bundle, rule, scores_of({0.5F, 0.5F})) == std::vector<std::string>{"{}", "0 1"});
}

TEST_CASE("a rule survives its run folder") {
  const ConformalRule rule = rule_of(load(example_sidecar()), header + rows, 0.25, ConformalMethod::aps);
  CHECK(to_json(conformal_rule_from_json(Json::parse(to_json(rule).dump()))) == to_json(rule));
}
