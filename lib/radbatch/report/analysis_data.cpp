#include "radbatch/report/analysis_data.hpp"

#include <algorithm>

namespace radbatch {

bool AnalysisData::is_clustered() const {
  std::vector<bool> seen(n_clusters);
  for (std::size_t i = 0; i < size(); ++i) {
    if (!is_test[i]) continue;
    if (seen[cluster[i]]) return true;
    seen[cluster[i]] = true;
  }
  return false;
}

const Covariate* AnalysisData::find_covariate(const std::string& name) const {
  const auto it = std::ranges::find(covariates, name, &Covariate::name);
  return it == covariates.end() ? nullptr : &*it;
}

JudgedUnits judged_units(const AnalysisData& data, const Rater& rater, std::size_t finding,
                         const std::vector<std::uint8_t>& among) {
  JudgedUnits judged;
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (!data.is_test[i] || (!among.empty() && !among[i])) continue;
    const Answer truth = data.truth[finding][i];
    const double score = rater.scores[finding][i];
    if (truth == Answer::unknown || std::isnan(score)) continue;
    judged.unit.push_back(static_cast<std::uint32_t>(i));
    judged.scores.push_back(score);
    judged.positive.push_back(truth == Answer::yes);
    judged.cluster.push_back(data.cluster[i]);
    judged.n_positive += truth == Answer::yes ? 1U : 0U;
  }
  return judged;
}

}  // namespace radbatch
