#include "radbatch/batch/outcomes.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/batch/journal.hpp"
#include "radbatch/batch/journal_reader.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

/// A folder that many shards and tries wrote has more journals than a process may have open files.
constexpr std::size_t MOST_OPEN = 64;

/// Shorter where the file ends.
std::string read_at(int fd, std::uint64_t offset, std::size_t bytes) {
  std::string text(bytes, '\0');
  std::size_t have = 0;
  while (have < bytes) {
    const ssize_t n = ::pread(fd, &text[have], bytes - have, static_cast<off_t>(offset + have));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    have += static_cast<std::size_t>(n);
  }
  text.resize(have);
  return text;
}

}  // namespace

Outcomes::Outcomes(const fs::path& journal, const std::map<std::string, std::string>& fingerprints) {
  for_each_record(journal, [&](const Json& record, const RecordPlace& place) {
    if (!record.contains("case_id")) return;
    const CaseOutcome outcome = outcome_from_json(record);
    const int rank = rank_of(outcome, fingerprints);
    const auto known = entries_.find(outcome.case_id);
    if (known != entries_.end() && rank > known->second.rank) return;
    put(outcome.case_id, outcome.status, place);
    entries_.at(outcome.case_id).rank = rank;
  });
}

Status Outcomes::status(const std::string& case_id) const {
  const auto found = entries_.find(case_id);
  return found == entries_.end() ? Status::interrupted : found->second.status;
}

CaseOutcome Outcomes::at(const std::string& case_id) const {
  const auto found = entries_.find(case_id);
  if (found == entries_.end())
    return ended_with(case_id, Reason::interrupted, "the run was stopped before this case was finished");
  const Entry& entry = found->second;
  const Json record = record_of(read_at(opened(entry.journal), entry.offset, entry.bytes));
  if (!record.is_object() || record.value("case_id", "") != case_id) {
    throw Error(Reason::io, "the record of " + case_id + " is no longer in " +
                                printable(journals_[entry.journal].filename().string()));
  }
  return outcome_from_json(record);
}

void Outcomes::put(const std::string& case_id, Status status, const RecordPlace& place) {
  entries_[case_id] = {place.offset, static_cast<std::uint32_t>(place.bytes), number_of(place.journal),
                       status};
}

std::uint32_t Outcomes::number_of(const fs::path& journal) {
  // Records come journal by journal: the last one is nearly always the one asked for.
  const auto found = std::find(journals_.rbegin(), journals_.rend(), journal);
  if (found != journals_.rend()) return static_cast<std::uint32_t>(journals_.rend() - found - 1);
  journals_.push_back(journal);
  return static_cast<std::uint32_t>(journals_.size() - 1);
}

int Outcomes::opened(std::uint32_t journal) const {
  const auto known = open_.find(journal);
  if (known != open_.end()) return known->second.get();
  if (open_.size() == MOST_OPEN) open_.clear();
  // One that cannot be opened any more reads as empty, which at() tells.
  return (open_[journal] = FileDescriptor(::open(journals_[journal].c_str(), O_RDONLY | O_CLOEXEC))).get();
}

}  // namespace radbatch
