#include "radbatch/batch/estimate_run.hpp"

#include <algorithm>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/passing_folder.hpp"
#include "radbatch/batch/case_filter.hpp"
#include "radbatch/batch/cohort_source.hpp"
#include "radbatch/batch/estimate.hpp"
#include "radbatch/batch/journal_reader.hpp"
#include "radbatch/batch/run_cohort.hpp"
#include "radbatch/batch/scan_folder.hpp"
#include "radbatch/batch/signals.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

/// What the sample's run says is for nobody; only what ends it is passed on.
class QuietReporter : public Reporter {
 public:
  explicit QuietReporter(Reporter& to) : to_(to) {}
  void info(const std::string&) override {}
  void detail(const std::string&) override {}
  void warning(const std::string&) override {}
  void progress(const Progress& progress) override { to_.progress(progress); }
  bool data(const std::string&) override { return true; }

 private:
  Reporter& to_;
};

RunOptions scan_options(RunOptions options, const fs::path& folder) {
  options.out = folder;
  return options;
}

/// The run of the sample: the same command on the scan, in another folder.
RunOptions sample_options(const RunOptions& options, const PassingFolder& scratch,
                          const std::vector<Stratum>& strata) {
  RunOptions run = options;
  run.inputs = {(scratch / "scan").string()};
  run.out = scratch / "run";
  run.only.clear();
  for (const Stratum& stratum : strata) run.only.push_back(stratum.case_id);
  run.exclude.clear();
  run.limit = run.sample = std::nullopt;
  run.shard = {};
  run.stream = false;
  run.accepted = {Status::refused, Status::failed};
  run.max_failures = std::nullopt;
  run.stop_after = std::nullopt;
  return run;
}

struct Costs {
  std::vector<CaseCost> to_run;
  CohortFacts facts;
};

/// What headers say of every case: what it needs, or why it would end without a worker.
Costs costs_of(std::span<const Case> cases, Tool& tool) {
  Costs costs;
  costs.facts.cases = cases.size();
  const std::vector<SelectionRule> rules = tool.rules();
  for (const Case& one : cases) {
    try {
      costs.to_run.push_back({one.id, tool.begin(one, select(one, rules))->cost_bytes()});
      costs.facts.largest_bytes = std::max(costs.facts.largest_bytes, costs.to_run.back().bytes);
    } catch (const Error& problem) {
      if (!problem.reason()) throw;
      ++costs.facts.by_reason[std::string(code(*problem.reason()))];
    }
  }
  return costs;
}

SampleRun measured(const RunFolder& folder) {
  const Json sitting = read_json_file(folder.root() / "run.json").at("sittings").back();
  SampleRun run;
  run.start_s = sitting.at("start_s").get<double>();
  run.wall_s = sitting.at("wall_s").get<double>() - run.start_s;
  run.peak_memory_bytes = sitting.at("peak_memory_bytes").get<std::uint64_t>();
  for (const auto& [id, outcome] : read_journals(folder.journal()))
    run.cases[id] = {outcome.seconds, outcome.reason ? std::string(code(*outcome.reason)) : ""};
  for (const auto& entry : fs::recursive_directory_iterator(folder.root())) {
    ++run.inodes;
    if (entry.is_regular_file()) run.disk_bytes += entry.file_size();
  }
  return run;
}

std::uint64_t free_bytes_at(fs::path place) {
  std::error_code unknown;
  place = fs::absolute(place.empty() ? "." : place, unknown);
  while (!fs::exists(place, unknown) && place.has_relative_path()) place = place.parent_path();
  const fs::space_info space = fs::space(place, unknown);
  return unknown ? 0 : space.available;
}

}  // namespace

Json estimate_cohort(const RunOptions& options, std::size_t sample,
                     const std::function<std::unique_ptr<Tool>(const RunOptions&)>& make_tool,
                     Reporter& reporter) {
  if (options.stream || std::ranges::count(options.inputs, "-") > 0)
    throw Error(ExitCode::usage, "--estimate has to see the whole cohort before it chooses a sample",
                "name the folders instead of -");
  const PassingFolder scratch("estimate");
  scan_studies(scan_options(options, scratch / "scan"), reporter);
  if (stop_signal() != 0) throw Error(ExitCode::checkpoint, "stopped before the sample was run");
  FoundCohort found = remembered_cohort(RunFolder(scratch / "scan"), options.case_options());
  RunOptions run = sample_options(options, scratch, {});
  std::unique_ptr<Tool> tool = make_tool(run);
  const std::vector<Case> cases =
      filtered(one_image_each(std::move(found.cohort.cases), tool->rules()), options);
  make_folder(run.out);
  Costs costs = costs_of(cases, *tool);
  costs.facts.max_ram = options.max_ram;
  costs.facts.cpus = options.cpus;
  costs.facts.free_disk_bytes = free_bytes_at(options.out);
  const std::vector<Stratum> strata = choose_strata(costs.to_run, sample);
  if (strata.empty()) return estimate({}, {}, costs.facts);
  run = sample_options(options, scratch, strata);
  tool = make_tool(run);
  QuietReporter quiet(reporter);
  run_cohort(*tool, run, quiet);
  return estimate(strata, measured(RunFolder(run.out)), costs.facts);
}

}  // namespace radbatch
