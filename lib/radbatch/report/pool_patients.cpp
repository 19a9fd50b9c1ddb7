#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "radbatch/report/inputs.hpp"

namespace radbatch {
namespace {

constexpr double NONE = std::numeric_limits<double>::quiet_NaN();

using Members = std::vector<std::uint32_t>;  ///< units of one patient, in the order of time

double pooled_number(const std::vector<double>& values, const Members& members, PatientPooling pooling) {
  double sum = 0, largest = -std::numeric_limits<double>::infinity();
  std::size_t n = 0;
  for (const std::uint32_t at : members) {
    if (std::isnan(values[at])) continue;
    sum += values[at];
    largest = std::max(largest, values[at]);
    ++n;
  }
  if (n == 0) return NONE;
  return pooling == PatientPooling::mean ? sum / static_cast<double>(n) : largest;
}

/// One yes is a yes; a no needs every answer that there is.
Answer pooled_answer(const std::vector<Answer>& answers, const Members& members) {
  Answer pooled = Answer::unknown;
  for (const std::uint32_t at : members) {
    if (answers[at] == Answer::yes) return Answer::yes;
    if (answers[at] == Answer::no) pooled = Answer::no;
  }
  return pooled;
}

/// The class on which all cases agree; the highest where classes are grades.
std::int32_t pooled_class(const std::vector<std::int32_t>& classes, const Members& members, bool is_ordinal) {
  std::int32_t pooled = -1;
  for (const std::uint32_t at : members) {
    if (classes[at] < 0) continue;
    if (pooled >= 0 && classes[at] != pooled && !is_ordinal) return -1;
    pooled = std::max(pooled, classes[at]);
  }
  return pooled;
}

std::string pooled_text(const std::vector<std::string>& values, const Members& members) {
  const std::string& first = values[members.front()];
  const bool do_agree = std::ranges::all_of(members, [&](std::uint32_t at) { return values[at] == first; });
  return do_agree ? first : "several";
}

std::vector<Members> members_by_patient(const AnalysisData& data, PatientPooling pooling,
                                        const std::vector<std::optional<int>>& days) {
  std::map<std::pair<std::uint32_t, bool>, Members> groups;
  for (std::uint32_t at = 0; at < data.size(); ++at)
    groups[{data.cluster[at], data.is_test[at] == 0}].push_back(at);
  std::vector<Members> all;
  for (auto& [key, members] : groups) {
    std::ranges::stable_sort(members, {}, [&](std::uint32_t at) { return days[at].value_or(0); });
    if (pooling == PatientPooling::first) members.resize(1);
    if (pooling == PatientPooling::last) members.erase(members.begin(), members.end() - 1);
    all.push_back(std::move(members));
  }
  // As cases are, patients are in the order of their names.
  std::ranges::stable_sort(all, {}, [&](const Members& members) -> const std::string& {
    return data.cluster_ids[data.cluster[members.front()]];
  });
  return all;
}

template <class Value, class Pool>
std::vector<Value> pooled_column(const std::vector<Value>& column, const std::vector<Members>& patients,
                                 Pool pool) {
  std::vector<Value> pooled;
  if (column.empty()) return pooled;
  pooled.reserve(patients.size());
  for (const Members& members : patients) pooled.push_back(pool(column, members));
  return pooled;
}

std::vector<std::int32_t> highest_finding(const Rater& rater, std::size_t n) {
  std::vector<std::int32_t> top(n, -1);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t f = 0; f < rater.scores.size(); ++f) {
      const double score = rater.scores[f][i];
      if (std::isnan(score)) continue;
      if (top[i] < 0 || score > rater.scores[static_cast<std::size_t>(top[i])][i])
        top[i] = static_cast<std::int32_t>(f);
    }
  }
  return top;
}

/// What a model decides follows from the pooled score where there is a threshold; a reader's answers are
/// pooled.
Rater pooled_rater(const Rater& rater, const AnalysisData& data, const std::vector<Members>& patients,
                   PatientPooling pooling) {
  const auto number = [&](const auto& values, const Members& members) {
    return pooled_number(values, members, pooling);
  };
  Rater pooled{rater.name, rater.is_reader, {}, {}, {}};
  for (std::size_t f = 0; f < rater.scores.size(); ++f) {
    pooled.scores.push_back(pooled_column(rater.scores[f], patients, number));
    pooled.decisions.push_back(pooled_column(rater.decisions[f], patients, pooled_answer));
    const std::optional<double> threshold = data.findings[f].threshold;
    if (rater.is_reader) continue;
    for (std::size_t i = 0; i < patients.size(); ++i) {
      const double score = pooled.scores[f][i];
      if (threshold && !std::isnan(score))
        pooled.decisions[f][i] = score >= *threshold ? Answer::yes : Answer::no;
      if (!threshold && pooling == PatientPooling::mean && patients[i].size() > 1)
        pooled.decisions[f][i] = Answer::unknown;
    }
  }
  if (!rater.top.empty()) pooled.top = highest_finding(pooled, patients.size());
  return pooled;
}

}  // namespace

AnalysisData pool_patients(const AnalysisData& data, PatientPooling pooling,
                           const std::vector<std::optional<int>>& days) {
  const std::vector<Members> patients = members_by_patient(data, pooling, days);
  const auto any = [](const auto& values, const Members& members) {
    return *std::ranges::max_element(members, {}, [&](std::uint32_t at) { return values[at]; });
  };
  const auto any_of = [&](const auto& values, const Members& members) {
    return values[any(values, members)];
  };
  const auto number = [&](const auto& values, const Members& members) {
    return pooled_number(values, members, pooling);
  };
  AnalysisData pooled;
  pooled.findings = data.findings;
  pooled.kind = data.kind;
  pooled.has_patients = true;
  pooled.where = data.where;
  pooled.unit_noun = "patient";
  pooled.cluster_ids = data.cluster_ids;
  pooled.n_clusters = data.n_clusters;
  pooled.allows_leak = data.allows_leak;
  pooled.not_done = data.not_done;
  pooled.uncertain = data.uncertain;
  for (const Members& members : patients) {
    const std::uint32_t cluster = data.cluster[members.front()];
    pooled.cluster.push_back(cluster);
    pooled.is_test.push_back(data.is_test[members.front()]);
    const bool is_second = pooled.unit_ids.size() > 0 && pooled.cluster.size() > 1 &&
                           pooled.cluster[pooled.cluster.size() - 2] == cluster;
    pooled.unit_ids.push_back(data.cluster_ids[cluster] + (is_second ? "-other" : ""));
  }
  pooled.is_done = pooled_column(data.is_done, patients, any_of);
  for (const Rater& rater : data.raters)
    pooled.raters.push_back(pooled_rater(rater, data, patients, pooling));
  for (const auto& column : data.truth)
    pooled.truth.push_back(pooled_column(column, patients, pooled_answer));
  for (const auto& column : data.is_uncertain)
    pooled.is_uncertain.push_back(pooled_column(column, patients, any_of));
  for (const auto& column : data.true_value)
    pooled.true_value.push_back(pooled_column(column, patients, number));
  const bool is_ordinal = data.kind == TruthKind::ordinal;
  pooled.true_class = pooled_column(
      data.true_class, patients,
      [&](const auto& values, const Members& members) { return pooled_class(values, members, is_ordinal); });
  if (!pooled.true_class.empty()) {
    for (std::size_t f = 0; f < pooled.truth.size(); ++f) {
      for (std::size_t i = 0; i < patients.size(); ++i) {
        const std::int32_t is = pooled.true_class[i];
        pooled.truth[f][i] = is < 0                               ? Answer::unknown
                             : is == static_cast<std::int32_t>(f) ? Answer::yes
                                                                  : Answer::no;
      }
    }
  }
  for (const Covariate& column : data.covariates)
    pooled.covariates.push_back({column.name, pooled_column(column.values, patients, pooled_text)});
  pooled.fold = pooled_column(data.fold, patients, pooled_text);
  return pooled;
}

}  // namespace radbatch
