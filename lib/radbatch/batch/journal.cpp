#include "radbatch/batch/journal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <tuple>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/batch/levels.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view BEFORE_CRC = R"({"crc":")";
constexpr std::string_view BEFORE_RECORD = R"(","record":)";
constexpr std::size_t CRC_DIGITS = 8;
constexpr std::chrono::seconds SYNC_EVERY{2};

/// Smaller is better.
auto rank(const CaseOutcome& outcome, const std::map<std::string, std::string>& fingerprints) {
  const auto expected = fingerprints.find(outcome.case_id);
  const bool stale = expected != fingerprints.end() && expected->second != outcome.fingerprint;
  const int worth = outcome.status == Status::done                                              ? 0
                    : outcome.status == Status::failed || outcome.status == Status::interrupted ? 2
                                                                                                : 1;
  return std::tuple(stale, worth);
}

}  // namespace

std::string journal_line(const Json& record) {
  const std::string text = canonical(record);
  return fmt::format("{}{:08x}{}{}}}\n", BEFORE_CRC, crc32(text), BEFORE_RECORD, text);
}

Json record_of(std::string_view line) {
  const std::size_t start = BEFORE_CRC.size() + CRC_DIGITS + BEFORE_RECORD.size();
  if (line.size() <= start || !line.starts_with(BEFORE_CRC) || line.back() != '}') return nullptr;
  if (line.substr(start - BEFORE_RECORD.size(), BEFORE_RECORD.size()) != BEFORE_RECORD) return nullptr;
  const std::string_view record = line.substr(start, line.size() - start - 1);
  if (line.substr(BEFORE_CRC.size(), CRC_DIGITS) != fmt::format("{:08x}", crc32(record))) return nullptr;
  return Json::parse(record, nullptr, false);
}

void for_each_record(const fs::path& folder,
                     const std::function<void(const Json&, const RecordPlace&)>& take) {
  std::vector<fs::path> files;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(folder, missing)) {
    if (entry.path().extension() == ".ndjson") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  for (const fs::path& file : files) {
    std::ifstream lines(file, std::ios::binary);
    if (!lines) throw Error(Reason::io, "cannot read " + file.string() + ": " + std::strerror(errno));
    std::uint64_t offset = 0;
    for (std::string line; std::getline(lines, line); offset += line.size() + 1) {
      const Json record = record_of(line);
      if (record.is_object()) take(record, {file, offset, line.size()});
    }
    if (lines.bad()) throw Error(Reason::io, "cannot read " + file.string() + ": " + std::strerror(errno));
  }
}

Json read_record(const RecordPlace& place) {
  std::ifstream file(place.file, std::ios::binary);
  std::string line(place.bytes, '\0');
  file.seekg(static_cast<std::streamoff>(place.offset));
  file.read(line.data(), static_cast<std::streamsize>(line.size()));
  Json record = file ? record_of(line) : Json();
  if (!record.is_object()) throw Error(Reason::io, place.file.string() + " has lost a record");
  return record;
}

JournalWriter::JournalWriter(fs::path folder, std::string shard)
    : folder_(std::move(folder)), shard_(std::move(shard)) {}

JournalWriter::~JournalWriter() {
  if (dirty_) ::fdatasync(file_.get());
}

void JournalWriter::open() {
  make_folder(folder_);
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  const fs::path path =
      folder_ / fmt::format("{}-{}-{}-{}.ndjson", shard_, host_name(), ::getpid(), now.tv_sec);
  file_ = FileDescriptor(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
  if (!file_)
    throw Error(ExitCode::output, "cannot create the journal " + path.string() + ": " + std::strerror(errno));
  sync_folder(folder_);
  timespec precise{};
  ::clock_gettime(CLOCK_REALTIME, &precise);
  sitting_["started_ns"] = precise.tv_sec * 1'000'000'000LL + precise.tv_nsec;
  write(journal_line({{"sitting", sitting_}}));
}

void JournalWriter::append(const CaseOutcome& outcome) {
  Json record = to_json(outcome);
  std::string line = journal_line(record);
  if (line.size() > MAX_RECORD_BYTES) {
    record["story"] = {{"left_out", "longer than a journal record may be"}};
    line = journal_line(record);
  }
  if (!file_) open();
  write(line);
  dirty_ = true;
  sync();
}

void JournalWriter::write(const std::string& line) {
  const off_t before = ::lseek(file_.get(), 0, SEEK_END);
  if (!write_all(file_.get(), line)) {
    const int error = errno;
    // Take the torn line back where the file system still lets us; a reader would ignore it anyway.
    if (::ftruncate(file_.get(), before) != 0) ::lseek(file_.get(), 0, SEEK_END);
    throw Error(
        ExitCode::output, "cannot write the journal: " + std::string(std::strerror(error)),
        "free space or choose another folder; what is committed stays good, run the same command again");
  }
}

void JournalWriter::sync(bool now) {
  if (!dirty_ || (!now && std::chrono::steady_clock::now() - synced_ < SYNC_EVERY)) return;
  if (::fdatasync(file_.get()) != 0) {
    throw Error(ExitCode::output, "cannot save the journal: " + std::string(std::strerror(errno)));
  }
  dirty_ = false;
  synced_ = std::chrono::steady_clock::now();
}

std::map<std::string, CaseOutcome> read_journals(const fs::path& folder,
                                                 const std::map<std::string, std::string>& fingerprints) {
  std::map<std::string, CaseOutcome> best;
  for_each_record(folder, [&](const Json& record, const RecordPlace&) {
    if (!record.contains("case_id")) return;
    CaseOutcome outcome = outcome_from_json(record);
    drop_kept_arrays(outcome.result);
    const auto known = best.find(outcome.case_id);
    if (known == best.end()) {
      best.emplace(outcome.case_id, std::move(outcome));
    } else if (rank(outcome, fingerprints) <= rank(known->second, fingerprints)) {
      known->second = std::move(outcome);
    }
  });
  return best;
}

std::vector<Json> read_sittings(const fs::path& folder) {
  std::vector<Json> sittings;
  for_each_record(folder, [&](const Json& record, const RecordPlace&) {
    if (record.contains("sitting")) sittings.push_back(record["sitting"]);
  });
  std::ranges::sort(sittings, {},
                    [](const Json& sitting) { return sitting.value("started_ns", std::int64_t{0}); });
  return sittings;
}

}  // namespace radbatch
