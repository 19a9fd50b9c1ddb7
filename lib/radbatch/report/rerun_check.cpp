#include "radbatch/report/rerun_check.hpp"

#include <algorithm>
#include <cmath>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/report/paired_units.hpp"
#include "radbatch/store/table.hpp"

namespace radbatch {
namespace {

bool has_score(const Rater& rater, std::size_t unit) {
  return std::ranges::any_of(rater.scores,
                             [unit](const auto& scores) { return std::isfinite(scores[unit]); });
}

bool is_near_threshold(const Finding& finding, double first, double second, double tolerance) {
  return finding.threshold && std::abs(first - *finding.threshold) <= tolerance &&
         std::abs(second - *finding.threshold) <= tolerance;
}

/// Units that differ, with by how much.
using Differing = std::vector<std::pair<double, std::uint32_t>>;

struct Sum {
  double absolute = 0;
  std::size_t n = 0;
};

RerunFinding check_finding(const AnalysisData& data, RaterPair pair, std::size_t finding, double tolerance,
                           Sum& sum, std::vector<double>& largest_of_unit) {
  RerunFinding result;
  const Rater& a = data.raters[pair.first];
  const Rater& b = data.raters[pair.second];
  Sum own;
  for (std::size_t unit = 0; unit < data.size(); ++unit) {
    const double first = score_of(a, finding, unit);
    const double second = score_of(b, finding, unit);
    const bool both = std::isfinite(first) && std::isfinite(second);
    const double apart = both ? std::abs(first - second) : 0;
    if (both) {
      result.largest = std::max(result.largest.value_or(0), apart);
      own.absolute += apart;
      ++own.n;
    }
    const Answer call = call_of(data, a, finding, unit);
    const Answer again = call_of(data, b, finding, unit);
    const bool flips = call != Answer::unknown && again != Answer::unknown && call != again;
    result.flips += flips ? 1U : 0U;
    result.n_beyond += apart > tolerance ? 1U : 0U;
    if (flips && !(both && is_near_threshold(data.findings[finding], first, second, tolerance)))
      ++result.unexplained_flips;
    if (flips || apart > tolerance) largest_of_unit[unit] = std::max(largest_of_unit[unit], apart);
  }
  result.n = own.n;
  if (own.n > 0) result.mean = own.absolute / static_cast<double>(own.n);
  sum.absolute += own.absolute;
  sum.n += own.n;
  return result;
}

void count_units(RerunCheck& check, const AnalysisData& data) {
  for (std::size_t unit = 0; unit < data.size(); ++unit) {
    const bool first = has_score(data.raters.front(), unit);
    const bool second = has_score(data.raters[check.rater], unit);
    check.n_both += first && second ? 1U : 0U;
    check.only_first += first && !second ? 1U : 0U;
    check.only_second += !first && second ? 1U : 0U;
  }
}

std::string what_differs(const RerunCheck& check, double tolerance) {
  std::vector<std::string> reasons;
  if (check.n_both == 0) reasons.emplace_back("no case has scores of both");
  if (check.largest && *check.largest > tolerance)
    reasons.push_back("scores differ by up to " + shortest(*check.largest));
  if (check.unexplained_flips > 0)
    reasons.push_back(counted(check.unexplained_flips, "decision") + " changed away from the threshold");
  if (check.only_first > 0)
    reasons.push_back(counted(check.only_first, "case") + " without a score the second time");
  if (check.only_second > 0)
    reasons.push_back(counted(check.only_second, "case") + " without a score the first time");
  return join(reasons, "; ");
}

RerunCheck check_rerun(const AnalysisData& data, std::size_t rater, double tolerance,
                       std::size_t only_in_rerun) {
  RerunCheck check;
  check.rater = rater;
  check.only_second = only_in_rerun;
  count_units(check, data);
  Sum sum;
  std::vector<double> largest(data.size(), -1);
  for (std::size_t f = 0; f < data.findings.size(); ++f) {
    check.findings.push_back(check_finding(data, {0, rater}, f, tolerance, sum, largest));
    const RerunFinding& finding = check.findings.back();
    if (finding.largest) check.largest = std::max(check.largest.value_or(0), *finding.largest);
    check.flips += finding.flips;
    check.unexplained_flips += finding.unexplained_flips;
  }
  if (sum.n > 0) check.mean = sum.absolute / static_cast<double>(sum.n);
  Differing differing;
  for (std::size_t unit = 0; unit < data.size(); ++unit)
    if (largest[unit] >= 0) differing.emplace_back(-largest[unit], static_cast<std::uint32_t>(unit));
  std::ranges::sort(differing);
  for (const auto& [apart, unit] : differing) check.differing.push_back(unit);
  check.why_not = what_differs(check, tolerance);
  return check;
}

}  // namespace

std::vector<RerunCheck> check_reruns(const AnalysisData& data, double tolerance,
                                     const std::vector<std::size_t>& only_in_rerun) {
  std::vector<RerunCheck> checks;
  for (std::size_t rater = 1; rater < data.raters.size(); ++rater) {
    if (data.raters[rater].is_reader || data.raters[rater].is_variant) continue;
    checks.push_back(
        check_rerun(data, rater, tolerance, rater < only_in_rerun.size() ? only_in_rerun[rater] : 0));
  }
  if (checks.empty())
    throw Error(ExitCode::usage, "--rerun-tolerance compares two runs, and there is one",
                "radbatch-report FIRST SECOND --rerun-tolerance 1e-4");
  return checks;
}

}  // namespace radbatch
