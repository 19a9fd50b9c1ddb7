// A listed case in the structure that a scan gives.
#include <algorithm>
#include <set>

#include "radbatch/study/attributes.hpp"
#include "radbatch/study/candidate_facts.hpp"
#include "radbatch/study/derived_fields.hpp"
#include "radbatch/study/image_sidecar.hpp"
#include "radbatch/study/manifest.hpp"
#include "radbatch/study/series_split.hpp"

namespace radbatch {
namespace {

using Files = std::vector<std::size_t>;

bool is_asked_for(const InputRecord& input, const std::string& series, const std::string& instance) {
  return (input.series.empty() || series.empty() || series == input.series) &&
         (input.instance.empty() || instance.empty() || instance == input.instance);
}

Candidate without_files(const InputRecord& input) {
  Candidate candidate;
  candidate.reason = input.reason.value_or(Reason::io);
  candidate.detail = input.reason ? input.detail : "no file was found at the path that the manifest gives";
  return candidate;
}

void describe(Candidate& candidate, const InputRecord& input) {
  candidate.input = input.name;
  if (candidate.series.empty()) candidate.series = input.series;
  if (candidate.instance.empty()) candidate.instance = input.instance;
  candidate.attributes.update(input.attributes);
  candidate.source.attributes.update(input.attributes);
  if (candidate.reason || !input.reason) return;
  candidate.reason = input.reason;
  candidate.detail = input.detail;
}

/// Files of a DICOM folder that the manifest narrowed to a series or an instance.
Files narrowed(const InputRecord& input, std::span<const FileRecord> records, const Files& files) {
  Files kept;
  for (std::size_t file : files) {
    const Json& header = records[file].attributes;
    if (is_asked_for(input, text_of(header, "SeriesInstanceUID"), text_of(header, "SOPInstanceUID"))) {
      kept.push_back(file);
    }
  }
  return kept;
}

/// Several videos under one input are the chapters of one: recorders cut at 4 GB.
bool is_one_recording(std::span<const FileRecord> records, const Files& files) {
  return files.size() > 1 &&
         std::ranges::all_of(files, [&](std::size_t file) { return records[file].kind == FileKind::video; });
}

void add_input(Case& made, const InputRecord& input, std::span<const FileRecord> records,
               const Files& files) {
  Files images;
  const Sidecars sidecars(records, files);
  for (std::size_t file : narrowed(input, records, files)) {
    if (sidecars.is_used(file)) continue;
    if (records[file].kind != FileKind::none) {
      images.push_back(file);
    } else {
      const FileRecord& record = records[file];
      made.members.push_back(
          {file, "", "", Json::object(), record.reason.value_or(Reason::not_image), record.detail});
    }
  }
  ImagesOfCase found;
  if (is_one_recording(records, images)) {
    found.candidates.push_back(candidate_of_chapters(records, images));
  } else {
    found = images_of(records, images);
  }
  // A path that names one file is meant: if that file is no image, the input is unusable, not merely absent.
  if (found.candidates.empty()) {
    Candidate candidate = without_files(input);
    if (!files.empty() && !input.reason) {
      const FileRecord& record = records[files.front()];
      candidate.reason = record.reason.value_or(Reason::not_image);
      candidate.detail = files.size() == 1 ? record.detail : "no image of the series or instance asked for";
    }
    found.candidates.push_back(std::move(candidate));
  }
  for (Candidate& candidate : found.candidates) {
    sidecars.describe(candidate);
    describe(candidate, input);
    made.candidates.push_back(std::move(candidate));
  }
  std::ranges::move(found.members, std::back_inserter(made.members));
}

}  // namespace

Case case_from_record(const CaseRecord& record, std::span<const FileRecord> files,
                      std::span<const std::vector<std::size_t>> files_of_input, const Assumptions& assumed) {
  Case made;
  made.id = record.case_id;
  made.patient_key = record.patient_key;
  made.carried = record.carried;
  made.region = record.region;
  made.flags = record.flags;
  if (record.status && *record.status != Status::done) {
    made.upstream = Upstream{*record.status, record.reason, record.detail};
  }
  std::set<std::size_t> all;
  for (std::size_t i = 0; i < record.inputs.size(); ++i) {
    const Files given = i < files_of_input.size() ? files_of_input[i] : Files{};
    all.insert(given.begin(), given.end());
    add_input(made, record.inputs[i], files, given);
  }
  made.files.assign(all.begin(), all.end());
  derive_fields(made.candidates, files, assumed);
  return made;
}

InputRecord input_of_candidate(const Candidate& candidate, const std::string& path, FileKind kind) {
  InputRecord input;
  input.name = candidate.input;
  input.path = path;
  input.series = candidate.series;
  input.instance = candidate.instance;
  input.kind = kind;
  input.attributes = candidate.attributes;
  input.reason = candidate.reason;
  input.detail = candidate.detail;
  return input;
}

}  // namespace radbatch
