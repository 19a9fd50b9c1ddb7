#include "radbatch/batch/ensemble_scores.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "../model/example_bundle.hpp"
#include "radbatch/batch/score_members.hpp"

using namespace radbatch;
using radbatch::testing::example_sidecar;
using radbatch::testing::load;

namespace {

CaseOutcome done(float normal, float opacity, float pneumothorax) {
  CaseOutcome outcome;
  outcome.case_id = "a";
  outcome.status = Status::done;
  outcome.result = {{"p_normal", normal}, {"p_lung_opacity", opacity}, {"p_pneumothorax", pneumothorax}};
  outcome.result_key = std::to_string(normal);
  return outcome;
}

CaseOutcome combine(const std::vector<CaseOutcome>& runs, const EnsembleOptions& options = {}) {
  std::vector<const CaseOutcome*> pointers;
  for (const CaseOutcome& run : runs) pointers.push_back(&run);
  return ensemble_outcome(load(example_sidecar()), options, pointers, "identity");
}

double score(const CaseOutcome& outcome, const char* column) {
  return outcome.result.at(column).get<double>();
}

const std::vector<CaseOutcome> two{done(0.5F, 0.25F, 0.25F), done(0.125F, 0.125F, 0.75F)};
const CaseOutcome failure = ended_with("a", Reason::model_crash, "it died");

}  // namespace

TEST_CASE("arithmetic mean, with and without weights; spread, decision and top of the mean") {
  const CaseOutcome equal = combine(two);
  CHECK(score(equal, "p_normal") == 0.3125);
  CHECK(score(equal, "p_normal_sd") == doctest::Approx(0.26516504294495535));
  CHECK(score(equal, "d_pneumothorax") == 1);
  CHECK(equal.result.at("top") == "气胸");
  EnsembleOptions weighted;
  weighted.weights = {3, 1};
  CHECK(score(combine(two, weighted), "p_normal") == 0.40625);
  CHECK(score(combine(two, weighted), "d_pneumothorax") == 0);
}

TEST_CASE("logit mean of classes: the geometric mean divided by the sum") {
  EnsembleOptions logit;
  logit.mean = EnsembleMean::logit;
  // numpy: g = exp(mean(log([[.5, .25, .25], [.125, .125, .75]]), 0)); g / g.sum()
  const CaseOutcome outcome = combine(two, logit);
  CHECK(score(outcome, "p_normal") == doctest::Approx(0.29076888).epsilon(1e-7));
  CHECK(score(outcome, "p_pneumothorax") == doctest::Approx(0.50362647).epsilon(1e-7));
  // Certain runs that contradict each other leave no NaN.
  CHECK(score(combine({done(1, 0, 0), done(0, 1, 0)}, logit), "p_normal") ==
        doctest::Approx(0.5).epsilon(1e-3));
}

TEST_CASE("a case that one run has not: refused by all, averaged over the others by any") {
  const CaseOutcome strict = combine({two[0], failure});
  CHECK(strict.reason == Reason::model_crash);
  CHECK(strict.detail == "run-2: it died");
  CHECK(strict.result.empty());
  EnsembleOptions any;
  any.require = EnsembleRequire::any;
  const CaseOutcome lenient = combine({two[0], failure}, any);
  CHECK(score(lenient, "p_normal") == 0.5);
  CHECK(lenient.flags == std::vector<std::string>{"W_MEMBERS_MISSING"});
  CHECK(std::isnan(members_from_json(lenient.result, 6)[3]));
  CHECK(combine({failure, failure}, any).status == Status::failed);
}
