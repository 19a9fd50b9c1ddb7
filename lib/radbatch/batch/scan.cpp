#include "radbatch/batch/scan.hpp"

#include <algorithm>
#include <deque>
#include <filesystem>
#include <map>
#include <set>
#include <tuple>

#include "radbatch/base/error.hpp"
#include "radbatch/batch/signals.hpp"
#include "radbatch/study/cohort.hpp"
#include "radbatch/study/record_delta.hpp"

namespace radbatch {
namespace {

// Large enough that the socket costs nothing, small enough that one bad file delays few.
constexpr std::size_t FILES_PER_REQUEST = 128;

using Batch = std::vector<std::size_t>;

/// A process that answers nonsense is given up like a dead one.
std::string how_it_ended(const WorkerEvent& event) {
  return event.kind == WorkerEvent::Kind::answer ? "its answer had the wrong form" : to_text(event.end);
}

class HeaderScan {
 public:
  HeaderScan(std::vector<FileRecord>& records, WorkerPool& pool, Reporter& reporter,
             std::chrono::milliseconds limit)
      : records_(records), pool_(pool), reporter_(reporter), limit_(limit), under_way_(pool.size()) {}

  void run(const std::vector<std::size_t>& files) {
    total_ = files.size();
    for (std::size_t start = 0; start < files.size(); start += FILES_PER_REQUEST) {
      const std::size_t end = std::min(start + FILES_PER_REQUEST, files.size());
      todo_.emplace_back(files.begin() + static_cast<std::ptrdiff_t>(start),
                         files.begin() + static_cast<std::ptrdiff_t>(end));
    }
    // Not while the pool is busy: a worker that died before it could be asked has left its batch here.
    while ((!todo_.empty() || is_waiting()) && stop_signal() == 0) {
      dispatch();
      for (const WorkerEvent& event : pool_.wait(std::chrono::milliseconds(500))) handle(event);
      reporter_.progress({"reading headers", done_, total_, {}});
    }
  }

 private:
  bool is_waiting() const {
    return std::ranges::any_of(under_way_, [](const Batch& batch) { return !batch.empty(); });
  }

  void dispatch() {
    for (auto slot = pool_.idle("image"); slot && !todo_.empty(); slot = pool_.idle("image")) {
      under_way_[*slot] = std::move(todo_.front());
      todo_.pop_front();
      Json list = Json::array();
      for (std::size_t file : under_way_[*slot]) list.push_back(path_to_json(place_of(records_[file])));
      pool_.send(*slot, {{{"op", "scan"}, {"files", std::move(list)}}, nullptr, {}, limit_});
    }
  }

  void handle(const WorkerEvent& event) {
    const Batch batch = std::exchange(under_way_.at(event.slot), {});
    if (batch.empty()) return;  // the model, which loads at the same time
    if (event.kind == WorkerEvent::Kind::answer && take(batch, event.answer)) {
      done_ += batch.size();
      return;
    }
    if (batch.size() > 1) {  // one of them did it: ask for each alone
      for (std::size_t file : batch) todo_.push_front({file});
      return;
    }
    const bool hung = event.kind == WorkerEvent::Kind::timed_out;
    if (!hung && suspects_.insert(batch.front()).second) {  // once more, in a fresh process
      todo_.push_front(batch);
      return;
    }
    FileRecord& record = records_[batch.front()];
    record.reason = hung ? Reason::decoder_timeout : Reason::decoder_crash;
    record.detail =
        hung ? "reading the header took longer than " + std::to_string(limit_.count() / 1000) + " s"
             : "the process that read the header died twice (" + how_it_ended(event) + ")";
    ++done_;
  }

  /// Believes what the worker says about the content, not about which file it was.
  bool take(const Batch& batch, const Json& answer) {
    const auto records = answer.find("records");
    if (records == answer.end() || !records->is_array() || records->size() != batch.size()) return false;
    try {
      RecordUnpacker unpacker;
      for (std::size_t i = 0; i < batch.size(); ++i)
        unpacker.unpack_content((*records)[i], records_[batch[i]]);
    } catch (const Error&) {
      return false;
    }
    return true;
  }

  /// readable_path, without asking for the working directory anew for each of a root's many files.
  std::string place_of(const FileRecord& record) {
    if (record.path.empty() || !record.stored.empty()) return readable_path(record);
    if (record.root != root_ || absolute_root_.empty()) {
      root_ = record.root;
      absolute_root_ = std::filesystem::absolute(root_.empty() ? "." : root_).lexically_normal().string();
    }
    return absolute_root_ + (absolute_root_.ends_with('/') ? "" : "/") + record.path;
  }

  std::vector<FileRecord>& records_;
  WorkerPool& pool_;
  Reporter& reporter_;
  std::chrono::milliseconds limit_;
  std::deque<Batch> todo_;
  std::vector<Batch> under_way_;    ///< per slot
  std::set<std::size_t> suspects_;  ///< files whose process died while it read them alone
  std::size_t done_ = 0, total_ = 0;
  std::string root_, absolute_root_;  ///< of the file asked for last
};

auto key_of(const FileRecord& record) {
  return std::tie(record.root, record.path, record.size, record.mtime_ns);
}

}  // namespace

ScanResult scan(std::vector<FileRecord> found, const KnownFiles& known, WorkerPool& pool, Reporter& reporter,
                std::chrono::milliseconds limit) {
  std::map<decltype(key_of(known.front())), const FileRecord*> remembered;
  for (const FileRecord& record : known) {
    // What failed for a passing reason is tried again.
    if (!record.reason || !info(*record.reason).transient) remembered.emplace(key_of(record), &record);
  }
  std::vector<std::size_t> unknown;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (found[i].reason) continue;  // the walk already knows: not a regular file
    const auto match = remembered.find(key_of(found[i]));
    if (match != remembered.end()) {
      found[i] = *match->second;
    } else {
      unknown.push_back(i);
    }
  }
  if (!unknown.empty()) HeaderScan(found, pool, reporter, limit).run(unknown);
  return {std::move(found), unknown.size()};
}

}  // namespace radbatch
