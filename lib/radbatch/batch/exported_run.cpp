#include "radbatch/batch/exported_run.hpp"

#include <sys/stat.h>

#include <chrono>
#include <ctime>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/store/table.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

std::string stamp(const std::tm& parts) {
  char text[32];
  std::strftime(text, sizeof text, "%Y%m%d%H%M%S", &parts);
  return text;
}

RunTime time_of(std::time_t moment) {
  std::tm utc{}, local{};
  ::gmtime_r(&moment, &utc);
  ::localtime_r(&moment, &local);
  return {stamp(utc), stamp(local)};
}

/// When the first process of the run began: later ones that add cases do not change what is exported of the
/// others.
std::time_t start_of(const RestoredRun& run, const Json& record) {
  for (const Json& sitting : run.sittings) {
    if (const auto ns = sitting.value("started_ns", std::int64_t{0}); ns > 0) return ns / 1'000'000'000;
  }
  std::tm parts{};
  const Json sittings = record.value("sittings", Json::array());
  const std::string started = sittings.empty() ? "" : sittings.front().value("started", "");
  return ::strptime(started.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts) ? ::timegm(&parts) : 0;
}

std::map<std::string, std::string> read_patient_keys(const RunFolder& folder) {
  const fs::path path = folder.private_folder() / "linkage.csv";
  std::error_code missing;
  if (!fs::exists(path, missing)) return {};
  const Table table = read_csv(read_file(path), "linkage.csv");
  const auto id = table.find("case_id"), key = table.find("patient_key");
  std::map<std::string, std::string> keys;
  if (!id || !key) return keys;
  for (std::size_t row = 0; row < table.rows().size(); ++row)
    keys[table.text(row, *id)] = table.text(row, *key);
  return keys;
}

/// What of the model and its preparation a reader of a report may ask for.
std::vector<std::string> parameters_of(const ExportedRun& run, const Json& record) {
  std::vector<std::string> lines{"model sha256: " + run.model_sha256, "software: radbatch " + run.version};
  if (const Json plan = record.value("plan_sha256", Json());
      plan.is_string() && !plan.get<std::string>().empty())
    lines.push_back("preparation sha256: " + plan.get<std::string>());
  for (std::size_t h = 0; h < run.bundle.heads.size(); ++h) {
    const Head& head = run.bundle.heads[h];
    for (std::size_t f = 0; f < head.findings.size(); ++f) {
      if (!head.findings[f].threshold) continue;
      const std::string source = head.threshold_source.empty() ? "" : " (" + head.threshold_source + ")";
      lines.push_back("threshold " + finding_label(run.bundle, h, f) + ": " +
                      shortest(*head.findings[f].threshold) + source);
    }
  }
  return lines;
}

const Candidate* candidate_at(const Case& one, const Json& image) {
  if (!image.is_number_unsigned() || image.get<std::size_t>() >= one.candidates.size()) return nullptr;
  return &one.candidates[image.get<std::size_t>()];
}

void add_image(const Case& one, const Json& story, std::vector<UsedImage>& images) {
  const Candidate* candidate = candidate_at(one, story.value("image", Json()));
  if (!candidate) return;
  UsedImage image{candidate, {}};
  const Json digests = story.value("digests", Json());
  if (digests.is_array()) image.digests = digests.get<std::vector<std::string>>();
  images.push_back(std::move(image));
}

}  // namespace

ExportedRun load_exported_run(const fs::path& out) {
  RunFolder folder(out);
  RestoredRun restored = restore_run(folder);
  const std::string tool = restored.tool->name();
  if (tool != "infer" && tool != "ensemble") {
    throw Error(ExitCode::usage,
                printable(out.string()) + " is a run of radbatch-" + tool + ": it has no scores",
                "name a folder that radbatch infer or radbatch ensemble wrote");
  }
  ExportedRun run{folder, std::move(restored), load_bundle(folder.model_folder()), {}, {}, {}, {}, {}};
  std::error_code missing;
  const Json record =
      fs::exists(out / "run.json", missing) ? read_json_file(out / "run.json") : Json::object();
  const Json model = folder.identity().at("model");
  run.model_sha256 = model.at("sha256").get<std::string>();
  run.version = record.value("version", "");
  run.time = time_of(start_of(run.run, record));
  run.algorithm = {model.at("name").get<std::string>(), model.at("version").get<std::string>(), {}};
  run.algorithm.parameters = parameters_of(run, record);
  run.patient_keys = read_patient_keys(folder);
  return run;
}

CaseScores scores_of(const ExportedRun& run, const CaseOutcome& outcome) {
  return case_scores_from_json(run.bundle, outcome.result);
}

std::string finding_label(const Bundle& bundle, std::size_t head, std::size_t finding) {
  const std::string& slug = bundle.heads[head].findings[finding].slug;
  return bundle.heads.size() > 1 ? bundle.heads[head].name + "_" + slug : slug;
}

bool has_probabilities(const Head& head) {
  return head.kind != HeadKind::regression;
}

std::vector<UsedImage> used_images(const ExportedRun& run, const Case& one, const CaseOutcome& outcome) {
  std::vector<UsedImage> images;
  for (const Json& input : outcome.story.value("inputs", Json::array())) add_image(one, input, images);
  if (images.empty()) add_image(one, outcome.story, images);
  if (!images.empty()) return images;
  for (const SelectedInput& input : select(one, run.run.tool->rules()).inputs) {
    if (input.candidate) images.push_back({&one.candidates[*input.candidate], {}});
  }
  return images;
}

std::string change_since_run(const ExportedRun& run, const UsedImage& image) {
  const std::vector<std::size_t>& files = image.candidate->files;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const FileRecord& scanned = run.run.found.records[files[i]];
    const std::string which = "file " + std::to_string(i + 1) + " of " + std::to_string(files.size());
    struct stat now {};
    if (::stat(readable_path(scanned).c_str(), &now) != 0) return which + " is gone since the run";
    if (!scanned.stored.empty()) continue;
    const std::int64_t mtime_ns = now.st_mtim.tv_sec * 1'000'000'000LL + now.st_mtim.tv_nsec;
    if (static_cast<std::uint64_t>(now.st_size) == scanned.size && mtime_ns == scanned.mtime_ns) continue;
    const bool is_same = i < image.digests.size() && sha256_file(readable_path(scanned)) == image.digests[i];
    if (!is_same) return which + " has changed since the run";
  }
  return {};
}

}  // namespace radbatch
