// An analysis of made scores for the tests of the report's parts, and what must hold of any part.
#pragma once

#include <cmath>
#include <string>

#include "radbatch/report/part.hpp"

namespace radbatch {

/// Numbers from 0 to 1 that are the same everywhere (Park and Miller's generator).
class MadeNumbers {
 public:
  explicit MadeNumbers(std::uint64_t seed) : state_(seed) {}
  double next() {
    state_ = state_ * 16807 % 2147483647;
    return static_cast<double>(state_) / 2147483647;
  }

 private:
  std::uint64_t state_;
};

/// A rater whose scores tell positive from negative units by `skill`, thresholded at 0.5.
inline Rater make_rater(const AnalysisData& data, const std::string& name, double skill, std::uint64_t seed) {
  MadeNumbers random(seed);
  Rater rater;
  rater.name = name;
  for (std::size_t f = 0; f < data.findings.size(); ++f) {
    rater.scores.emplace_back();
    rater.decisions.emplace_back();
    for (std::size_t unit = 0; unit < data.size(); ++unit) {
      const bool positive = data.truth[f][unit] == Answer::yes;
      const double score = std::round(1000 * (random.next() + (positive ? skill : 0)) / (1 + skill)) / 1000;
      rater.scores[f].push_back(score);
      rater.decisions[f].push_back(score >= 0.5 ? Answer::yes : Answer::no);
    }
  }
  return rater;
}

/// `n` units of as many patients, 0/1 truth for two findings, the first present in a third; one rater "A".
inline AnalysisData make_analysis(std::size_t n) {
  AnalysisData data;
  data.kind = TruthKind::findings;
  data.findings = {{"Effusion", "effusion", "p_effusion", 0.5, ""}, {"肺 <b>", "lung", "p_lung", 0.5, ""}};
  MadeNumbers random(4711);
  data.truth.resize(2);
  for (std::size_t i = 0; i < n; ++i) {
    data.unit_ids.push_back("case" + std::to_string(10000 + i));
    data.cluster.push_back(static_cast<std::uint32_t>(i));
    data.is_test.push_back(1);
    data.is_done.push_back(1);
    data.truth[0].push_back(random.next() < 0.33 ? Answer::yes : Answer::no);
    data.truth[1].push_back(random.next() < 0.5 ? Answer::yes : Answer::no);
  }
  data.n_clusters = n;
  data.raters.push_back(make_rater(data, "A", 0.6, 1));
  return data;
}

/// Every patient gets `each` units.
inline void cluster_by(AnalysisData& data, std::size_t each) {
  for (std::size_t i = 0; i < data.size(); ++i) data.cluster[i] = static_cast<std::uint32_t>(i / each);
  data.n_clusters = (data.size() + each - 1) / each;
  data.has_patients = true;
}

inline PartContext context_of(const AnalysisData& data, const Language& lang) {
  PartContext context{data, lang};
  context.n_bootstrap = 200;
  return context;
}

/// What holds of every part whatever the data: finite numbers, unique ids, tables without ragged rows,
/// nothing of a name as markup, each number of the page in `numbers`, an estimate without a value says why.
void check_part(const ReportPart& part);

}  // namespace radbatch
