#include "radbatch/batch/estimate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

constexpr std::array<std::size_t, 4> SHARDS{2, 4, 8, 16};
constexpr double Z_95 = 1.959963984540054;

double case_seconds(const SampledCase& one) {
  double sum = 0;
  for (const auto& [stage, seconds] : one.stage_s) sum += seconds;
  return sum;
}

const SampledCase& sampled(const SampleRun& run, const Stratum& stratum) {
  static const SampledCase none;  // the sample was stopped before it
  const auto found = run.cases.find(stratum.case_id);
  return found == run.cases.end() ? none : found->second;
}

/// Standard error of a total of strata with one case each: neighbours are taken together, and a last odd one
/// joins the pair before it.
double collapsed_error(const std::vector<double>& totals) {
  double variance = 0;
  for (std::size_t i = 0; i + 1 < totals.size(); i += 2) {
    const double difference = totals[i] - totals[i + 1];
    variance += difference * difference;
  }
  if (totals.size() % 2 == 1 && totals.size() > 1) {
    const double difference = totals[totals.size() - 1] - totals[totals.size() - 2];
    variance += difference * difference;
  }
  return std::sqrt(variance);
}

std::string duration_text(double seconds) {
  if (seconds < 0.01) return fmt::format("{:.1f} ms", 1000 * seconds);
  if (seconds < 1) return fmt::format("{:.0f} ms", 1000 * seconds);
  if (seconds < 120) return fmt::format("{:.1f} s", seconds);
  if (seconds < 7200) return fmt::format("{:.0f} min", seconds / 60);
  if (seconds < 172800) return fmt::format("{:.1f} h", seconds / 3600);
  return fmt::format("{:.1f} days", seconds / 86400);
}

std::string counts_text(const Json& counts) {
  std::string text;
  for (const auto& [reason, count] : counts.items())
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", reason, count.get<std::size_t>());
  return text;
}

}  // namespace

std::vector<Stratum> choose_strata(std::vector<CaseCost> cases, std::size_t n) {
  std::ranges::sort(cases, {}, [](const CaseCost& one) { return std::pair(one.bytes, one.case_id); });
  n = std::min(n, cases.size());
  std::vector<Stratum> strata;
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t first = i * cases.size() / n;
    const std::size_t end = (i + 1) * cases.size() / n;
    strata.push_back({cases[first + (end - first) / 2].case_id, end - first});
  }
  return strata;
}

Json estimate(const std::vector<Stratum>& strata, const SampleRun& run, const CohortFacts& cohort) {
  std::map<std::string, double> stage_total_s;
  std::map<std::string, std::size_t> failed;
  std::vector<double> totals;
  double sample_s = 0;
  std::size_t to_run = 0;
  for (const Stratum& stratum : strata) {
    const SampledCase& one = sampled(run, stratum);
    const auto cases = static_cast<double>(stratum.cases);
    for (const auto& [stage, seconds] : one.stage_s) stage_total_s[stage] += seconds * cases;
    totals.push_back(case_seconds(one) * cases);
    sample_s += case_seconds(one);
    to_run += stratum.cases;
    if (!one.reason.empty()) failed[one.reason] += stratum.cases;
  }
  double all_s = 0;
  for (const double total : totals) all_s += total;
  // More than the processors can be under way at no time; a short sample may seem to.
  const double parallelism =
      run.wall_s > 0 ? std::clamp(sample_s / run.wall_s, 0.01, static_cast<double>(cohort.cpus)) : 1;
  const double wall_s = all_s / parallelism;
  const double margin_s = Z_95 * collapsed_error(totals) / parallelism;
  const double scale = strata.empty() ? 0 : static_cast<double>(to_run) / static_cast<double>(strata.size());
  const auto scaled = [&](double amount) { return static_cast<std::uint64_t>(std::llround(amount * scale)); };
  Json stages = Json::object(), shards = Json::object();
  const double n = std::max<double>(static_cast<double>(to_run), 1);
  for (const auto& [stage, seconds] : stage_total_s)
    stages[stage] = {{"total_s", seconds}, {"per_case_s", seconds / n}};
  for (const std::size_t count : SHARDS)
    shards[std::to_string(count)] = run.start_s + wall_s / static_cast<double>(count);
  return {{"cases", cohort.cases},
          {"to_run", to_run},
          {"ended_by_headers", cohort.by_reason},
          {"sample", strata.size()},
          {"failed_in_sample", failed},
          {"stages", stages},
          {"per_case_s", wall_s / n},
          {"start_s", run.start_s},
          {"total_s", run.start_s + wall_s},
          {"total_s_low", run.start_s + std::max(wall_s - margin_s, 0.0)},
          {"total_s_high", run.start_s + wall_s + margin_s},
          {"shards", shards},
          {"peak_memory_bytes", run.peak_memory_bytes},
          {"largest_case_bytes", cohort.largest_bytes},
          {"max_ram", cohort.max_ram},
          {"disk_bytes", scaled(static_cast<double>(run.disk_bytes))},
          {"inodes", scaled(static_cast<double>(run.inodes))},
          {"free_disk_bytes", cohort.free_disk_bytes}};
}

std::string estimate_text(const Json& found) {
  const auto number = [&](const char* key) { return found.at(key).get<double>(); };
  const auto bytes = [&](const char* key) { return human_bytes(found.at(key).get<double>()); };
  std::string text =
      fmt::format("cases      {} in all, {} to run", found.at("cases").dump(), found.at("to_run").dump());
  if (!found.at("ended_by_headers").empty())
    text += "; by their headers: " + counts_text(found["ended_by_headers"]);
  text += fmt::format("\nsample     {}, run and thrown away",
                      counted(found.at("sample").get<std::size_t>(), "case"));
  if (!found.at("failed_in_sample").empty())
    text += "; without result, scaled up: " + counts_text(found["failed_in_sample"]);
  text += fmt::format("\ntime       {} ({} to {} with 95 % confidence), {} per case, {} to start\n",
                      duration_text(number("total_s")), duration_text(number("total_s_low")),
                      duration_text(number("total_s_high")), duration_text(number("per_case_s")),
                      duration_text(number("start_s")));
  for (const auto& [stage, times] : found.at("stages").items()) {
    text += fmt::format("  {:<9}{} per case\n", stage, duration_text(times.at("per_case_s").get<double>()));
  }
  text += "shards     ";
  std::string shards;
  for (const std::size_t count : SHARDS) {
    shards += fmt::format("{}{}: {}", shards.empty() ? "" : ", ", count,
                          duration_text(found.at("shards").at(std::to_string(count)).get<double>()));
  }
  text += shards + " (machines like this one)\n";
  text += fmt::format("memory     peak {} in the sample; largest case about {}; --max-ram {}\n",
                      bytes("peak_memory_bytes"), bytes("largest_case_bytes"), bytes("max_ram"));
  text += fmt::format("disk       about {} in {} files; {} free\n", bytes("disk_bytes"),
                      found.at("inodes").dump(), bytes("free_disk_bytes"));
  if (number("disk_bytes") > number("free_disk_bytes")) text += "warning    the disk is too small\n";
  return text;
}

}  // namespace radbatch
