#include "radbatch/batch/dicom_export.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/batch/archive_source.hpp"
#include "radbatch/batch/export_archives.hpp"
#include "radbatch/batch/prepared_image.hpp"
#include "radbatch/batch/run_workers.hpp"
#include "radbatch/batch/signals.hpp"
#include "radbatch/store/table.hpp"
#include "radbatch/worker/pool.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

// More would not help: a worker that may read anything is what runs over manifests have too.
constexpr std::size_t most_roots = 256;

CodedConcept concept_of(const Finding& finding, const std::string& label) {
  return parse_concept(finding.code, finding.name).value_or(private_concept(label, finding.name));
}

/// What is asked of a worker for one file.
struct ObjectJob {
  std::size_t position = 0;  ///< of the case
  std::string format;
  std::string picture;  ///< of a capture: PNG below the run folder
  std::string what;     ///< of a capture: "explanation", "preview", "sheet"
  int number = 1;
  bool died_once = false;
};

std::string series_description(const ExportedRun& run) {
  return short_text(run.algorithm.name + " " + run.algorithm.version + " (research)");
}

std::string derivation_of(const ExportedRun& run, const ObjectJob& job, const CaseOutcome& outcome) {
  const std::string by = run.algorithm.name + " " + run.algorithm.version + ", for research";
  if (job.what != "explanation") return "The image as the model was shown it; " + by;
  const Json record = outcome.result.at("explanation");
  return "Where the finding " + record.value("finding", std::string("?")) + " comes from, by " +
         record.value("settings", Json::object()).value("method", std::string("?")) + "; " + by;
}

class DicomExport {
 public:
  DicomExport(ExportedRun& run, fs::path to, const RunOptions& options, ExportLedger& ledger,
              Reporter& reporter)
      : run_(run), to_(std::move(to)), options_(options), ledger_(ledger), reporter_(reporter) {}

  void run(const std::vector<std::string>& formats) {
    for (std::size_t i = 0; i < run_.cases().size(); ++i) {
      for (const std::string& format : formats) plan(i, format);
    }
    if (todo_.empty()) return;
    for (const std::string& format : formats) make_folder(to_ / format, true);
    add_image_workers(pool_, Json::object(), options_, roots());
    const bool has_unpacked = unpack_for_export(run_, pool_, options_, reporter_);
    const std::size_t total = todo_.size();
    while ((!todo_.empty() || !under_way_.empty()) && stop_signal() == 0) {
      dispatch();
      for (const WorkerEvent& event : pool_.wait(std::chrono::milliseconds(500))) handle(event);
      reporter_.progress({"exporting", total - todo_.size() - under_way_.size(), total, {}});
    }
    if (has_unpacked && stop_signal() == 0) Archives::remove_unpacked(run_.folder);
  }

 private:
  void plan(std::size_t position, const std::string& format) {
    const std::string& id = run_.cases()[position].id;
    const Status status = run_.run.outcomes.status(id);
    if (status != Status::done) {
      const CaseOutcome outcome = run_.run.outcomes.at(id);
      ledger_.skipped(id, format, outcome.reason.value_or(Reason::interrupted), "the case is not done");
    } else if (format == DICOM_SR) {
      todo_.push_back({position, format, {}, {}, 1, false});
    } else {
      plan_pictures(position);
    }
  }

  void plan_pictures(std::size_t position) {
    const std::string& id = run_.cases()[position].id;
    const Json result = run_.run.outcomes.at(id).result;
    const std::vector<std::pair<std::string, std::string>> places{
        {"explanation", result.value("explanation", Json::object()).value("picture", std::string())},
        {"preview", "previews/" + id + ".png"},
        {"sheet",
         result.contains("sheet") && result["sheet"].is_string() ? result["sheet"].get<std::string>() : ""}};
    int number = 0;
    std::error_code missing;
    for (const auto& [what, place] : places) {
      if (place.empty() || !fs::is_regular_file(run_.folder.root() / place, missing)) continue;
      todo_.push_back({position, DICOM_SC, place, what, ++number, false});
    }
    if (number == 0)
      ledger_.skipped(id, DICOM_SC, Reason::not_selected, "the run made no picture of the case");
  }

  /// The folders that workers may read: the run's inputs and the run itself.
  std::vector<std::string> roots() const {
    std::set<std::string> roots{fs::absolute(run_.folder.root()).string()};
    for (const FileRecord& record : run_.run.found.records) {
      if (roots.size() > most_roots) return {};
      roots.insert(record.root);
    }
    return {roots.begin(), roots.end()};
  }

  void dispatch() {
    for (auto slot = pool_.idle("image"); slot && !todo_.empty(); slot = pool_.idle("image")) {
      ObjectJob job = std::move(todo_.front());
      todo_.pop_front();
      try {
        pool_.send(*slot, {request(job), nullptr, {}, options_.case_timeout});
        under_way_.emplace(*slot, std::move(job));
      } catch (const Error& problem) {
        if (!problem.reason()) throw;
        give_up(job, *problem.reason(), problem.message());
      }
    }
  }

  Json request(const ObjectJob& job) const {
    const Case& one = run_.cases()[job.position];
    const CaseOutcome outcome = run_.run.outcomes.at(one.id);
    std::vector<std::string> files;
    bool may_show_text = std::ranges::find(outcome.flags, "W_MAY_SHOW_TEXT") != outcome.flags.end();
    for (const UsedImage& image : used_images(run_, one, outcome)) {
      if (image.candidate->source.kind != FileKind::dicom)
        throw Error(Reason::not_image, "the case has no DICOM image, so there is no study to refer to");
      if (const std::string change = change_since_run(run_, image); !change.empty())
        throw Error(Reason::io, change);
      may_show_text |= !may_be_shown(image.candidate->attributes, Thumbnails::safe);
      for (const std::size_t file : image.candidate->files)
        files.push_back(readable_path(run_.run.found.records[file]));
    }
    if (files.empty()) throw Error(Reason::no_series, "the run does not say which image was scored");
    if (job.format == DICOM_SR) return report_request(outcome, std::move(files));
    return capture_request(job, outcome, std::move(files), may_show_text);
  }

  Json report_request(const CaseOutcome& outcome, std::vector<std::string> files) const {
    Json request{{"op", "structured_report"}};
    request.update(to_json(reported_result(run_, outcome, std::move(files))));
    return request;
  }

  Json capture_request(const ObjectJob& job, const CaseOutcome& outcome, std::vector<std::string> files,
                       bool may_show_text) const {
    ReportedPicture picture;
    picture.study = {std::move(files), run_.algorithm, run_.time, series_description(run_)};
    picture.picture = fs::absolute(run_.folder.root() / job.picture).string();
    picture.derivation = derivation_of(run_, job, outcome);
    picture.may_show_text = may_show_text;
    picture.number = job.number;
    Json request{{"op", "secondary_capture"}};
    request.update(to_json(picture));
    return request;
  }

  void handle(const WorkerEvent& event) {
    const auto found = under_way_.find(event.slot);
    if (found == under_way_.end()) return;
    ObjectJob job = std::move(found->second);
    under_way_.erase(found);
    if (event.kind == WorkerEvent::Kind::timed_out)
      return give_up(job, Reason::decoder_timeout, "reading its headers took too long");
    if (event.kind == WorkerEvent::Kind::answer && take(job, event.answer)) return;
    if (job.died_once) return give_up(job, Reason::decoder_crash, "the process that read its headers died");
    job.died_once = true;
    todo_.push_front(std::move(job));
  }

  /// False for an answer that is none.
  bool take(const ObjectJob& job, const Json& answer) {
    if (answer.contains("fault")) throw_fault(answer);
    try {
      if (answer.contains("error")) {
        const Json& error = answer["error"];
        give_up(job, find_reason(error.at("code").get<std::string>()).value_or(Reason::io),
                printable(error.at("detail").get<std::string>()));
        return true;
      }
      const std::string object = from_base64(answer.at("object").get<std::string>());
      if (object.size() < 132 || object.compare(128, 4, "DICM") != 0) return false;
      const std::string& id = run_.cases()[job.position].id;
      const std::string file = job.format + "/" + id + (job.what.empty() ? "" : "_" + job.what) + ".dcm";
      write_file_atomically(to_ / file, object);
      ledger_.exported(id, job.format, file);
      return true;
    } catch (const Json::exception&) {
      return false;
    }
  }

  void give_up(const ObjectJob& job, Reason reason, const std::string& detail) {
    const std::string& id = run_.cases()[job.position].id;
    if (reason == Reason::not_image) return ledger_.skipped(id, job.format, reason, detail);
    ledger_.failed(id, job.format, reason, detail);
  }

  ExportedRun& run_;
  fs::path to_;
  const RunOptions& options_;
  ExportLedger& ledger_;
  Reporter& reporter_;
  WorkerPool pool_;
  std::deque<ObjectJob> todo_;
  std::map<std::size_t, ObjectJob> under_way_;  ///< by slot
};

}  // namespace

ReportedResult reported_result(const ExportedRun& run, const CaseOutcome& outcome,
                               std::vector<std::string> files) {
  ReportedResult result;
  result.study = {std::move(files), run.algorithm, run.time, series_description(run)};
  const CaseScores scores = scores_of(run, outcome);
  for (std::size_t h = 0; h < run.bundle.heads.size(); ++h) {
    const Head& head = run.bundle.heads[h];
    const HeadScores& numbers = scores.heads.at(h);
    for (std::size_t f = 0; f < head.findings.size(); ++f) {
      const std::string label = finding_label(run.bundle, h, f);
      result.findings.push_back({label, concept_of(head.findings[f], label), shortest(numbers.values.at(f)),
                                 has_probabilities(head), numbers.decisions.at(f)});
    }
    if (!numbers.top) continue;
    result.classes.push_back(
        {private_concept(head.name, head.name),
         concept_of(head.findings[*numbers.top], finding_label(run.bundle, h, *numbers.top))});
  }
  return result;
}

std::vector<std::string> findings_without_code(const Bundle& bundle) {
  std::vector<std::string> labels;
  for (std::size_t h = 0; h < bundle.heads.size(); ++h) {
    for (std::size_t f = 0; f < bundle.heads[h].findings.size(); ++f) {
      const Finding& finding = bundle.heads[h].findings[f];
      if (!parse_concept(finding.code, finding.name)) labels.push_back(finding_label(bundle, h, f));
    }
  }
  return labels;
}

void export_dicom(ExportedRun& run, const std::vector<std::string>& formats, const fs::path& to,
                  const RunOptions& options, ExportLedger& ledger, Reporter& reporter) {
  DicomExport(run, to, options, ledger, reporter).run(formats);
}

}  // namespace radbatch
