#include "radbatch/report/evaluation.hpp"

#include <doctest/doctest.h>

#include "example_run.hpp"

using namespace radbatch;

namespace {
Evaluation evaluate_text(const RunData& run, std::string_view text) {
  const Labels labels = read_labels(text, "labels.csv", run.findings);
  return evaluate(run, labels, join_labels(run, labels, "labels.csv"));
}
}  // namespace

TEST_CASE("one label per case gives a confusion matrix, accuracy and AUROC per finding") {
  const RunData run = load_run(make_example_run("evaluate"));
  // predicted: a Hand, b lung, c Hand, d lung; c is wrong
  const Evaluation evaluation = evaluate_text(run, "case_id,label\na,Hand\nb,lung\nc,lung\nd,lung\ne,Hand\n");
  REQUIRE(evaluation.confusion);
  CHECK(evaluation.confusion->count(0, 0) == 1);
  CHECK(evaluation.confusion->count(1, 0) == 1);
  CHECK(evaluation.confusion->count(1, 1) == 2);
  CHECK(*accuracy(*evaluation.confusion).value == 0.75);
  CHECK(*evaluation.findings[0].auroc.value == 1.0);
  CHECK(evaluation.findings[0].decisions->false_positive == 1);
  CHECK(*evaluation.macro_auroc == 1.0);
}

TEST_CASE("complete 0/1 columns with a single 1 are the same thing") {
  const RunData run = load_run(make_example_run("one-hot"));
  const Evaluation evaluation = evaluate_text(run, "case_id,hand,lung\na,1,0\nb,0,1\nc,0,1\nd,0,1\n");
  REQUIRE(evaluation.confusion);
  CHECK(evaluation.confusion->count(1, 0) == 1);
}

TEST_CASE("labels of one finding give its AUROC and no confusion matrix") {
  const RunData run = load_run(make_example_run("partial"));
  const Evaluation evaluation = evaluate_text(run, "case_id,hand\na,1\nb,0\nc,0\nd,1\n");
  CHECK_FALSE(evaluation.confusion);
  CHECK(*evaluation.findings[0].auroc.value == 0.75);
  CHECK(evaluation.findings[1].auroc.why_not == "there are no labelled cases");
  CHECK_FALSE(evaluation.findings[0].decisions);
}
