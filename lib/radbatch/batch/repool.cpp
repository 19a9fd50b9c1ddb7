#include "radbatch/batch/repool.hpp"

#include <algorithm>
#include <set>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/batch/assemble.hpp"
#include "radbatch/batch/infer_work.hpp"
#include "radbatch/batch/journal.hpp"
#include "radbatch/batch/levels.hpp"
#include "radbatch/batch/restore.hpp"
#include "radbatch/batch/score_members.hpp"
#include "radbatch/study/case_id.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

/// radbatch.json of the run with the new rules. A rule that fits no head is the command's fault.
Bundle repooled_bundle(const RunFolder& run, const std::map<Level, PoolingRule>& pooling) {
  Json sidecar = read_json_file(run.model_folder() / "radbatch.json");
  for (const auto& [level, rule] : pooling) sidecar["pooling"][std::string(name(level))] = to_text(rule);
  try {
    return bundle_of(std::move(sidecar), run.model_folder());
  } catch (const Error& problem) {
    throw Error(ExitCode::usage, "--pooling: " + problem.message(), problem.hint());
  }
}

/// Whether the network saw several items of the case; also where the record has lost what it saw.
bool had_items(const CaseOutcome& outcome, const Bundle& bundle) {
  const auto shape = outcome.story.value("shape", std::vector<std::int64_t>());
  if (shape.empty()) return true;
  if (!bundle.windows) return shape.front() > 1;
  // Maps over the windows are put together to one.
  const bool all_maps =
      std::ranges::all_of(bundle.heads, [](const Head& head) { return head.map.has_value(); });
  return !all_maps && window_grid(*bundle.windows, std::span(shape).subspan(2)).starts.size() > 1;
}

void require_complete(const RestoredRun& run, const fs::path& folder) {
  const auto missing =
      std::ranges::count_if(run.taken, [&](const Case& one) { return !run.outcomes.contains(one.id); });
  if (missing == 0) return;
  throw Error(ExitCode::usage,
              printable(folder.string()) + " is not complete: no result of " +
                  counted(static_cast<std::size_t>(missing), "case"),
              "finish the run with its own command, then repool");
}

void require_kept(const RestoredRun& run, const Bundle& bundle) {
  std::vector<std::string> without;
  for (const Case& one : run.taken) {
    const CaseOutcome outcome = run.outcomes.at(one.id);
    if (outcome.status == Status::done && !outcome.result.contains("levels") && had_items(outcome, bundle))
      without.push_back(one.id);
  }
  if (without.empty()) return;
  std::string names = join(std::span(without).first(std::min<std::size_t>(without.size(), 5)), ", ");
  if (without.size() > 5) names += " and " + std::to_string(without.size() - 5) + " more";
  throw Error(ExitCode::usage,
              counted(without.size(), "case") + " of several items kept none of them: " + names,
              "run radbatch-infer again with --force, which keeps them");
}

/// Every level that a rule was given for has to be somewhere in the run.
void require_levels(const RestoredRun& run, const std::map<Level, PoolingRule>& pooling) {
  std::set<std::string> found;
  for (const Case& one : run.taken) {
    const Json levels = run.outcomes.at(one.id).result.value("levels", Json::object());
    if (levels.value("items", 1) > 1) found.insert(levels.at("level").get<std::string>());
  }
  for (const auto& [level, rule] : pooling) {
    if (found.contains(std::string(name(level)))) continue;
    const std::vector<std::string> there(found.begin(), found.end());
    throw Error(ExitCode::usage,
                "--pooling: no case of the run has several " + std::string(name(level)) + "; " +
                    (there.empty() ? "every case has one item" : "there are " + join(there, ", ")));
  }
}

/// Spread, entropy, sets and distances were made of the old scores, and their makers are not all kept.
void require_plain(const Json& identity) {
  for (const char* option : {"tta", "folds", "entropy", "conformal", "ood"}) {
    if (!identity.at("options").contains(option)) continue;
    throw Error(ExitCode::usage,
                std::string("the run was made with --") + option + ", whose columns cannot be pooled anew",
                "run radbatch-infer without it, or with the other rule in the model's radbatch.json");
  }
}

/// The scores of a case, nothing where its items were not kept.
Json new_scores(const Bundle& bundle, const CaseOutcome& outcome, const fs::path& run_folder,
                bool calibrate) {
  const std::optional<KeptLevels> kept = kept_levels(outcome.result, run_folder);
  if (!kept || kept->members.empty()) return nullptr;
  if (kept->members.size() > 1)
    throw Error(ExitCode::usage, "the run is of an ensemble, whose spread cannot be pooled anew");
  const auto score_pass = [&](const ClassifyPass& pass) {
    return score_case(bundle, head_outputs(pass), kept->level);
  };
  try {
    return to_json(bundle, score_members(bundle, kept->members, score_pass, calibrate).scores);
  } catch (const Error& problem) {
    if (!problem.reason()) throw;
    throw Error(ExitCode::usage, "--pooling: " + outcome.case_id + ": " + problem.message());
  }
}

Json new_identity(const RunFolder& run, const Bundle& bundle, const std::map<Level, PoolingRule>& pooling) {
  Json identity = run.identity();
  Json rules = Json::object();
  for (const auto& [level, rule] : pooling) rules[std::string(name(level))] = to_text(rule);
  identity["repooled"] = {{"pooling", rules}, {"source_identity_sha256", sha256_hex(canonical(identity))}};
  identity["model"]["sidecar_sha256"] = sidecar_sha256(bundle);
  return identity;
}

void copy_over(const fs::path& from, const fs::path& to) {
  std::error_code problem;
  fs::copy(from, to, fs::copy_options::recursive | fs::copy_options::skip_existing, problem);
  if (problem)
    throw Error(ExitCode::output, "cannot copy to " + printable(to.string()) + ": " + problem.message());
}

/// What the run knows of its files and patients; its tables are made anew.
void copy_private(const RunFolder& from, const RunFolder& to) {
  static const std::set<std::string> made{"linkage.csv", "unassigned.csv", "inputs.sha256", "commands.ndjson",
                                          "unpacked"};
  for (const auto& entry : fs::directory_iterator(from.private_folder())) {
    if (made.contains(entry.path().filename().string())) continue;
    copy_over(entry.path(), to.private_folder() / entry.path().filename());
  }
}

/// By a second name where the file system lets us: a file of arrays is never changed in place.
void take_arrays(const Json& result, const RunFolder& from, const RunFolder& to) {
  if (!result.contains("arrays")) return;
  const std::string file = result["arrays"].at("file").get<std::string>();
  const fs::path target = to.root() / file;
  make_folder(target.parent_path());
  std::error_code problem;
  fs::remove(target, problem);  // of a try before this one, which may have been cut short
  fs::create_hard_link(from.root() / file, target, problem);
  if (problem) copy_over(from.root() / file, target);
}

CaseOutcome repooled(CaseOutcome outcome, const Json& scores, const Json& identity) {
  outcome.result.erase("sheet");  // a picture that lies in the other folder
  if (!scores.is_null()) outcome.result.update(scores);
  if (outcome.status == Status::done)
    outcome.result_key = sha256_hex(outcome.content_key + canonical(identity));
  return outcome;
}

/// Returns how many cases were pooled anew.
std::size_t commit_all(const RestoredRun& run, const Bundle& bundle, const RunFolder& from,
                       const RunFolder& to) {
  JournalWriter journal(to.journal(), "1of1");
  std::vector<std::string> ids;
  for (const Case& one : run.taken) ids.push_back(one.id);
  const Json filter = run.sittings.empty() ? Json::object() : run.sittings.back().at("filter");
  journal.describe({{"shard", {{"index", 0}, {"count", 1}}},
                    {"filter", filter},
                    {"wishes", nullptr},
                    {"cohort_sha256", cohort_sha256(ids)}});
  const Json identity = to.identity();
  const bool calibrate = identity.at("options").value("calibration", true);
  std::size_t n_new = 0;
  for (const Case& one : run.taken) {
    const CaseOutcome outcome = run.outcomes.at(one.id);
    const Json scores = new_scores(bundle, outcome, from.root(), calibrate);
    take_arrays(outcome.result, from, to);
    journal.append(repooled(outcome, scores, identity));
    n_new += scores.is_null() ? 0 : 1;
  }
  journal.sync(true);
  return n_new;
}

std::size_t unfinished(const RestoredRun& run) {
  return static_cast<std::size_t>(std::ranges::count_if(run.taken, [&](const Case& one) {
    const Status status = run.outcomes.status(one.id);
    return status != Status::done && status != Status::skipped;
  }));
}

int assemble_repooled(const RunFolder& folder, std::size_t n_new, Reporter& reporter) {
  RestoredRun run = restore_run(folder);
  Sitting sitting;
  sitting.started = sitting.ended = utc_now();
  sitting.processed = run.taken.size();
  const std::size_t without = unfinished(run);
  const ExitCode status = without == 0 ? ExitCode::ok : ExitCode::cases;
  sitting.exit_status = static_cast<int>(status);
  assemble(*run.tool, {folder, run.taken, run.found.records, run.outcomes},
           {run.found.cohort.unassigned, run.files_in_cases}, folder.patient_key_secret({}), sitting);
  reporter.info(counted(run.taken.size(), "case") + ": " + std::to_string(n_new) + " pooled anew, " +
                std::to_string(without) + " without result");
  return static_cast<int>(status);
}

}  // namespace

void add_pooling(const std::string& text, std::map<Level, PoolingRule>& pooling) {
  const std::size_t equals = text.find('=');
  for (const Level level : {Level::slices, Level::frames, Level::windows}) {
    if (equals == std::string::npos || text.substr(0, equals) != name(level)) continue;
    pooling[level] = parse_pooling(text.substr(equals + 1));
    return;
  }
  throw Error(ExitCode::usage,
              "'" + printable(text) + "' does not say slices=RULE, frames=RULE or windows=RULE");
}

int repool(const RepoolOptions& options, Reporter& reporter) {
  const RunFolder from(options.run), to(options.out);
  const RestoredRun run = restore_run(from);
  if (run.tool->name() != "infer") {
    throw Error(ExitCode::usage, printable(options.run.string()) + " holds a run of radbatch-" +
                                     run.tool->name() + ", not scores");
  }
  require_complete(run, options.run);
  const Bundle bundle = repooled_bundle(from, options.pooling);
  require_kept(run, bundle);
  require_levels(run, options.pooling);
  require_plain(from.identity());
  // A rule that fits no case's numbers is found before anything is written.
  for (const Case& one : run.taken) {
    const CaseOutcome outcome = run.outcomes.at(one.id);
    if (!new_scores(bundle, outcome, from.root(), true).is_null()) break;
  }
  to.claim(new_identity(from, bundle, options.pooling));
  copy_private(from, to);
  make_folder(to.model_folder());
  write_file_atomically(to.model_folder() / "radbatch.json", pretty(bundle.sidecar));
  return assemble_repooled(to, commit_all(run, bundle, from, to), reporter);
}

}  // namespace radbatch
