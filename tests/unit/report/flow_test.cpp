#include <doctest/doctest.h>

#include <limits>

#include "example_run.hpp"
#include "radbatch/report/flow_chart.hpp"
#include "radbatch/report/flow_part.hpp"

using namespace radbatch;

namespace {

constexpr double NOT_A_NUMBER = std::numeric_limits<double>::quiet_NaN();

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Labels of the example run's cases a, b, c (validation), d (truth unknown) and e (failed) for one finding.
AnalysisData example_data() {
  AnalysisData data;
  data.findings = {{"Hand", "hand", "p_hand", 0.5, ""}};
  data.kind = TruthKind::findings;
  data.unit_ids = {"a", "b", "c", "d", "e"};
  data.cluster = {0, 0, 1, 2, 3};
  data.n_clusters = 4;
  data.has_patients = true;
  data.is_test = {1, 1, 0, 1, 1};
  data.is_done = {1, 1, 1, 1, 0};
  Rater model;
  model.scores = {{0.9, 0.2, 0.6, 0.3, NOT_A_NUMBER}};
  model.decisions = {{Answer::yes, Answer::no, Answer::yes, Answer::no, Answer::unknown}};
  data.raters = {model};
  data.truth = {{Answer::yes, Answer::yes, Answer::no, Answer::unknown, Answer::no}};
  return data;
}

ReportPart part_of(const AnalysisData& data, const RunData& run, const std::string& language = "en") {
  const Language lang(language);
  return flow_part({data, lang}, run);
}

}  // namespace

TEST_CASE("the flow says in words what it shows") {
  const std::string picture = flow_chart(flow_counts(load_run(make_example_run("flow"))), Language());
  CHECK(contains(
      picture,
      "<title>What happened to the cases</title><desc>Of 6 cases: 4 done, 1 skipped, 1 failed.</desc>"));
  CHECK(contains(picture, ">Files in no case (n\u00A0=\u00A02)</text>"));
  CHECK(contains(picture, ">E_NOT_IMAGE 2</text>"));
  CHECK(contains(picture, ">E_BAD_HEADER 1</text>"));
}

TEST_CASE("every unit of the labels is counted once on its way to the analysis") {
  const RunData run = load_run(make_example_run("flow-units"));
  const FlowUnits units = *flow_counts(run, example_data()).units;
  CHECK_FALSE(units.are_patients);
  CHECK(units.labelled == 5);
  CHECK(units.without_result == 1);
  CHECK(units.not_test == 1);
  CHECK(units.not_judged == 1);
  CHECK(units.analysed == 2);
  CHECK(units.patients == 1);
  CHECK(units.findings[0].positive == 2);
  CHECK(units.findings[0].negative == 0);
  CHECK(units.findings[0].true_positive == 1);
  CHECK(units.findings[0].false_negative == 1);
}

TEST_CASE("each number of the diagram is in the part's numbers") {
  const RunData run = load_run(make_example_run("flow-numbers"));
  const ReportPart part = part_of(example_data(), run);
  CHECK(part.numbers["files_found"] == 8);
  CHECK(part.numbers["files_in_no_case"] == 2);
  CHECK(part.numbers["cases"] == 6);
  CHECK(part.numbers["eligible"] == 5);
  CHECK(part.numbers["by_reason"]["failed"]["E_BAD_HEADER"] == 1);
  CHECK(part.numbers["without_label"] == 0);
  CHECK(part.numbers["labelled_with_result"] == 4);
  CHECK(part.numbers["not_in_test_set"] == 1);
  CHECK(part.numbers["analysed"] == 2);
  CHECK(part.numbers["findings"][0]["true_positive"] == 1);
  CHECK(contains(part.html, ">called positive (n\u00A0=\u00A01)</text>"));
}

TEST_CASE("without labels the flow ends at the results; units that are no cases are patients") {
  const RunData run = load_run(make_example_run("flow-bare"));
  CHECK_FALSE(contains(part_of(AnalysisData(), run).html, "analysed"));
  AnalysisData data = example_data();
  data.unit_ids = {"p1", "p2", "p3", "p4", "p5"};
  CHECK(contains(part_of(data, run).html, "Patients analysed"));
  CHECK_FALSE(part_of(data, run).numbers.contains("without_label"));
}

TEST_CASE("several findings stand in a table, decisions that are missing are not counted as no") {
  AnalysisData data = example_data();
  data.findings.push_back({"肺 <b>", "lung", "p_lung", {}, ""});
  data.raters[0].scores.push_back(data.raters[0].scores[0]);
  data.raters[0].decisions.push_back({});
  data.truth.push_back(data.truth[0]);
  const ReportPart part = part_of(data, load_run(make_example_run("flow-two")), "zh");
  CHECK(part.tables.at(0).rows.size() == 2);
  CHECK(contains(part.html, "肺 &lt;b&gt;"));
  CHECK(contains(part.html, "纳入分析的病例"));
  CHECK_FALSE(part.numbers["findings"][1].contains("true_positive"));
}

TEST_CASE("a run without cases has no flow") {
  CHECK(part_of(AnalysisData(), RunData()).html.empty());
}
