#include "radbatch/batch/cohort_source.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/batch/scan.hpp"
#include "radbatch/batch/signals.hpp"
#include "radbatch/batch/walk.hpp"
#include "radbatch/store/table.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

enum class InputKind { stream, manifest, paths };

bool is_table(const fs::path& path) {
  return path.extension() == ".csv" || path.extension() == ".tsv";
}

/// Empty at the end, and when a stop signal came.
std::string read_some(int fd) {
  char block[1 << 16];
  while (stop_signal() == 0) {
    const ssize_t n = ::read(fd, block, sizeof block);
    if (n >= 0) return {block, static_cast<std::size_t>(n)};
    if (errno != EINTR)
      throw Error(ExitCode::usage, std::string("cannot read standard input: ") + std::strerror(errno));
  }
  return {};
}

InputKind kind_of(const std::string& first_bytes) {
  const std::size_t start = first_bytes.find_first_not_of(" \t\r\n");
  if (start == std::string::npos || first_bytes[start] != '{') return InputKind::paths;
  const std::string line = first_bytes.substr(start, first_bytes.find('\n', start) - start);
  const Json object = Json::parse(line, nullptr, false);
  return object.is_object() && object.contains("format") ? InputKind::stream : InputKind::manifest;
}

std::string read_to_end(int fd, std::string text) {
  for (std::string more = read_some(fd); !more.empty(); more = read_some(fd)) text += more;
  return text;
}

void add_paths(InputPlan& plan, const std::string& text, char separator) {
  for (std::string& line : split(text, separator)) {
    if (separator == '\n' && line.ends_with('\r')) line.pop_back();
    if (!line.empty()) plan.paths.push_back(std::move(line));
  }
}

void add_manifest(InputPlan& plan, const std::string& text, const std::string& what, const fs::path& folder) {
  Manifest manifest = parse_manifest(text, what, folder);
  std::ranges::move(manifest.cases, std::back_inserter(plan.listed));
}

void add_table(InputPlan& plan, const fs::path& path) {
  const Table table = read_csv(read_file(path), path.string(), path.extension() == ".tsv" ? '\t' : ',');
  std::vector<std::string> columns;
  for (const Column& column : table.columns()) columns.push_back(column.name);
  std::vector<std::vector<std::string>> rows;
  std::vector<std::size_t> lines;
  for (std::size_t row = 0; row < table.rows().size(); ++row) {
    std::vector<std::string>& cells = rows.emplace_back();
    for (std::size_t column = 0; column < columns.size(); ++column) cells.push_back(table.text(row, column));
    lines.push_back(table.line_of(row));
  }
  std::ranges::move(cases_of_table(columns, rows, lines, path.string(), fs::absolute(path).parent_path()),
                    std::back_inserter(plan.listed));
}

void add_standard_input(InputPlan& plan, const RunOptions& options) {
  std::string first = read_some(STDIN_FILENO);
  while (!first.empty() && first.find('\n') == std::string::npos && !options.nul_separated) {
    const std::string more = read_some(STDIN_FILENO);
    if (more.empty()) break;
    first += more;
  }
  const InputKind kind = options.nul_separated ? InputKind::paths : kind_of(first);
  if (kind == InputKind::stream) {
    plan.stream = std::make_unique<StreamInput>(STDIN_FILENO, std::move(first));
    return;
  }
  const std::string text = read_to_end(STDIN_FILENO, std::move(first));
  if (stop_signal() != 0) return;
  if (kind == InputKind::manifest) {
    add_manifest(plan, text, "standard input", fs::current_path());
  } else {
    add_paths(plan, text, options.nul_separated ? '\0' : '\n');
  }
}

void add_input(InputPlan& plan, const std::string& input, const RunOptions& options) {
  try {
    const fs::path path(input);
    if (input == "-") {
      add_standard_input(plan, options);
    } else if (input.starts_with('@')) {
      add_paths(plan, read_file(input.substr(1)), options.nul_separated ? '\0' : '\n');
    } else if (path.extension() == ".jsonl") {
      add_manifest(plan, read_file(path), input, fs::absolute(path).parent_path());
    } else if (is_table(path)) {
      add_table(plan, path);
    } else {
      plan.paths.push_back(input);
    }
  } catch (const Error& problem) {
    if (problem.reason() != Reason::io) throw;
    throw Error(ExitCode::usage, problem.message());
  }
}

void stat_file(FileRecord& record) {
  struct stat facts {};
  if (::stat(absolute_path(record).c_str(), &facts) != 0) {
    record.reason = Reason::io;
    record.detail = std::string("cannot be opened: ") + std::strerror(errno);
    return;
  }
  record.size = static_cast<std::uint64_t>(facts.st_size);
  record.mtime_ns = facts.st_mtim.tv_sec * 1'000'000'000LL + facts.st_mtim.tv_nsec;
}

/// The files of a listed input: all of a folder, or the one file.
std::vector<FileRecord> files_of(const InputRecord& input) {
  if (input.path.empty()) return {};
  std::error_code missing;
  if (fs::is_directory(input.path, missing)) return walk(input.path);
  FileRecord record;
  record.root = fs::path(input.path).parent_path().string();
  record.path = fs::path(input.path).filename().string();
  stat_file(record);
  return {record};
}

std::vector<FileRecord> read_index(const fs::path& path) {
  std::vector<FileRecord> records;
  std::error_code missing;
  if (!fs::exists(path, missing)) return records;
  for (const std::string& line : split(read_file(path), '\n')) {
    if (!line.empty()) records.push_back(file_record_from_json(parse_json(line, path.string())));
  }
  return records;
}

void write_index(const fs::path& path, std::span<const FileRecord> records) {
  std::string text;
  for (const FileRecord& record : records) text += canonical(to_json(record)) + "\n";
  write_file_atomically(path, text);
}

std::string list_text(std::span<const CaseRecord> lines) {
  std::string text;
  for (const CaseRecord& line : lines) text += canonical(to_json(line)) + "\n";
  return text;
}

/// Cases of manifests; `files[i][j]` are the scanned files of input j of case i.
Cohort cohort_of_list(std::span<const CaseRecord> listed, std::span<const FileRecord> records,
                      const std::vector<std::vector<std::vector<std::size_t>>>& files) {
  Cohort cohort;
  for (std::size_t i = 0; i < listed.size(); ++i) {
    cohort.cases.push_back(case_from_record(listed[i], records, files[i]));
  }
  std::ranges::sort(cohort.cases, {}, &Case::id);
  return cohort;
}

/// The limit is --case-timeout, and never more than a header may take.
std::chrono::milliseconds header_limit(const RunOptions& options) {
  return std::min<std::chrono::milliseconds>(options.case_timeout, std::chrono::minutes(2));
}

/// `scan_files` fills in what the files are; without it, `known` says so.
FoundCohort find_listed(const std::vector<CaseRecord>& listed, const KnownFiles& known,
                        const std::function<ScanResult(std::vector<FileRecord>)>& scan_files) {
  FoundCohort found;
  std::vector<std::vector<std::vector<std::size_t>>> files(listed.size());
  for (std::size_t i = 0; i < listed.size(); ++i) {
    for (const InputRecord& input : listed[i].inputs) {
      std::vector<std::size_t>& own = files[i].emplace_back();
      for (FileRecord& record : files_of(input)) {
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
  found.cohort = cohort_of_list(listed, found.records, files);
  return found;
}

}  // namespace

StreamInput::StreamInput(int fd, std::string first_bytes)
    : fd_(fd), buffer_(std::move(first_bytes)), reader_("standard input", fs::current_path()) {
  ::fcntl(fd_, F_SETFL, ::fcntl(fd_, F_GETFL) | O_NONBLOCK);
}

std::vector<CaseRecord> StreamInput::read_available() {
  char block[1 << 16];
  ssize_t n = 0;
  while ((n = ::read(fd_, block, sizeof block)) > 0) buffer_.append(block, static_cast<std::size_t>(n));
  if (n == 0) open_ = false;
  std::vector<CaseRecord> cases;
  std::size_t start = 0;
  for (std::size_t end; (end = buffer_.find('\n', start)) != std::string::npos; start = end + 1) {
    std::optional<ManifestLine> line = reader_.next(std::string_view(buffer_).substr(start, end - start));
    if (!line) continue;
    if (auto* header = std::get_if<StreamHeader>(&*line)) upstream_ = header->tool;
    if (auto* record = std::get_if<CaseRecord>(&*line)) cases.push_back(std::move(*record));
  }
  buffer_.erase(0, start);
  if (reader_.has_ended()) open_ = false;
  return cases;
}

InputPlan plan_inputs(const RunOptions& options) {
  InputPlan plan;
  for (const std::string& input : options.inputs) add_input(plan, input, options);
  if (plan.stream && options.inputs.size() > 1) {
    throw Error(ExitCode::usage, "a stream on standard input cannot be mixed with other inputs");
  }
  for (const std::string& path : plan.paths) {
    std::error_code error;
    if (!fs::exists(path, error)) throw Error(ExitCode::usage, "no such input: " + printable(path));
  }
  return plan;
}

FoundCohort find_cohort(const InputPlan& plan, const RunOptions& options, const RunFolder& folder,
                        WorkerPool& pool, Reporter& reporter) {
  const KnownFiles known = options.force ? KnownFiles{} : read_index(folder.index_file());
  const auto scan_files = [&](std::vector<FileRecord> files) {
    return scan(std::move(files), known, pool, reporter, header_limit(options));
  };
  FoundCohort found;
  if (!plan.listed.empty()) {
    if (!plan.paths.empty()) throw Error(ExitCode::usage, "manifests cannot be mixed with folders and files");
    found = find_listed(plan.listed, known, scan_files);
    if (stop_signal() != 0) return {};
    write_file_atomically(folder.cases_file(), list_text(plan.listed));
  } else {
    std::vector<FileRecord> files;
    for (const std::string& path : plan.paths)
      std::ranges::move(walk(path, folder.root()), std::back_inserter(files));
    ScanResult scanned = scan_files(std::move(files));
    if (stop_signal() != 0) return {};
    found.records = std::move(scanned.records);
    found.headers_read = scanned.opened;
    found.cohort = build_cohort(found.records, {options.case_by});
    check_accounting(found.cohort, found.records.size());
  }
  write_index(folder.index_file(), found.records);
  if (found.cohort.cases.empty()) {
    throw Error(ExitCode::no_input,
                "no usable image among " + counted(found.records.size(), "file") + " found",
                "radbatch reads DICOM, NIfTI, NRRD, MetaImage, PNG, JPEG and TIFF");
  }
  return found;
}

FoundCohort remembered_cohort(const RunFolder& folder, const std::vector<std::string>& case_by) {
  FoundCohort found;
  std::error_code missing;
  const bool listed = fs::exists(folder.cases_file(), missing);
  const KnownFiles known = read_index(folder.index_file());
  if (!listed) {
    found.records = known;
    found.cohort = build_cohort(found.records, {case_by});
    return found;
  }
  const Manifest manifest =
      parse_manifest(read_file(folder.cases_file()), folder.cases_file().string(), folder.private_folder());
  if (!known.empty()) return find_listed(manifest.cases, known, {});
  for (const CaseRecord& line : manifest.cases)
    found.cohort.cases.push_back(streamed_case(line, found.records));
  std::ranges::sort(found.cohort.cases, {}, &Case::id);
  return found;
}

Case streamed_case(const CaseRecord& line, std::vector<FileRecord>& records) {
  std::vector<std::vector<std::size_t>> files;
  for (const InputRecord& input : line.inputs) {
    std::vector<std::size_t>& own = files.emplace_back();
    if (input.path.empty()) continue;
    FileRecord record;
    record.root = fs::path(input.path).parent_path().string();
    record.path = fs::path(input.path).filename().string();
    record.kind = input.kind;
    record.attributes = input.attributes;
    stat_file(record);
    own.push_back(records.size());
    records.push_back(std::move(record));
  }
  return case_from_record(line, records, files);
}

std::string fingerprint(const Case& one, std::span<const FileRecord> records) {
  std::vector<std::string> lines;
  for (std::size_t file : one.files) {
    const FileRecord& record = records[file];
    lines.push_back(record.path + '\0' + std::to_string(record.size) + '\0' +
                    std::to_string(record.mtime_ns));
  }
  std::ranges::sort(lines);
  return sha256_hex(join(lines, "\n")).substr(0, 32);
}

}  // namespace radbatch
