#include "radbatch/report/leaks.hpp"

#include <algorithm>
#include <set>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

/// "2 patients", and the first few of their hashes.
std::string shown(const std::set<std::string>& patients) {
  std::vector<std::string> first(patients.begin(), patients.end());
  first.resize(std::min<std::size_t>(first.size(), 5));
  return join(first, ", ") + (patients.size() > first.size() ? ", ..." : "");
}

}  // namespace

void refuse_leak(const AnalysisData& data, const std::vector<std::uint8_t>& fitted_on,
                 const std::string& what) {
  std::vector<std::uint8_t> is_fitted(data.n_clusters);
  std::size_t n_both = 0;
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (!fitted_on[i]) continue;
    is_fitted[data.cluster[i]] = 1;
    n_both += data.is_test[i];
  }
  if (n_both > 0) {
    throw Error(ExitCode::usage, what + " and the test cases share " + counted(n_both, data.unit_noun),
                "judge on cases that nothing was fitted on: --where 'split==\"test\"'");
  }
  if (data.allows_leak || !data.has_patients) return;
  std::set<std::string> leaking;
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (data.is_test[i] && is_fitted[data.cluster[i]]) leaking.insert(data.cluster_ids[data.cluster[i]]);
  }
  if (leaking.empty()) return;
  throw Error(
      ExitCode::usage,
      counted(leaking.size(), "patient") + " both in the test cases and in " + what + ": " + shown(leaking),
      "these are hashes, private/ tells whose; give each patient one split, or accept it with "
      "--allow-leak, which the report says");
}

void refuse_leaking_folds(const AnalysisData& data, const std::string& column) {
  if (data.fold.empty() || data.allows_leak || !data.has_patients) return;
  std::vector<std::string> first(data.n_clusters);
  std::set<std::string> leaking;
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (data.fold[i].empty()) continue;
    std::string& fold = first[data.cluster[i]];
    if (fold.empty()) fold = data.fold[i];
    if (fold != data.fold[i]) leaking.insert(data.cluster_ids[data.cluster[i]]);
  }
  if (leaking.empty()) return;
  throw Error(ExitCode::usage,
              counted(leaking.size(), "patient") + " in several folds of " + printable(column) + ": " +
                  shown(leaking),
              "give each patient one fold, or accept it with --allow-leak, which the report says");
}

}  // namespace radbatch
