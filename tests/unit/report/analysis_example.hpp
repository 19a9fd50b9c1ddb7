// Data of an analysis made by formula: two findings of patients with two studies each, split into val and
// test.
#pragma once

#include <cmath>
#include <string>

#include "radbatch/report/analysis_data.hpp"

namespace radbatch::testing {

/// A number in [0, 1) that looks random, the same for the same arguments.
inline double noise(std::uint32_t unit, std::uint32_t stream) {
  std::uint64_t z = (std::uint64_t{stream} << 32U | unit) + 0x9e3779b97f4a7c15ULL;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
  return static_cast<double>((z ^ (z >> 31U)) >> 11U) * 0x1.0p-53;
}

/// Scores are too extreme by a factor of two on the logit scale, so that the ideal Platt slope is 0.5. The
/// first half of the patients is `val`, the second `test`, and only the second is judged.
inline AnalysisData overconfident_example(std::uint32_t n_units) {
  AnalysisData data;
  data.findings = {{"Effusion", "effusion", "p_effusion", 0.5, "here"},
                   {"气胸 <b>", "pneumothorax", "p_pneumothorax", {}, {}}};
  data.kind = TruthKind::findings;
  data.has_patients = true;
  data.n_clusters = (n_units + 1) / 2;
  Rater rater{"net <i>", false, {{}, {}}, {{}, {}}, {}};
  data.truth.resize(2);
  Covariate split{"split", {}};
  for (std::uint32_t i = 0; i < n_units; ++i) {
    data.unit_ids.push_back("case" + std::to_string(100000 + i));
    data.cluster.push_back(i / 2);
    const bool is_test = i / 2 >= data.n_clusters / 2;
    data.is_test.push_back(is_test ? 1 : 0);
    data.is_done.push_back(1);
    split.values.push_back(is_test ? "test" : "val");
    for (std::uint32_t f = 0; f < 2; ++f) {
      const double odds = 4 * (noise(i, f) - 0.5) + 2 * (noise(i / 2, 10 + f) - 0.6);
      const double p = 1 / (1 + std::exp(-odds));
      rater.scores[f].push_back(1 / (1 + std::exp(-2 * odds)));
      rater.decisions[f].push_back(f == 1                          ? Answer::unknown
                                   : rater.scores[f].back() >= 0.5 ? Answer::yes
                                                                   : Answer::no);
      data.truth[f].push_back(noise(i, 20 + f) < p ? Answer::yes : Answer::no);
    }
  }
  data.raters = {rater};
  data.covariates = {split};
  return data;
}

}  // namespace radbatch::testing
