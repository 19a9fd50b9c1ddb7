#include "radbatch/batch/ensemble_scores.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include "radbatch/base/hash.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/batch/beyond_columns.hpp"
#include "radbatch/model/uncertainty.hpp"

namespace radbatch {
namespace {

constexpr double LEAST = 1e-7;  // about half a float32 step below 1

double log_odds_mean(const std::vector<double>& values, const std::vector<double>& weights) {
  double sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double p = std::clamp(values[i], LEAST, 1 - LEAST);
    sum += weights[i] * (std::log(p) - std::log1p(-p));
  }
  return 1 / (1 + std::exp(-sum));
}

double log_mean(const std::vector<double>& values, const std::vector<double>& weights) {
  double sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i)
    sum += weights[i] * std::log(std::clamp(values[i], LEAST, 1 - LEAST));
  return std::exp(sum);
}

double arithmetic_mean(const std::vector<double>& values, const std::vector<double>& weights) {
  return std::inner_product(values.begin(), values.end(), weights.begin(), 0.0);
}

double mean(const Head& head, EnsembleMean kind, const std::vector<double>& values,
            const std::vector<double>& weights) {
  if (kind == EnsembleMean::arithmetic || head.kind == HeadKind::regression)
    return arithmetic_mean(values, weights);
  return head.kind == HeadKind::multi_class ? log_mean(values, weights) : log_odds_mean(values, weights);
}

/// Of the runs that are done, adding up to 1.
std::vector<double> weights_of(const std::vector<std::size_t>& done, const std::vector<double>& weights) {
  std::vector<double> chosen;
  for (const std::size_t run : done) chosen.push_back(weights.empty() ? 1.0 : weights[run]);
  const double sum = std::accumulate(chosen.begin(), chosen.end(), 0.0);
  for (double& weight : chosen) weight /= sum;
  return chosen;
}

MemberScores combined(const Bundle& bundle, const EnsembleOptions& options,
                      const std::vector<CaseScores>& runs, const std::vector<double>& weights) {
  MemberScores result;
  for (std::size_t h = 0; h < bundle.heads.size(); ++h) {
    const Head& head = bundle.heads[h];
    std::vector<double> means;
    result.sd.emplace_back();
    for (std::size_t f = 0; f < head.findings.size(); ++f) {
      std::vector<double> values;
      for (const CaseScores& run : runs) values.push_back(run.heads[h].values[f]);
      means.push_back(mean(head, options.mean, values, weights));
      result.sd.back().push_back(spread(values).sd);
    }
    if (options.mean == EnsembleMean::logit && head.kind == HeadKind::multi_class) {
      const double sum = std::accumulate(means.begin(), means.end(), 0.0);
      for (double& value : means) value /= sum;
    }
    result.scores.heads.push_back(head_scores(head, means));
  }
  return result;
}

/// [run, finding]; NaN of a run without a score.
std::vector<float> member_values(const Bundle& bundle, const std::vector<const CaseOutcome*>& outcomes) {
  std::vector<float> values;
  for (const CaseOutcome* outcome : outcomes) {
    for (const ScoreColumn& column : score_columns(bundle)) {
      if (column.kind != ColumnKind::probability && column.kind != ColumnKind::value) continue;
      const bool is_done = outcome->status == Status::done;
      values.push_back(is_done ? outcome->result.at(column.name).get<float>()
                               : std::numeric_limits<float>::quiet_NaN());
    }
  }
  return values;
}

/// The scores alone: decisions and the top are made anew.
CaseScores scores_of(const Bundle& bundle, const CaseOutcome& outcome) {
  CaseScores scores;
  for (const Head& head : bundle.heads)
    scores.heads.push_back({std::vector<float>(head.findings.size()), {}, {}});
  for (const ScoreColumn& column : score_columns(bundle)) {
    if (column.kind == ColumnKind::probability || column.kind == ColumnKind::value)
      scores.heads[column.head].values[column.finding] = outcome.result.at(column.name).get<float>();
  }
  return scores;
}

/// What all runs have in common, or the digest of what each has.
std::string joined_key(const std::vector<const CaseOutcome*>& outcomes, std::string CaseOutcome::*key) {
  std::string all;
  bool is_same = true;
  for (const CaseOutcome* outcome : outcomes) {
    is_same = is_same && outcome->*key == outcomes.front()->*key;
    all += outcome->*key + "\n";
  }
  return is_same ? outcomes.front()->*key : sha256_hex(all);
}

std::vector<std::string> joined_flags(const std::vector<const CaseOutcome*>& outcomes) {
  std::set<std::string> flags;
  for (const CaseOutcome* outcome : outcomes) flags.insert(outcome->flags.begin(), outcome->flags.end());
  return {flags.begin(), flags.end()};
}

}  // namespace

std::vector<std::string> ensemble_members(std::size_t runs) {
  std::vector<std::string> names;
  for (std::size_t i = 1; i <= runs; ++i) names.push_back(fmt::format("run-{}", i));
  return names;
}

CaseOutcome ensemble_outcome(const Bundle& bundle, const EnsembleOptions& options,
                             const std::vector<const CaseOutcome*>& outcomes, const std::string& identity) {
  CaseOutcome outcome = *outcomes.front();
  outcome.flags = joined_flags(outcomes);
  outcome.content_key = joined_key(outcomes, &CaseOutcome::content_key);
  outcome.result = Json::object();
  outcome.seconds.clear();
  std::vector<std::size_t> done;
  std::vector<CaseScores> scores;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (outcomes[i]->status != Status::done) continue;
    done.push_back(i);
    scores.push_back(scores_of(bundle, *outcomes[i]));
  }
  const bool is_whole = done.size() == outcomes.size();
  if (done.empty() || (options.require == EnsembleRequire::all && !is_whole)) {
    const auto other =
        std::ranges::find_if(outcomes, [](const CaseOutcome* one) { return one->status != Status::done; });
    outcome.status = (*other)->status;
    outcome.reason = (*other)->reason;
    outcome.detail = ensemble_members(outcomes.size())[static_cast<std::size_t>(other - outcomes.begin())] +
                     ": " + (*other)->detail;
    outcome.result_key.clear();
    return outcome;
  }
  const MemberScores result = combined(bundle, options, scores, weights_of(done, options.weights));
  outcome.status = Status::done;
  outcome.reason.reset();
  outcome.detail.clear();
  outcome.result = to_json(bundle, result.scores);
  add_spread(bundle, result, outcome.result);
  outcome.result["members"] =
      members_to_json(ensemble_members(outcomes.size()), member_values(bundle, outcomes));
  if (!is_whole) outcome.flags.emplace_back("W_MEMBERS_MISSING");
  std::ranges::sort(outcome.flags);
  outcome.result_key = sha256_hex(joined_key(outcomes, &CaseOutcome::result_key) + identity);
  return outcome;
}

}  // namespace radbatch
