#include "radbatch/batch/journal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view BEFORE_CRC = R"({"crc":")";
constexpr std::string_view BEFORE_RECORD = R"(","record":)";
constexpr std::size_t CRC_DIGITS = 8;

int save(int file) {
  return ::fdatasync(file) == 0 ? 0 : errno;
}

}  // namespace

std::string journal_line(const Json& record) {
  const std::string text = canonical(record);
  return fmt::format("{}{:08x}{}{}}}\n", BEFORE_CRC, crc32(text), BEFORE_RECORD, text);
}

std::string_view text_of_record(std::string_view line) {
  const std::size_t start = BEFORE_CRC.size() + CRC_DIGITS + BEFORE_RECORD.size();
  if (line.size() <= start || !line.starts_with(BEFORE_CRC) || line.back() != '}') return {};
  if (line.substr(start - BEFORE_RECORD.size(), BEFORE_RECORD.size()) != BEFORE_RECORD) return {};
  return line.substr(start, line.size() - start - 1);
}

Json record_of(std::string_view line) {
  const std::string_view record = text_of_record(line);
  if (record.empty()) return nullptr;
  if (line.substr(BEFORE_CRC.size(), CRC_DIGITS) != fmt::format("{:08x}", crc32(record))) return nullptr;
  return Json::parse(record, nullptr, false);
}

JournalWriter::JournalWriter(fs::path folder, std::string shard)
    : JournalWriter(std::move(folder), std::move(shard), {save}) {}

JournalWriter::JournalWriter(fs::path folder, std::string shard, JournalSaving saving)
    : folder_(std::move(folder)),
      shard_(std::move(shard)),
      save_every_(saving.every),
      saving_([this, fsync = std::move(saving.fsync)] { return fsync(file_.get()); }) {}

JournalWriter::~JournalWriter() {
  saving_.finish();
  if (dirty_) ::fdatasync(file_.get());
}

void JournalWriter::open() {
  make_folder(folder_);
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  path_ = folder_ / fmt::format("{}-{}-{}-{}.ndjson", shard_, host_name(), ::getpid(), now.tv_sec);
  file_ = FileDescriptor(::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
  if (!file_)
    throw Error(ExitCode::output,
                "cannot create the journal " + path_.string() + ": " + std::strerror(errno));
  sync_folder(folder_);
  timespec precise{};
  ::clock_gettime(CLOCK_REALTIME, &precise);
  sitting_["started_ns"] = precise.tv_sec * 1'000'000'000LL + precise.tv_nsec;
  write(journal_line({{"sitting", sitting_}}));
}

RecordPlace JournalWriter::append(const CaseOutcome& outcome) {
  Json record = to_json(outcome);
  std::string line = journal_line(record);
  if (line.size() > MAX_RECORD_BYTES) {
    record["story"] = {{"left_out", "longer than a journal record may be"}};
    line = journal_line(record);
  }
  if (!file_) open();
  const std::uint64_t offset = write(line);
  dirty_ = true;
  sync();
  return {path_, offset, line.size() - 1};
}

std::uint64_t JournalWriter::write(const std::string& line) {
  const off_t before = ::lseek(file_.get(), 0, SEEK_END);
  if (!write_all(file_.get(), line)) {
    const int error = errno;
    // Take the torn line back where the file system still lets us; a reader would ignore it anyway.
    if (::ftruncate(file_.get(), before) != 0) ::lseek(file_.get(), 0, SEEK_END);
    throw Error(
        ExitCode::output, "cannot write the journal: " + std::string(std::strerror(error)),
        "free space or choose another folder; what is committed stays good, run the same command again");
  }
  return static_cast<std::uint64_t>(before);
}

void JournalWriter::note() {
  if (file_) return;
  open();
  dirty_ = true;
}

void JournalWriter::sync(bool now) {
  require_saved();
  if (now) saving_.finish();
  const bool is_due = now || std::chrono::steady_clock::now() - synced_ >= save_every_;
  if (dirty_ && is_due && saving_.begin()) {
    dirty_ = false;
    synced_ = std::chrono::steady_clock::now();
  }
  if (!now) return;
  saving_.finish();
  require_saved();
}

void JournalWriter::require_saved() {
  if (const int error = saving_.error())
    throw Error(ExitCode::output, "cannot save the journal: " + std::string(std::strerror(error)));
}

}  // namespace radbatch
