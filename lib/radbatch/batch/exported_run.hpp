// A finished run as exports see it: its scores in the model's terms and the files behind each case.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "radbatch/batch/restore.hpp"
#include "radbatch/batch/run_folder.hpp"
#include "radbatch/model/bundle.hpp"
#include "radbatch/model/heads.hpp"
#include "radbatch/study/reported_result.hpp"

namespace radbatch {

struct ExportedRun {
  RunFolder folder;
  RestoredRun run;
  Bundle bundle;  ///< of the run's copy of radbatch.json; no weights
  ReportedAlgorithm algorithm;
  std::string model_sha256;
  std::string version;  ///< of the radbatch that made the run
  RunTime time;
  std::map<std::string, std::string> patient_keys;  ///< case_id -> keyed hash, of private/linkage.csv

  const std::vector<Case>& cases() const { return run.taken; }
};

/// Throws Error(ExitCode::usage) when `out` holds no run with scores.
ExportedRun load_exported_run(const std::filesystem::path& out);

/// The scores of a case that is done. Throws Error(ExitCode::internal).
CaseScores scores_of(const ExportedRun& run, const CaseOutcome& outcome);

/// Slug; of several heads <head>_<slug>.
std::string finding_label(const Bundle& bundle, std::size_t head, std::size_t finding);
/// Whether the numbers of a head are probabilities.
bool has_probabilities(const Head& head);

/// An image that a score is made of.
struct UsedImage {
  const Candidate* candidate = nullptr;
  std::vector<std::string> digests;  ///< SHA-256 of its files, in their order; empty where not known
};
/// As the journal remembers it, else as the run's rules choose.
std::vector<UsedImage> used_images(const ExportedRun& run, const Case& one, const CaseOutcome& outcome);

/// Why the files are not those that were scored: "file 3 of 28 is gone since the run"; empty when they are. A
/// file whose time has changed is read and compared by its digest.
std::string change_since_run(const ExportedRun& run, const UsedImage& image);

}  // namespace radbatch
