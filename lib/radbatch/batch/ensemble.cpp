#include "radbatch/batch/ensemble.hpp"

#include <algorithm>
#include <set>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/base/version.hpp"
#include "radbatch/batch/assemble.hpp"
#include "radbatch/batch/case_filter.hpp"
#include "radbatch/batch/ensemble_scores.hpp"
#include "radbatch/batch/journal.hpp"
#include "radbatch/batch/restore.hpp"
#include "radbatch/model/heads.hpp"
#include "radbatch/study/case_id.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t SHOWN = 3;

/// A run with what its model is.
struct ModelRun {
  std::string name;  ///< as the user typed it
  RunFolder folder;
  Json identity;
  RestoredRun run;
  Bundle bundle;
};

ModelRun load_member(const fs::path& path) {
  const RunFolder folder(path);
  const std::string name = printable(path.string());
  const Json identity = folder.identity();
  if (identity.at("tool") != "infer" && identity.at("tool") != "ensemble") {
    throw Error(ExitCode::usage,
                name + " holds a run of " + identity.at("tool").get<std::string>() + ", which has no scores",
                "name run folders of radbatch infer");
  }
  ModelRun member{name, folder, identity, restore_run(folder), load_bundle(folder.model_folder())};
  std::size_t unfinished = 0;
  for (const Case& one : member.run.taken)
    unfinished += member.run.outcomes.status(one.id) == Status::interrupted ? 1 : 0;
  if (unfinished > 0)
    throw Error(ExitCode::usage,
                name + " is not finished: " + counted(unfinished, "case") + " without result",
                "run the same command again until it ends");
  return member;
}

/// "3 that it lacks (a, b, c ...)"; empty for none.
std::string some(const std::vector<std::string>& words, const std::string& what) {
  if (words.empty()) return {};
  const std::vector<std::string> shown(
      words.begin(),
      words.begin() + std::min<std::ptrdiff_t>(SHOWN, static_cast<std::ptrdiff_t>(words.size())));
  return std::to_string(words.size()) + " " + what + " (" + join(shown, ", ") +
         (words.size() > SHOWN ? " ..." : "") + ")";
}

void require_same(const std::set<std::string>& first, const std::set<std::string>& other,
                  const std::string& things, const ModelRun& one, const ModelRun& two) {
  std::vector<std::string> lacks, more;
  std::ranges::set_difference(first, other, std::back_inserter(lacks));
  std::ranges::set_difference(other, first, std::back_inserter(more));
  if (lacks.empty() && more.empty()) return;
  std::vector<std::string> parts{some(lacks, "that it lacks"), some(more, "that the other lacks")};
  std::erase(parts, "");
  throw Error(ExitCode::usage,
              two.name + " has not the " + things + " of " + one.name + ": " + join(parts, ", "),
              "an ensemble is of one cohort and the same findings");
}

std::set<std::string> case_ids(const ModelRun& member) {
  const std::vector<std::string> ids = ids_of(member.run.taken);
  return {ids.begin(), ids.end()};
}

/// "p_hand (multi-class)": a column means the same only in a head of the same kind.
std::set<std::string> findings_of(const ModelRun& member) {
  std::set<std::string> findings;
  for (const ScoreColumn& column : score_columns(member.bundle)) {
    if (column.kind == ColumnKind::probability || column.kind == ColumnKind::value)
      findings.insert(column.name + " (" + std::string(name(member.bundle.heads[column.head].kind)) + ")");
  }
  return findings;
}

std::size_t count_other_files(const ModelRun& one, const ModelRun& two) {
  return static_cast<std::size_t>(std::ranges::count_if(one.run.taken, [&](const Case& taken) {
    return one.run.outcomes.at(taken.id).fingerprint != two.run.outcomes.at(taken.id).fingerprint;
  }));
}

void check_options(const EnsembleOptions& options) {
  if (options.runs.size() < 2) throw Error(ExitCode::usage, "an ensemble needs two runs or more");
  if (options.out.empty()) throw Error(ExitCode::usage, "no output folder given", "name one with -o OUT");
  if (!options.weights.empty() && options.weights.size() != options.runs.size()) {
    throw Error(ExitCode::usage,
                counted(options.weights.size(), "weight") + " for " + counted(options.runs.size(), "run"),
                "give one for each run, in their order");
  }
}

/// The first run's sidecar with the thresholds that are given, and without its calibration, which is in its
/// scores.
Json sidecar_of(const ModelRun& first, const std::map<std::string, double>& thresholds) {
  Json sidecar = first.bundle.sidecar;
  sidecar.erase("calibration");
  std::set<std::string> unknown;
  for (const auto& [slug, value] : thresholds) unknown.insert(slug);
  for (std::size_t h = 0; h < first.bundle.heads.size(); ++h) {
    for (const Finding& finding : first.bundle.heads[h].findings) {
      const auto found = thresholds.find(finding.slug);
      if (found == thresholds.end()) continue;
      sidecar["heads"][h]["thresholds"][finding.slug] = found->second;
      sidecar["heads"][h]["threshold_source"] = "--threshold";
      unknown.erase(finding.slug);
    }
  }
  if (!unknown.empty())
    throw Error(ExitCode::usage, "no finding is called '" + printable(*unknown.begin()) + "'",
                "--threshold SLUG=VALUE");
  return sidecar;
}

Json identity_of(const std::vector<ModelRun>& members, const EnsembleOptions& options) {
  const Json& first = members.front().identity;
  Json runs = Json::array();
  std::vector<std::string> names;
  for (const ModelRun& member : members) {
    const Json& model = member.identity.at("model");
    runs.push_back({{"name", model.at("name")},
                    {"version", model.at("version")},
                    {"sha256", model.at("sha256")},
                    {"identity_sha256", sha256_hex(canonical(member.identity))}});
    names.push_back(model.at("name").get<std::string>());
  }
  Json chosen = {{"case_by", first.at("options").at("case_by")},
                 {"on_many", first.at("options").at("on_many")},
                 {"mean", options.mean == EnsembleMean::logit ? "logit" : "arithmetic"},
                 {"require", options.require == EnsembleRequire::any ? "any" : "all"},
                 {"weights", options.weights},
                 {"thresholds", options.thresholds}};
  if (first.at("options").contains("select")) chosen["select"] = first["options"]["select"];
  Json identity = {
      {"tool", "ensemble"},
      {"format_version", "1.0"},
      {"result_version", RESULT_VERSION},
      {"model",
       {{"name", join(names, " + ")}, {"version", "ensemble"}, {"sha256", sha256_hex(canonical(runs))}}},
      {"plan", nullptr},
      {"device", first.value("device", "cpu")},
      {"options", chosen},
      {"runs", runs}};
  if (first.contains("cases")) identity["cases"] = first["cases"];
  return identity;
}

/// What the first run knows of the inputs, so that merge and why work on the ensemble too.
void keep_inputs(const RunFolder& from, const RunFolder& to) {
  for (const char* file : {"index.ndjson", "images.ndjson", "cases.ndjson", "roots.json", "patient-key"}) {
    std::error_code missing;
    if (fs::exists(from.private_folder() / file, missing))
      write_file_atomically(to.private_folder() / file, read_file(from.private_folder() / file));
  }
  std::error_code missing;
  if (fs::exists(from.archives_folder(), missing))
    fs::copy(from.archives_folder(), to.archives_folder(),
             fs::copy_options::recursive | fs::copy_options::overwrite_existing);
}

CaseOutcome combined(const std::vector<ModelRun>& members, const std::string& case_id, const Bundle& bundle,
                     const EnsembleOptions& options, const std::string& identity) {
  std::vector<CaseOutcome> own;
  for (const ModelRun& member : members) own.push_back(member.run.outcomes.at(case_id));
  std::vector<const CaseOutcome*> all;
  for (const CaseOutcome& outcome : own) all.push_back(&outcome);
  return ensemble_outcome(bundle, options, all, identity);
}

/// Combines the cases one by one and commits what is not committed already; returns how many cases that were.
std::size_t combine(const std::vector<ModelRun>& members, const RunFolder& folder, const Bundle& bundle,
                    const EnsembleOptions& options, const std::string& identity) {
  const RestoredRun& first = members.front().run;
  const Outcomes known(folder.journal());
  JournalWriter journal(folder.journal(), "1of1");
  const Json filter =
      first.sittings.empty() ? Json::object() : first.sittings.back().value("filter", Json::object());
  journal.describe({{"shard", {{"index", 0}, {"count", 1}}},
                    {"filter", filter},
                    {"wishes", nullptr},
                    {"cohort_sha256", cohort_sha256(ids_of(first.taken))}});
  std::size_t written = 0;
  for (const Case& one : first.taken) {
    const CaseOutcome outcome = combined(members, one.id, bundle, options, identity);
    if (known.contains(one.id) && to_json(known.at(one.id)) == to_json(outcome)) continue;
    journal.append(outcome);
    ++written;
  }
  journal.sync(true);
  return written;
}

int summarize(const RestoredRun& first, const Outcomes& outcomes, Reporter& reporter) {
  std::size_t unfinished = 0;
  for (const Case& one : first.taken) {
    const Status status = outcomes.status(one.id);
    unfinished += status == Status::done || status == Status::skipped ? 0 : 1;
  }
  reporter.info(counted(first.taken.size(), "case") + " combined, " + std::to_string(unfinished) +
                " without result");
  return static_cast<int>(unfinished == 0 ? ExitCode::ok : ExitCode::cases);
}

}  // namespace

int ensemble_runs(const EnsembleOptions& options, Reporter& reporter) {
  check_options(options);
  std::vector<ModelRun> members;
  for (const fs::path& path : options.runs) {
    members.push_back(load_member(path));
    require_same(case_ids(members.front()), case_ids(members.back()), "cases", members.front(),
                 members.back());
    require_same(findings_of(members.front()), findings_of(members.back()), "findings", members.front(),
                 members.back());
    if (const std::size_t other = count_other_files(members.front(), members.back()); other > 0)
      reporter.warning(members.back().name + ": " + counted(other, "case") +
                       " made from other files than those of " + members.front().name +
                       " (an earlier state, or another form of the cohort)");
  }
  const ModelRun& first = members.front();
  const Json identity = identity_of(members, options);
  const Json sidecar = sidecar_of(first, options.thresholds);
  const RunFolder folder(options.out);
  folder.claim(identity);
  make_folder(folder.model_folder());
  write_file_atomically(folder.model_folder() / "radbatch.json", pretty(sidecar));
  keep_inputs(first.folder, folder);
  Sitting sitting;
  sitting.started = utc_now();
  sitting.command = options.command;
  const std::unique_ptr<Tool> tool = restore_ensemble(folder);
  sitting.processed =
      combine(members, folder, load_bundle(folder.model_folder()), options, canonical(identity));
  sitting.ended = utc_now();
  const Outcomes outcomes(folder.journal());
  assemble(*tool, {folder, first.run.taken, first.run.found.records, outcomes},
           {first.run.found.cohort.unassigned, first.run.files_in_cases}, folder.patient_key_secret({}),
           sitting);
  return summarize(first.run, outcomes, reporter);
}

}  // namespace radbatch
