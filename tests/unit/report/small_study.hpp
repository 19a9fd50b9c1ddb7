// A labelled study of eight units in memory for the tests of parts: two findings, two sites, five patients.
#pragma once

#include <cmath>
#include <string>

#include "radbatch/report/part.hpp"

namespace radbatch {

/// Effusion: 4 with, 4 without; at 0.5 one false positive (u3, 0.9) and one false negative (u4, 0.2). Mass:
/// all without. Unit u7 has no score.
inline AnalysisData small_study() {
  AnalysisData data;
  data.findings = {{"Effusion", "effusion", "p_effusion", 0.5, "tests"}, {"Mass", "mass", "p_mass", 0.5, ""}};
  data.kind = TruthKind::findings;
  const double none = std::nan("");
  const std::vector<double> scores{0.1, 0.3, 0.2, 0.9, 0.2, 0.8, 0.7, none};
  Rater rater{.name = "model"};
  rater.scores = {scores, {0.1, 0.2, 0.1, 0.2, 0.1, 0.2, 0.1, none}};
  for (const std::vector<double>& column : rater.scores) {
    std::vector<Answer> decisions;
    for (const double score : column)
      decisions.push_back(std::isnan(score) ? Answer::unknown : score >= 0.5 ? Answer::yes : Answer::no);
    rater.decisions.push_back(decisions);
  }
  for (std::uint32_t i = 0; i < 8; ++i) {
    data.unit_ids.push_back("u" + std::to_string(i));
    data.cluster.push_back(i % 5);
    data.is_test.push_back(1);
    data.is_done.push_back(i < 7 ? 1 : 0);
  }
  data.n_clusters = 5;
  data.has_patients = true;
  const Answer no = Answer::no, yes = Answer::yes;
  data.truth = {{no, no, no, no, yes, yes, yes, yes}, {no, no, no, no, no, no, no, Answer::unknown}};
  data.covariates = {{"site", {"A", "A", "A", "A", "B", "B", "B", "B"}},
                     {"age_years", {"30", "40", "50", "60", "35", "45", "", "65"}},
                     {"PatientSex", {"F", "M", "F", "M", "F", "F", "M", ""}}};
  data.raters.push_back(std::move(rater));
  return data;
}

}  // namespace radbatch
