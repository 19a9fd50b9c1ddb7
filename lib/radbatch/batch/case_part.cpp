#include "radbatch/batch/case_part.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/batch/journal.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

// What a power cut may cost; a killed process loses nothing that was written.
constexpr std::chrono::seconds SYNC_EVERY{30};

fs::path part_of(const fs::path& run_folder, const std::string& case_id) {
  return run_folder / "arrays" / (case_id + ".part");
}

Error cannot(const std::string& what, const fs::path& path) {
  return {ExitCode::output, "cannot " + what + " " + printable(path.string()) + ": " + std::strerror(errno),
          "free space or choose another folder; what is committed stays good, run the same command again"};
}

}  // namespace

CasePart::CasePart(fs::path run_folder, const std::string& case_id, std::string key)
    : path_(part_of(run_folder, case_id)), key_(std::move(key)) {}

CasePart::~CasePart() {
  if (file_) ::fdatasync(file_.get());
}

/// False when another process has it.
bool CasePart::open() {
  if (file_ || is_taken_) return !is_taken_;
  make_folder(path_.parent_path());
  file_ = FileDescriptor(::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
  if (!file_) throw cannot("open", path_);
  if (::flock(file_.get(), LOCK_EX | LOCK_NB) == 0) return true;
  is_taken_ = true;
  file_ = FileDescriptor();
  return false;
}

std::vector<Json> CasePart::read() {
  std::error_code missing;
  if (!fs::exists(path_, missing) || !open()) return {};
  std::vector<Json> records;
  const std::string text = read_file(path_);
  std::size_t good = 0;
  for (std::size_t end = 0; (end = text.find('\n', good)) != std::string::npos; good = end + 1) {
    Json record = record_of(std::string_view(text).substr(good, end - good));
    if (!record.is_object()) break;
    records.push_back(std::move(record));
  }
  const bool is_ours = !records.empty() && records.front().value("part", "") == key_;
  if (!is_ours) good = 0, records.clear();
  if (::ftruncate(file_.get(), static_cast<off_t>(good)) != 0) throw cannot("write", path_);
  if (is_ours) records.erase(records.begin());
  return records;
}

void CasePart::append(const Json& record) {
  if (!open()) return;
  if (::lseek(file_.get(), 0, SEEK_END) == 0) write({{"part", key_}});
  write(record);
  if (std::chrono::steady_clock::now() - synced_ < SYNC_EVERY) return;
  if (::fdatasync(file_.get()) != 0) throw cannot("save", path_);
  synced_ = std::chrono::steady_clock::now();
}

void CasePart::write(const Json& record) {
  if (!write_all(file_.get(), journal_line(record))) throw cannot("write", path_);
}

void CasePart::clear() {
  if (file_ && ::ftruncate(file_.get(), 0) != 0) throw cannot("write", path_);
}

void remove_part(const fs::path& run_folder, const std::string& case_id) {
  std::error_code missing;
  fs::remove(part_of(run_folder, case_id), missing);
}

}  // namespace radbatch
