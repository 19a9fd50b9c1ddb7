#include "radbatch/batch/scan_folder.hpp"

#include <signal.h>

#include <algorithm>
#include <map>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/base/version.hpp"
#include "radbatch/batch/assemble.hpp"
#include "radbatch/batch/cohort_source.hpp"
#include "radbatch/batch/run_workers.hpp"
#include "radbatch/batch/signals.hpp"
#include "radbatch/store/data_package.hpp"
#include "radbatch/study/case_id.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

/// scan has no cases to work on: only what the frame of a run asks of a tool.
class ScanTool : public Tool {
 public:
  explicit ScanTool(const RunOptions& options) : options_(options) {}
  std::string name() const override { return "scan"; }
  std::string doing() const override { return "reading headers"; }
  Json identity() const override {
    Json identity{{"tool", "scan"}, {"format_version", "1.0"}, {"options", {{"case_by", options_.case_by}}}};
    if (const Json grouping = grouping_json(options_); !grouping.is_null()) identity["cases"] = grouping;
    return identity;
  }
  std::unique_ptr<CaseWork> begin(const Case&, const Selection&) override { return nullptr; }

 private:
  const RunOptions& options_;
};

fs::path marker(const fs::path& folder) {
  return folder / "scan.json";
}

/// Relative inputs would mean something else from another folder.
InputPlan absolute(InputPlan plan) {
  for (std::string& path : plan.paths) path = fs::absolute(path).lexically_normal().string();
  plan.roots = plan.paths;
  return plan;
}

Json unassigned_counts(const Cohort& cohort) {
  std::map<std::string, std::size_t> counts;
  for (const UnassignedFile& stray : cohort.unassigned) ++counts[std::string(code(stray.reason))];
  return counts;
}

void write_scan(const RunFolder& folder, const InputPlan& plan, const FoundCohort& found,
                const RunOptions& options) {
  const Cohort& cohort = found.cohort;
  assemble_scan(folder, found.records, cohort, folder.patient_key_secret(options.key_file));
  Json roots = Json::array();
  for (const std::string& root : plan.roots) roots.push_back(path_to_json(root));
  write_file_atomically(folder.roots_file(), pretty(roots));
  std::size_t n_images = 0;
  for (const Case& one : cohort.cases) n_images += one.candidates.size();
  write_file_atomically(marker(folder.root()), pretty({{"format", "radbatch-scan"},
                                                       {"format_version", "1.0"},
                                                       {"version", version()},
                                                       {"git_revision", git_revision()},
                                                       {"files", found.records.size()},
                                                       {"cases", cohort.cases.size()},
                                                       {"images", n_images},
                                                       {"unassigned", unassigned_counts(cohort)},
                                                       {"cohort_sha256", cohort_sha256(case_ids(cohort))}}));
}

}  // namespace

int scan_studies(const RunOptions& options, Reporter& reporter) {
  const auto stopped = [] {
    return stop_signal() == SIGUSR1 ? static_cast<int>(ExitCode::checkpoint) : 128 + stop_signal();
  };
  InputPlan plan = absolute(plan_inputs(options));
  if (stop_signal() != 0) return stopped();
  if (plan.stream || !plan.scans.empty()) {
    throw Error(
        ExitCode::usage, "scan reads folders, files and manifests",
        plan.stream ? "a stream brings its headers along" : "give the scanned folder again to renew a scan");
  }
  if (plan.paths.empty() && plan.listed.empty()) {
    throw Error(ExitCode::no_input, "no input: the list of files is empty");
  }
  const ScanTool tool(options);
  const RunFolder folder(options.out);
  WorkerPool pool;
  std::vector<std::string> roots = plan.roots;
  roots.push_back(folder.unpacked_folder().string());  // of archives among the inputs
  add_workers(pool, tool, options, roots);
  folder.claim(tool.identity());
  Archives archives(folder, options, pool, reporter);
  const FoundCohort found = find_cohort(plan, options, folder, pool, archives, reporter, [] {});
  if (stop_signal() != 0) return stopped();
  write_scan(folder, plan, found, options);
  std::size_t n_images = 0;
  for (const Case& one : found.cohort.cases) n_images += one.candidates.size();
  reporter.info(counted(found.records.size(), "file") + ", " + std::to_string(found.headers_read) +
                " read now: " + counted(found.cohort.cases.size(), "case") + " with " +
                counted(n_images, "image") + ", " +
                counted(found.cohort.unassigned.size(), "unassigned file"));
  return 0;
}

bool is_scan_folder(const fs::path& folder) {
  std::error_code missing;
  return fs::exists(marker(folder), missing) && fs::exists(RunFolder(folder).index_file(), missing);
}

std::vector<std::string> scan_roots(const RunFolder& folder) {
  std::vector<std::string> roots;
  for (const Json& root : read_json_file(folder.roots_file())) roots.push_back(path_from_json(root));
  return roots;
}

RunOptions with_scan_settings(RunOptions options) {
  std::optional<Json> settings;
  for (const std::string& input : options.inputs) {
    if (!is_scan_folder(input)) continue;
    const Json identity = RunFolder(input).identity();
    const Json own{{"case_by", identity.at("options").at("case_by")},
                   {"cases", identity.value("cases", Json())}};
    if (settings && *settings != own) {
      throw Error(ExitCode::usage, "the scans were made with different ways of grouping cases",
                  "give --case-by and the like, or one scan");
    }
    settings = own;
  }
  if (!settings) return options;
  if (options.case_by == RunOptions().case_by)
    options.case_by = (*settings)["case_by"].get<std::vector<std::string>>();
  if (grouping_json(options).is_null()) apply_grouping_json((*settings)["cases"], options);
  return options;
}

}  // namespace radbatch
