#include "radbatch/batch/input_plan.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/batch/scan_folder.hpp"
#include "radbatch/batch/signals.hpp"
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
    } else if (is_scan_folder(path)) {
      plan.scans.push_back(input);
    } else {
      plan.paths.push_back(input);
    }
  } catch (const Error& problem) {
    if (problem.reason() != Reason::io) throw;
    throw Error(ExitCode::usage, problem.message());
  }
}

/// A scan of manifests lists its cases again; one of folders brings its records when the cohort is found.
void add_scan(InputPlan& plan, const std::string& scan) {
  const RunFolder folder{fs::path(scan)};
  std::error_code missing;
  if (fs::exists(folder.cases_file(), missing)) {
    add_manifest(plan, read_file(folder.cases_file()), scan, folder.private_folder());
    return;
  }
  for (const std::string& root : scan_roots(folder)) plan.roots.push_back(root);
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
  plan.roots = plan.paths;
  for (const std::string& scan : plan.scans) add_scan(plan, scan);
  return plan;
}

}  // namespace radbatch
