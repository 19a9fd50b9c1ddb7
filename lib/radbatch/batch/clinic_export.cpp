#include "radbatch/batch/clinic_export.hpp"

#include <algorithm>
#include <csignal>
#include <set>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/batch/bids_export.hpp"
#include "radbatch/batch/clinicadl_export.hpp"
#include "radbatch/batch/dicom_export.hpp"
#include "radbatch/batch/signals.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t shown = 10;  // cases named on the terminal; export.csv has all

bool wants(const ExportOptions& options, const char* format) {
  return std::ranges::find(options.formats, format) != options.formats.end();
}

void warn_of_codes(const ExportedRun& run, Reporter& reporter) {
  const std::vector<std::string> labels = findings_without_code(run.bundle);
  if (labels.empty()) return;
  const std::size_t n = std::min(labels.size(), shown);
  const std::string more = labels.size() > n ? " and " + std::to_string(labels.size() - n) + " more" : "";
  reporter.warning("the model declares no code for " + join(std::span(labels).first(n), ", ") + more +
                   ": the reports use the private scheme " + std::string(PRIVATE_CODING_SCHEME) +
                   ", which other systems do not know; \"code\": \"SCT:...\" in radbatch.json declares one");
}

/// The cases that failed by name, the skipped ones by number.
void tell(const ExportLedger& ledger, const ExportOptions& options, Reporter& reporter) {
  std::set<std::string> told;
  bool is_about_files = false;
  for (const ExportLedger::Row& row : ledger.rows()) {
    if (row.state != ExportLedger::State::failed) continue;
    is_about_files |= row.reason == Reason::io;
    if (told.size() >= shown || !told.insert(row.case_id).second) continue;
    reporter.warning(row.case_id + ": no " + row.format + ": " + row.detail + " (" +
                     std::string(code(*row.reason)) + ")");
  }
  if (is_about_files) {
    reporter.warning(
        "an export refers to the images that were scored: put them back where they were (`radbatch why` "
        "names "
        "them; a path that was typed relative counts from the folder in which the run was started), or run "
        "the "
        "model again");
  }
  const auto none = std::ranges::find(ledger.rows(), ExportLedger::State::skipped, &ExportLedger::Row::state);
  if (ledger.count(ExportLedger::State::exported) == 0 && none != ledger.rows().end())
    reporter.warning("nothing was exported: " + none->case_id + ": " + none->detail);
  reporter.info(std::to_string(ledger.count(ExportLedger::State::exported)) + " exported, " +
                std::to_string(ledger.count(ExportLedger::State::skipped)) + " skipped, " +
                std::to_string(ledger.count(ExportLedger::State::failed)) + " failed: see " +
                printable((options.to / "export.csv").string()));
}

/// Objects of an earlier export that are not of this one: of a case that was done then and is not now, or a
/// picture that is gone. Whoever sends the folder to an archive would send them too.
void warn_of_leftovers(const ExportLedger& ledger, const std::vector<std::string>& dicom, const fs::path& to,
                       Reporter& reporter) {
  std::set<std::string> ours;
  for (const ExportLedger::Row& row : ledger.rows()) ours.insert(row.file);
  std::size_t n = 0;
  std::error_code none;
  for (const std::string& format : dicom) {
    for (const auto& entry : fs::directory_iterator(to / format, none)) {
      if (entry.path().extension() == ".dcm" &&
          !ours.contains(format + "/" + entry.path().filename().string()))
        ++n;
    }
  }
  if (n == 0) return;
  reporter.warning(printable(to.string()) + " has " + counted(n, "DICOM file") +
                   " of an earlier export that this one did not make; export.csv lists those that it did");
}

void require_not_a_source(const ExportOptions& options) {
  std::error_code error;
  const bool is_run = fs::exists(options.to / "journal" / "identity.json", error);
  const bool is_data_set = fs::exists(options.to / "dataset_description.json", error);
  if (!is_run && !is_data_set) return;
  throw Error(
      ExitCode::usage,
      printable(options.to.string()) + (is_run ? " is a run folder" : " is a BIDS data set") +
          ": exports go into a folder of their own",
      "name another one with --to, such as " + printable((options.to / "derivatives" / "radbatch").string()));
}

}  // namespace

const std::vector<std::string>& export_formats() {
  static const std::vector<std::string> formats{DICOM_SR, DICOM_SC, BIDS, CLINICADL};
  return formats;
}

std::vector<std::string> parse_export_formats(const std::string& text) {
  std::vector<std::string> formats;
  for (const std::string& word : split(text, ',')) {
    if (std::ranges::find(export_formats(), word) == export_formats().end()) {
      const std::string near = nearest(word, export_formats());
      throw Error(
          ExitCode::usage, "unknown format '" + printable(word) + "'",
          near.empty() ? "one or more of " + join(export_formats(), ", ") : "did you mean " + near + "?");
    }
    if (std::ranges::find(formats, word) == formats.end()) formats.push_back(word);
  }
  return formats;
}

int export_results(const ExportOptions& options, const RunOptions& resources, Reporter& reporter) {
  require_not_a_source(options);
  ExportedRun run = load_exported_run(options.run);
  std::vector<std::string> dicom;
  for (const char* format : {DICOM_SR, DICOM_SC}) {
    if (wants(options, format)) dicom.emplace_back(format);
  }
  make_folder(options.to, !dicom.empty());
  ExportLedger ledger;
  if (wants(options, DICOM_SR)) warn_of_codes(run, reporter);
  if (wants(options, CLINICADL)) export_clinicadl(run, options.to, options.labels, ledger, reporter);
  if (wants(options, BIDS)) export_bids(run, options.to, options.all_cases, ledger, reporter);
  if (!dicom.empty()) export_dicom(run, dicom, options.to, resources, ledger, reporter);
  if (stop_signal() != 0)
    return stop_signal() == SIGUSR1 ? static_cast<int>(ExitCode::checkpoint) : 128 + stop_signal();
  tell(ledger, options, reporter);
  warn_of_leftovers(ledger, dicom, options.to, reporter);
  const bool has_failed = ledger.count(ExportLedger::State::failed) > 0;
  const bool has_any = ledger.count(ExportLedger::State::exported) > 0;
  ledger.keep_others(options.to / "export.csv", options.formats);
  ledger.write(options.to / "export.csv");
  if (has_failed) return static_cast<int>(ExitCode::cases);
  return static_cast<int>(has_any ? ExitCode::ok : ExitCode::no_input);
}

}  // namespace radbatch
