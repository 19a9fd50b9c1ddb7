#include "radbatch/batch/cohort_source.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/batch/copies.hpp"
#include "radbatch/batch/scan.hpp"
#include "radbatch/batch/signals.hpp"
#include "radbatch/batch/walk.hpp"
#include "radbatch/study/case_id.hpp"
#include "radbatch/study/case_template.hpp"
#include "radbatch/study/image_index.hpp"
#include "radbatch/study/record_delta.hpp"
#include "radbatch/study/regroup.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

void stat_file(FileRecord& record) {
  struct stat facts {};
  if (::stat(readable_path(record).c_str(), &facts) != 0) {
    record.reason = Reason::io;
    record.detail = std::string("cannot be opened: ") + std::strerror(errno);
    return;
  }
  record.size = static_cast<std::uint64_t>(facts.st_size);
  record.mtime_ns = facts.st_mtim.tv_sec * 1'000'000'000LL + facts.st_mtim.tv_nsec;
}

/// The region of a case, and whether its mask is still the same file.
std::string region_state(Json region) {
  if (!region.contains("mask")) return canonical(region);
  FileRecord mask;
  mask.root = region["mask"].at("path").get<std::string>();
  stat_file(mask);
  region["mask"]["path"] = fs::path(mask.root).filename().string();  // wherever the cohort lies
  return canonical(region) + '\0' + std::to_string(mask.size) + '\0' + std::to_string(mask.mtime_ns);
}

std::vector<std::string> paths_of(const InputRecord& input) {
  std::vector<std::string> paths{input.path};
  paths.insert(paths.end(), input.chapters.begin(), input.chapters.end());
  return paths;
}

/// The files of a listed input: all of a folder, or the one file.
InputFiles files_of(const InputRecord& input) {
  if (input.path.empty()) return {};
  std::error_code missing;
  if (input.chapters.empty() && fs::is_directory(input.path, missing)) return {walk(input.path), true};
  std::vector<FileRecord> records;
  for (const std::string& path : paths_of(input)) {
    FileRecord& record = records.emplace_back();
    record.root = fs::path(path).parent_path().string();
    record.path = fs::path(path).filename().string();
    stat_file(record);
  }
  // A JSON file of the same name says what the image format cannot.
  FileRecord beside = records.front();
  beside.path = std::string(path_stem(beside.path)) + ".json";
  if (beside.path != records.front().path && fs::is_regular_file(absolute_path(beside), missing)) {
    stat_file(beside);
    records.push_back(beside);
  }
  return {std::move(records), false};
}

std::vector<FileRecord> read_index(const fs::path& path) {
  std::vector<FileRecord> records;
  std::error_code missing;
  if (!fs::exists(path, missing)) return records;
  RecordUnpacker unpacker;
  for (const std::string& line : split(read_file(path), '\n')) {
    if (!line.empty()) records.push_back(unpacker.unpack(parse_json(line, path.string())));
  }
  return records;
}

void write_index(const fs::path& path, std::span<const FileRecord> records) {
  std::string text;
  RecordPacker packer;
  for (const FileRecord& record : records) text += canonical(packer.pack(record)) + "\n";
  write_file_atomically(path, text);
}

std::string list_text(std::span<const CaseRecord> lines) {
  std::string text;
  for (const CaseRecord& line : lines) text += canonical(to_json(line)) + "\n";
  return text;
}

std::string templated_id(const CaseRecord& record, const std::string& text) {
  return filled_template(text, [&](const std::string& word) -> std::string {
    if (word == "case_id") return record.case_id;
    const auto at = record.carried.find(word);
    if (at == record.carried.end() || at->is_null()) return {};
    return at->is_string() ? at->get<std::string>() : canonical(*at);
  });
}

Cohort cohort_of_list(std::vector<ListedCase> listed, std::span<const FileRecord> records,
                      const CaseOptions& options) {
  Cohort cohort;
  for (ListedCase& one : regrouped(std::move(listed), records, options.case_by)) {
    if (!options.case_id.empty()) one.record.case_id = templated_id(one.record, options.case_id);
    cohort.cases.push_back(case_from_record(one.record, records, one.files, options.assumed));
  }
  std::ranges::sort(cohort.cases, {}, &Case::id);
  const auto twice = std::ranges::adjacent_find(cohort.cases, {}, &Case::id);
  if (twice != cohort.cases.end())
    throw Error(ExitCode::usage, "two cases of the manifest have the id " + twice->id);
  return cohort;
}

/// The limit is --case-timeout, and never more than a header may take.
std::chrono::milliseconds header_limit(const RunOptions& options) {
  return std::min<std::chrono::milliseconds>(options.case_timeout, std::chrono::minutes(2));
}

/// `open_archives` replaces archives by their members; `scan_files` fills in what the files are; without it,
/// `known` says so.
FoundCohort find_listed(const std::vector<CaseRecord>& lines, const CaseOptions& options,
                        const KnownFiles& known,
                        const std::function<void(std::vector<InputFiles>&)>& open_archives,
                        const std::function<ScanResult(std::vector<FileRecord>)>& scan_files) {
  FoundCohort found;
  std::vector<InputFiles> inputs;
  for (const CaseRecord& line : lines) {
    for (const InputRecord& input : line.inputs) inputs.push_back(files_of(input));
  }
  open_archives(inputs);
  if (stop_signal() != 0) return {};
  std::vector<ListedCase> listed;
  auto next = inputs.begin();
  for (const CaseRecord& line : lines) {
    listed.push_back({line, {}});
    for (std::size_t input = 0; input < line.inputs.size(); ++input, ++next) {
      std::vector<std::size_t>& own = listed.back().files.emplace_back();
      for (FileRecord& record : next->files) {
        own.push_back(found.records.size());
        found.records.push_back(std::move(record));
      }
    }
  }
  if (scan_files) {
    ScanResult scanned = scan_files(std::move(found.records));
    if (stop_signal() != 0) return {};
    found.records = std::move(scanned.records);
    found.headers_read = scanned.opened;
  } else if (known.size() == found.records.size()) {
    found.records = known;
  } else {
    throw Error(ExitCode::usage, "the files behind the manifest have changed since the run",
                "run the same command again");
  }
  found.cohort = cohort_of_list(std::move(listed), found.records, options);
  return found;
}

/// An archive that was not opened may be all there is, and then it is the reason.
std::string hint_without_images(std::span<const FileRecord> records) {
  const auto unread = std::ranges::find(records, std::optional(Reason::archive), &FileRecord::reason);
  if (unread != records.end()) return unread->detail + " (E_ARCHIVE: radbatch explain E_ARCHIVE)";
  return "radbatch reads DICOM, NIfTI, NRRD, MetaImage, PNG, JPEG, TIFF and video, also in zip and tar "
         "archives";
}

/// Inputs that overlap bring a file twice; it is still one file, and no copy of itself.
void drop_repeated(std::vector<FileRecord>& files) {
  std::set<std::string> seen;
  std::erase_if(files, [&](const FileRecord& file) { return !seen.insert(absolute_path(file)).second; });
}

/// What scans and an earlier run of this folder know of files.
KnownFiles known_files(const InputPlan& plan, const RunOptions& options, const RunFolder& folder) {
  KnownFiles known = options.force ? KnownFiles{} : read_index(folder.index_file());
  for (const std::string& scan : plan.listed.empty() ? std::vector<std::string>() : plan.scans) {
    std::ranges::move(read_index(RunFolder(scan).index_file()), std::back_inserter(known));
  }
  return known;
}

}  // namespace

FoundCohort find_cohort(const InputPlan& plan, const RunOptions& options, const RunFolder& folder,
                        WorkerPool& pool, Archives& archives, Reporter& reporter,
                        const std::function<void()>& before_writing) {
  const KnownFiles known = known_files(plan, options, folder);
  const auto open_archives = [&](std::vector<InputFiles>& inputs) {
    if (has_archives(inputs)) before_writing();
    archives.open(inputs, known);
  };
  const auto scan_files = [&](std::vector<FileRecord> files) {
    ScanResult result = scan(Archives::to_scan(files), known, pool, reporter, header_limit(options));
    Archives::complete(result.records, files);
    return result;
  };
  FoundCohort found;
  if (!plan.listed.empty()) {
    if (!plan.paths.empty()) throw Error(ExitCode::usage, "manifests cannot be mixed with folders and files");
    found = find_listed(plan.listed, options.case_options(), known, open_archives, scan_files);
    if (stop_signal() != 0) return {};
    before_writing();
    if (stop_signal() != 0) return {};
    write_file_atomically(folder.cases_file(), list_text(plan.listed));
  } else {
    std::vector<InputFiles> inputs;
    for (const std::string& path : plan.paths)
      inputs.push_back({walk(path, folder.root()), fs::is_directory(path)});
    open_archives(inputs);
    if (stop_signal() != 0) return {};
    std::vector<FileRecord> files;
    for (InputFiles& input : inputs) std::ranges::move(input.files, std::back_inserter(files));
    if (inputs.size() > 1) drop_repeated(files);
    if (!files.empty()) {
      ScanResult scanned = scan_files(std::move(files));
      if (stop_signal() != 0) return {};
      found.records = std::move(scanned.records);
      found.headers_read = scanned.opened;
      tell_copies_apart(found.records);
    }
    for (const std::string& scanned : plan.scans) {
      std::ranges::move(read_index(RunFolder(scanned).index_file()), std::back_inserter(found.records));
    }
    found.cohort = build_cohort(found.records, options.case_options());
    check_accounting(found.cohort, found.records.size());
  }
  before_writing();
  if (stop_signal() != 0) return {};
  archives.flag_damaged(found.cohort.cases, found.records);
  write_index(folder.index_file(), found.records);
  write_file_atomically(folder.images_file(), image_index_text(found.cohort.cases));
  if (found.cohort.cases.empty()) {
    Archives::remove_unpacked(folder);
    throw Error(ExitCode::no_input,
                "no usable image among " + counted(found.records.size(), "file") + " found",
                hint_without_images(found.records));
  }
  return found;
}

FoundCohort remembered_cohort(const RunFolder& folder, const CaseOptions& options) {
  FoundCohort found;
  std::error_code missing;
  const bool listed = fs::exists(folder.cases_file(), missing);
  const KnownFiles known = read_index(folder.index_file());
  if (!listed) {
    found.records = known;
    found.cohort = build_cohort(found.records, options);
    return found;
  }
  const Manifest manifest =
      parse_manifest(read_file(folder.cases_file()), folder.cases_file().string(), folder.private_folder());
  const auto open_archives = [&](std::vector<InputFiles>& inputs) { Archives::open_listed(inputs, folder); };
  if (!known.empty()) return find_listed(manifest.cases, options, known, open_archives, {});
  for (const CaseRecord& line : manifest.cases)
    found.cohort.cases.push_back(streamed_case(line, found.records, options.assumed));
  std::ranges::sort(found.cohort.cases, {}, &Case::id);
  return found;
}

std::vector<Case> remembered_images(const RunFolder& folder, const CaseOptions& options) {
  std::error_code missing;
  if (fs::exists(folder.images_file(), missing)) {
    if (auto cases = cases_of_image_index(read_file(folder.images_file()))) return std::move(*cases);
  }
  std::vector<Case> cases = remembered_cohort(folder, options).cohort.cases;
  try {
    write_file_atomically(folder.images_file(), image_index_text(cases));
  } catch (const Error&) {
    // Whoever may only read the folder waits a little longer the next time.
  }
  return cases;
}

std::string change_since_scan(const Case& one, std::span<const FileRecord> records) {
  for (std::size_t i = 0; i < one.files.size(); ++i) {
    const FileRecord& scanned = records[one.files[i]];
    if (!scanned.stored.empty()) continue;  // the archive's own, which nobody else writes
    FileRecord now = scanned;
    stat_file(now);
    const std::string which = "file " + std::to_string(i + 1) + " of " + std::to_string(one.files.size());
    if (now.detail != scanned.detail) return which + " " + now.detail + "; it was there when it was scanned";
    if (now.size != scanned.size || now.mtime_ns != scanned.mtime_ns)
      return which + " has changed since the scan";
  }
  return {};
}

Case streamed_case(const CaseRecord& line, std::vector<FileRecord>& records, const Assumptions& assumed) {
  std::vector<std::vector<std::size_t>> files;
  for (const InputRecord& input : line.inputs) {
    std::vector<std::size_t>& own = files.emplace_back();
    if (input.path.empty()) continue;
    for (const std::string& path : paths_of(input)) {
      FileRecord record;
      record.root = fs::path(path).parent_path().string();
      record.path = fs::path(path).filename().string();
      record.kind = input.kind;
      record.attributes = input.attributes;
      stat_file(record);
      own.push_back(records.size());
      records.push_back(std::move(record));
    }
  }
  return case_from_record(line, records, files, assumed);
}

std::string fingerprint(const Case& one, std::span<const FileRecord> records) {
  std::vector<std::string> lines;
  for (std::size_t file : one.files) {
    const FileRecord& record = records[file];
    lines.push_back(record.path + '\0' + std::to_string(record.size) + '\0' +
                    std::to_string(record.mtime_ns));
  }
  std::ranges::sort(lines);
  if (!one.region.empty()) lines.push_back(region_state(one.region));
  if (one.carried.contains("registered")) lines.push_back(canonical(one.carried["registered"]));
  return sha256_hex(join(lines, "\n")).substr(0, 32);
}

}  // namespace radbatch
