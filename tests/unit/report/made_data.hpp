// Analysis data made by formula, whole or spoilt in the ways that real tables are.
#pragma once

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "radbatch/report/analysis_data.hpp"

namespace radbatch {

/// A number in [0, 1) that depends on i and salt only.
inline double made_number(std::size_t i, std::size_t salt) {
  const std::uint64_t mixed = (i * 2654435761U + salt * 40503U + 12345U) * 6364136223846793005ULL;
  return static_cast<double>(mixed >> 11U) / 9007199254740992.0;
}

/// `n` units of `kind` with three findings, a model and two readers; two units per patient where asked.
inline AnalysisData made_data(TruthKind kind, std::size_t n, bool is_clustered = false) {
  AnalysisData data;
  data.kind = kind;
  for (const char* name : {"mild", "moderate", "severe"})
    data.findings.push_back({name, name, std::string("p_") + name, 0.5, "made"});
  data.raters.resize(3);
  const std::vector<std::string> names{"model", "reader r1", "reader r2"};
  for (std::size_t i = 0; i < n; ++i) {
    data.unit_ids.push_back("case" + std::to_string(1000 + i));
    data.cluster.push_back(static_cast<std::uint32_t>(is_clustered ? i / 2 : i));
    data.is_test.push_back(1);
    data.is_done.push_back(1);
    data.true_class.push_back(static_cast<std::int32_t>(3 * made_number(i, 1)));
  }
  data.n_clusters = is_clustered ? (n + 1) / 2 : n;
  data.has_patients = is_clustered;
  data.truth.resize(3);
  data.true_value.resize(3);
  for (std::size_t f = 0; f < 3; ++f) {
    for (std::size_t i = 0; i < n; ++i) {
      data.truth[f].push_back(data.true_class[i] == static_cast<std::int32_t>(f) ? Answer::yes : Answer::no);
      data.true_value[f].push_back(100 * made_number(i, 10 + f));
    }
  }
  for (std::size_t r = 0; r < 3; ++r) {
    Rater& rater = data.raters[r];
    rater.name = names[r];
    rater.is_reader = r > 0;
    rater.scores.resize(3);
    rater.decisions.resize(3);
    for (std::size_t i = 0; i < n; ++i) {
      std::vector<double> raw;
      for (std::size_t f = 0; f < 3; ++f)
        raw.push_back(made_number(i, 20 + 3 * r + f) + (data.truth[f][i] == Answer::yes ? 0.5 : 0.1));
      const double sum = raw[0] + raw[1] + raw[2];
      for (std::size_t f = 0; f < 3; ++f) {
        const bool is_number = kind == TruthKind::continuous;
        const double score = is_number ? data.true_value[f][i] + 10 * (raw[f] - 0.8) : raw[f] / sum;
        rater.scores[f].push_back(score);
        rater.decisions[f].push_back(raw[f] / sum >= 0.5 ? Answer::yes : Answer::no);
      }
    }
  }
  return data;
}

/// Every score of every rater becomes what `change(score, unit)` says.
inline void change_scores(AnalysisData& data, const std::function<double(double, std::size_t)>& change) {
  for (Rater& rater : data.raters)
    for (std::vector<double>& scores : rater.scores)
      for (std::size_t i = 0; i < scores.size(); ++i) scores[i] = change(scores[i], i);
}

/// The truth of every unit becomes that of the finding at `position`, or unknown for -1.
inline void set_truth(AnalysisData& data, std::int32_t position, double value) {
  for (std::int32_t& truth : data.true_class) truth = position;
  for (std::size_t f = 0; f < data.truth.size(); ++f) {
    for (Answer& answer : data.truth[f])
      answer = position < 0                              ? Answer::unknown
               : static_cast<std::size_t>(position) == f ? Answer::yes
                                                         : Answer::no;
    for (double& number : data.true_value[f]) number = value;
  }
}

}  // namespace radbatch
