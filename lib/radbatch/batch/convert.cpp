#include "radbatch/batch/convert.hpp"

#include <algorithm>
#include <array>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/base/version.hpp"
#include "radbatch/batch/bids_layout.hpp"
#include "radbatch/batch/clip_facts.hpp"
#include "radbatch/batch/convert_grid.hpp"
#include "radbatch/batch/convert_manifest.hpp"
#include "radbatch/batch/convert_work.hpp"
#include "radbatch/batch/image_names.hpp"
#include "radbatch/batch/prepared_image.hpp"
#include "radbatch/study/attributes.hpp"
#include "radbatch/study/case_id.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

constexpr std::array<std::string_view, 6> formats{"nii.gz", "nii", "nrrd", "mha", "png", "h5"};

void check(const ConvertOptions& options) {
  if (std::ranges::find(formats, options.format) == formats.end()) {
    throw Error(ExitCode::usage, "--format: unknown format '" + printable(options.format) + "'",
                "one of nii.gz, nii, nrrd, mha, png, h5");
  }
  check_grid_options(options);
  if (!options.layout.empty() && options.layout != "bids") {
    throw Error(ExitCode::usage, "--layout: unknown layout '" + printable(options.layout) + "'",
                "bids, or leave it out for a folder per case");
  }
  if (options.layout.empty()) return;
  if (!options.name.empty())
    throw Error(ExitCode::usage, "--layout bids decides the names: leave out --name");
  if (!options.format.starts_with("nii")) {
    throw Error(ExitCode::usage, "--layout bids wants NIfTI: --format nii.gz or nii");
  }
}

/// Every path that the outcome names, below the run folder.
std::vector<std::string> paths_of(const Json& file) {
  if (!file.contains("path")) return {};
  const std::string path = file["path"].get<std::string>();
  if (!file.contains("slices")) return {path};
  return slice_paths(path, file["slices"].get<std::int64_t>(), file["frames"].get<std::int64_t>());
}

std::uint64_t bytes_on_disk(const fs::path& root, const std::vector<std::string>& paths) {
  std::uint64_t sum = 0;
  for (const std::string& path : paths) {
    std::error_code missing;
    const auto bytes = fs::file_size(root / path, missing);
    if (!missing) sum += bytes;
  }
  return sum;
}

class Convert : public Tool {
 public:
  Convert(const ConvertOptions& options, const RunOptions& run) : options_(options), run_(run) {
    check(options);
    if (!options.name.empty()) template_.emplace(options.name, options.keep_phi);
    Json chosen = to_json(options);
    chosen["case_by"] = run.case_by;
    chosen["frames"] = to_text(run.frames);
    identity_ = {{"tool", "convert"},
                 {"format_version", "1.0"},
                 {"result_version", RESULT_VERSION},
                 {"options", std::move(chosen)}};
  }

  std::string name() const override { return "convert"; }
  std::string doing() const override { return "converting"; }
  Json identity() const override { return identity_; }

  std::unique_ptr<CaseWork> begin(const Case& one, const Selection&) override {
    ConvertPlan plan;
    plan.out = run_.out;
    plan.format = options_.format;
    plan.names = names_of(one);
    plan.keep_phi = options_.keep_phi;
    plan.frames = run_.frames;
    for (const Candidate& candidate : one.candidates) {
      plan.refused.push_back(refused_grid(candidate, options_));
      plan.grid.push_back(grid_request(candidate, options_));
      plan.preview.push_back(options_.preview && may_be_shown(candidate.attributes, options_.thumbnails));
      if (options_.layout == "bids") plan.extra.push_back(bids_members(candidate));
    }
    return make_convert_work(one, std::move(plan));
  }

  /// Every image of the case goes on, the unusable ones with their reason: the next tool selects among them
  /// as it would among the originals.
  std::vector<InputRecord> outputs(const Case& one, const CaseOutcome& outcome) const override {
    std::vector<InputRecord> inputs;
    for (const Json& file : outcome.result.value("files", Json::array())) {
      const Candidate& candidate = one.candidates.at(file.at("image").get<std::size_t>());
      const std::vector<std::string> paths = paths_of(file);
      if (paths.empty()) {
        InputRecord input = input_of_candidate(candidate, "", FileKind::none);
        input.reason = find_reason(file.at("reason").get<std::string>());
        input.detail = file.value("detail", "");
        inputs.push_back(std::move(input));
      }
      const FileKind kind = find_file_kind(file.value("kind", "nifti")).value_or(FileKind::nifti);
      for (const std::string& path : paths) {
        InputRecord input = input_of_candidate(candidate, fs::absolute(run_.out / path).string(), kind);
        input.attributes.update(file.value("facts", Json::object()));
        if (file.contains("flags")) input.attributes["reading_flags"] = file["flags"];
        note_clip(input.attributes, file.value("frames", 1));
        if (paths.size() > 1) become_slice(input.attributes);
        if (kind == FileKind::none) {
          input.reason = Reason::not_image;
          input.detail = "an HDF5 volume is for other software; convert to another format for the next tool";
        }
        inputs.push_back(std::move(input));
      }
    }
    return inputs;
  }

  bool is_intact(const CaseOutcome& outcome) const override {
    for (const Json& file : outcome.result.value("files", Json::array())) {
      if (file.contains("path") && bytes_on_disk(run_.out, paths_of(file)) != file.at("bytes")) return false;
      if (const Json table = file.value("gradients", Json()); table.is_object()) {
        const std::vector<std::string> paths{table.at("bval"), table.at("bvec")};
        if (bytes_on_disk(run_.out, paths) != table.at("bytes")) return false;
      }
    }
    for (const Json& picture : outcome.result.value("previews", Json::array())) {
      if (bytes_on_disk(run_.out, paths_of(picture)) != picture.at("bytes")) return false;
    }
    return true;
  }

  void write_results(const RunRecord& run, std::span<const NamedTable>) const override {
    std::string lines;
    for (const Case& one : run.cases) {
      const CaseOutcome& outcome = run.outcomes.at(one.id);
      Json inputs = Json::array();
      for (const Json& file : outcome.result.value("files", Json::array())) {
        const std::vector<std::string> paths = paths_of(file);
        const auto add = [&](Json input) {
          describe_input(input, one, file);
          inputs.push_back(std::move(input));
        };
        if (paths.size() == 1) add(manifest_input(run.folder.root(), file));
        if (paths.size() == 1) continue;
        for (const std::string& path : paths) add({{"path", path}});
      }
      if (inputs.empty()) continue;
      Json line = {{"case_id", one.id}, {"inputs", inputs}};
      line.update(region_beside(run.folder.root(), one));
      if (one.carried.contains("registered")) line["registered"] = one.carried["registered"];
      lines += canonical(line) + "\n";
    }
    write_file_atomically(run.folder.root() / "manifest.jsonl", lines);
    if (options_.layout == "bids") write_bids_files(run.folder.root(), participants(run));
  }

 private:
  std::vector<std::string> names_of(const Case& one) const {
    if (options_.layout == "bids") return bids_names(one, patient_of(one));
    return template_ ? template_->names(one) : default_names(one);
  }

  std::string patient_of(const Case& one) const {
    if (!one.patient_key.empty()) return one.patient_key;
    if (one.patient_id.empty()) return {};
    if (secret_.empty()) secret_ = RunFolder(run_.out).patient_key_secret(run_.key_file);
    return patient_key(secret_, one.patient_id);
  }

  static Json bids_members(const Candidate& candidate) {
    const BidsPlace place = bids_place(candidate);
    return place.task.empty() ? Json::object() : Json{{"TaskName", place.task}};
  }

  static void become_slice(Json& attributes) {
    attributes["dims"] = 2;
    attributes["n_slices"] = 1;
    attributes["frames"] = 1;
    Json& size = attributes["size"];
    if (size.is_array() && size.size() == 3) size[2] = 1;
  }

  std::vector<BidsParticipant> participants(const RunRecord& run) const {
    std::vector<BidsParticipant> found;
    for (const Case& one : run.cases) {
      if (run.outcomes.at(one.id).status != Status::done) continue;
      const Json attributes = one.files.empty() ? Json::object() : run.records[one.files.front()].attributes;
      const std::string patient = patient_of(one);
      found.push_back({bids_label(patient.empty() ? one.id : patient), text_of(attributes, "PatientSex"),
                       text_of(attributes, "PatientAge")});
    }
    return found;
  }

  ConvertOptions options_;
  RunOptions run_;
  std::optional<NameTemplate> template_;
  mutable std::string secret_;
  Json identity_;
};

}  // namespace

std::unique_ptr<Tool> make_convert(const ConvertOptions& options, const RunOptions& run) {
  return std::make_unique<Convert>(options, run);
}

Json to_json(const ConvertOptions& options) {
  return {
      {"format", options.format},     {"layout", options.layout},
      {"tilt", options.tilt},         {"uneven", options.uneven},
      {"name", options.name},         {"preview", options.preview},
      {"keep_phi", options.keep_phi}, {"thumbnails", options.thumbnails == Thumbnails::all ? "all" : "safe"}};
}

ConvertOptions convert_options_from_json(const Json& json) {
  ConvertOptions options;
  options.format = json.value("format", options.format);
  options.layout = json.value("layout", options.layout);
  options.tilt = json.value("tilt", options.tilt);
  options.uneven = json.value("uneven", options.uneven);
  options.name = json.value("name", options.name);
  options.preview = json.value("preview", options.preview);
  options.keep_phi = json.value("keep_phi", options.keep_phi);
  options.thumbnails = find_thumbnails(json.value("thumbnails", "safe")).value_or(Thumbnails::safe);
  return options;
}

}  // namespace radbatch
