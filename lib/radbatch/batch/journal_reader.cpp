#include "radbatch/batch/journal_reader.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "radbatch/base/error.hpp"
#include "radbatch/base/file_descriptor.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t BLOCK_BYTES = std::size_t{1} << 18;

using LineTaker = std::function<void(std::string_view line, std::uint64_t offset)>;

/// Appends the next block of the file; false at its end.
bool read_block(int fd, std::string& text, const fs::path& path) {
  const std::size_t before = text.size();
  text.resize(before + BLOCK_BYTES);
  ssize_t n = 0;
  do n = ::read(fd, &text[before], BLOCK_BYTES);
  while (n < 0 && errno == EINTR);
  if (n < 0) throw Error(Reason::io, "cannot read " + printable(path.string()) + ": " + std::strerror(errno));
  text.resize(before + static_cast<std::size_t>(n));
  return n > 0;
}

/// A last line without its newline too.
void for_each_line(const fs::path& path, const LineTaker& take) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) throw Error(Reason::io, "cannot read " + printable(path.string()) + ": " + std::strerror(errno));
  std::string text;
  std::uint64_t offset = 0;
  while (read_block(file.get(), text, path)) {
    std::size_t start = 0;
    for (std::size_t end; (end = text.find('\n', start)) != std::string::npos; start = end + 1)
      take(std::string_view(text).substr(start, end - start), offset + start);
    offset += start;
    text.erase(0, start);
  }
  if (!text.empty()) take(text, offset);
}

}  // namespace

void for_each_record(const fs::path& folder, const std::function<void(const Json&, const RecordPlace&)>& take,
                     std::string_view begins) {
  std::vector<fs::path> files;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(folder, missing)) {
    if (entry.path().extension() == ".ndjson") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  for (const fs::path& file : files) {
    for_each_line(file, [&](std::string_view line, std::uint64_t offset) {
      if (!text_of_record(line).starts_with(begins)) return;
      const Json record = record_of(line);
      if (record.is_object()) take(record, {file, offset, line.size()});
    });
  }
}

int rank_of(const CaseOutcome& outcome, const std::map<std::string, std::string>& fingerprints) {
  const auto expected = fingerprints.find(outcome.case_id);
  const bool stale = expected != fingerprints.end() && expected->second != outcome.fingerprint;
  const bool unfinished = outcome.status == Status::failed || outcome.status == Status::interrupted;
  const int worth = outcome.status == Status::done ? 0 : unfinished ? 2 : 1;
  return (stale ? 3 : 0) + worth;
}

std::map<std::string, CaseOutcome> read_journals(const fs::path& folder,
                                                 const std::map<std::string, std::string>& fingerprints) {
  std::map<std::string, CaseOutcome> best;
  for_each_record(folder, [&](const Json& record, const RecordPlace&) {
    if (!record.contains("case_id")) return;
    CaseOutcome outcome = outcome_from_json(record);
    const auto known = best.find(outcome.case_id);
    if (known == best.end()) {
      best.emplace(outcome.case_id, std::move(outcome));
    } else if (rank_of(outcome, fingerprints) <= rank_of(known->second, fingerprints)) {
      known->second = std::move(outcome);
    }
  });
  return best;
}

std::vector<Json> read_sittings(const fs::path& folder) {
  std::vector<Json> sittings;
  for_each_record(
      folder, [&](const Json& record, const RecordPlace&) { sittings.push_back(record["sitting"]); },
      R"({"sitting":)");
  std::ranges::sort(sittings, {},
                    [](const Json& sitting) { return sitting.value("started_ns", std::int64_t{0}); });
  return sittings;
}

std::optional<Json> last_sitting(std::span<const Json> sittings, const Shard& shard) {
  const Json wanted{{"index", shard.index}, {"count", shard.count}};
  const auto found = std::find_if(sittings.rbegin(), sittings.rend(), [&](const Json& sitting) {
    return sitting.value("shard", Json()) == wanted;
  });
  return found == sittings.rend() ? std::nullopt : std::optional(*found);
}

}  // namespace radbatch
