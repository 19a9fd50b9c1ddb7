#include "radbatch/batch/archive_unpacking.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <deque>
#include <map>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/file_descriptor.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/batch/signals.hpp"
#include "radbatch/study/cohort.hpp"
#include "radbatch/worker/frame.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t OUTPUTS_PER_REQUEST = MAX_FRAME_DESCRIPTORS;

/// One archive on its way: files are written under a temporary name of the folder, which gets its own when
/// all are there.
class Unpacking {
 public:
  Unpacking(const ArchiveToUnpack& task, const UnpackLimits& limits)
      : task_(task), limits_(limits), temporary_(temporary_beside(task.folder)) {}
  Unpacking(const Unpacking&) = delete;
  ~Unpacking() { drop_files(); }

  /// The request for the next members; opens the files that they are written to.
  WorkerRequest request() {
    if (is_first_) begin();
    open_outputs();
    Json body{{"op", "unpack"}, {"begin", is_first_}};
    if (is_first_) body["archive"] = path_to_json(absolute_path(task_.archive));
    if (is_first_ && limits_.max_unpacked) body["max_unpacked"] = *limits_.max_unpacked;
    std::vector<int> descriptors;
    for (const Output& output : outputs_) descriptors.push_back(output.file.get());
    is_first_ = false;
    return {std::move(body), nullptr, std::move(descriptors), limits_.request};
  }

  /// Returns true when that was the last one. Throws Json::exception for an answer of the wrong form.
  bool answered(const Json& answer) {
    if (answer.contains("fault")) throw_fault(answer);
    if (answer.contains("error")) {
      const auto reason = find_reason(answer["error"].at("code").get<std::string>());
      refuse(reason.value_or(Reason::archive), answer["error"].at("detail").get<std::string>());
      return true;
    }
    for (const Json& member : answer.at("members")) add(member);
    listing_.is_archive = answer.at("is_archive").get<bool>();
    if (!answer.at("is_last").get<bool>()) return false;
    if (const auto damage = answer.at("damage").get<std::string>(); !damage.empty()) {
      listing_.reason = Reason::archive;
      listing_.detail = "the archive " + damage;
    }
    publish();
    return true;
  }

  /// The worker died or hung. Returns true when that is the end of it.
  bool lost(bool timed_out) {
    if (!timed_out && ++deaths_ < 2) {
      is_first_ = true;
      return false;
    }
    refuse(timed_out ? Reason::decoder_timeout : Reason::decoder_crash,
           timed_out ? "unpacking took longer than --case-timeout"
                     : "the process that unpacked the archive died");
    return true;
  }

  const ArchiveListing& listing() const { return listing_; }

 private:
  struct Output {
    std::size_t index;
    FileDescriptor file;
  };

  fs::path path_of(std::size_t index) const { return temporary_ / part_name(index, ""); }

  void begin() {
    drop_files();
    make_folder(temporary_, true);
    listing_ = {};
    n_parts_ = 0;
  }

  void open_outputs() {
    while (outputs_.size() < OUTPUTS_PER_REQUEST) {
      const fs::path path = path_of(n_parts_);
      FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
      if (!file) {
        throw Error(ExitCode::output, std::string("cannot unpack an archive: ") + std::strerror(errno),
                    "archives are unpacked below the output folder: choose one with more room with -o");
      }
      outputs_.push_back({n_parts_++, std::move(file)});
    }
  }

  void add(const Json& json) {
    ListedMember& member = listing_.members.emplace_back();
    member.name = path_from_json(json.at("name"));
    if (json.contains("reason")) {
      member.reason = find_reason(json["reason"].get<std::string>()).value_or(Reason::archive);
      member.detail = printable(json.at("detail").get<std::string>());
    }
    if (json.at("has_content").get<bool>()) {
      take_output(member);
    } else if (json.contains("same_as")) {
      link(member, path_from_json(json["same_as"]));
    }
    by_name_[member.name] = listing_.members.size() - 1;
  }

  /// The next file is this member's; its size is what the file system says, not the worker.
  void take_output(ListedMember& member) {
    if (outputs_.empty()) throw Error(ExitCode::internal, "more members than files for them");
    const Output output = std::move(outputs_.front());
    outputs_.pop_front();
    struct stat facts {};
    if (::fstat(output.file.get(), &facts) != 0) throw Error(ExitCode::output, std::strerror(errno));
    member.size = static_cast<std::uint64_t>(facts.st_size);
    member.part = part_name(output.index, member.name);
    if (member.part == part_name(output.index, "")) return;
    fs::rename(path_of(output.index), temporary_ / member.part);
  }

  /// A hard link has the content of the member before it.
  void link(ListedMember& member, const std::string& target) {
    const auto found = by_name_.find(target);
    if (found == by_name_.end()) {
      member.reason = Reason::not_image;
      member.detail = "a link to a member that is not in the archive";
      return;
    }
    const ListedMember& original = listing_.members[found->second];
    member.size = original.size;
    member.part = original.part;
    member.reason = original.reason;
    member.detail = original.detail;
  }

  /// As unpacking over itself would leave it: of members with one name the last counts.
  void mark_replaced() {
    for (std::size_t i = 0; i < listing_.members.size(); ++i) {
      ListedMember& member = listing_.members[i];
      if (by_name_.at(member.name) == i) continue;
      member.reason = Reason::duplicate_slices;
      member.detail = "a later member of the archive has the same name and counts instead";
      member.part.clear();
    }
  }

  void publish() {
    mark_replaced();
    for (const Output& output : outputs_) fs::remove(path_of(output.index));
    outputs_.clear();
    // Another process may have been first: what it made is the same.
    if (::rename(temporary_.c_str(), task_.folder.c_str()) != 0 && errno != EEXIST && errno != ENOTEMPTY) {
      throw Error(ExitCode::output, std::string("cannot unpack an archive: ") + std::strerror(errno));
    }
  }

  void refuse(Reason reason, std::string detail) {
    listing_ = {};
    listing_.reason = reason;
    listing_.detail = "the archive " + printable(detail);
    drop_files();
  }

  void drop_files() {
    outputs_.clear();
    by_name_.clear();
    std::error_code ignored;
    fs::remove_all(temporary_, ignored);
  }

  const ArchiveToUnpack& task_;
  const UnpackLimits& limits_;
  fs::path temporary_;
  ArchiveListing listing_;
  std::deque<Output> outputs_;  ///< open, not taken by a member yet
  std::map<std::string, std::size_t> by_name_;
  std::size_t n_parts_ = 0;
  int deaths_ = 0;
  bool is_first_ = true;
};

/// Keeps each worker at one archive until it is through.
class UnpackAll {
 public:
  UnpackAll(const std::vector<ArchiveToUnpack>& archives, WorkerPool& pool, const UnpackLimits& limits)
      : archives_(archives), pool_(pool), limits_(limits), listings_(archives.size()), at_(pool.size()) {}

  std::vector<ArchiveListing> run(Reporter& reporter) {
    // Not while the pool is busy: a worker that died before it could be asked has left its archive here.
    while ((next_ < archives_.size() || !active_.empty()) && stop_signal() == 0) {
      for (auto slot = pool_.idle("image"); slot && next_ < archives_.size(); slot = pool_.idle("image")) {
        at_[*slot] = next_++;
        active_[*slot] = std::make_unique<Unpacking>(archives_[at_[*slot]], limits_);
        pool_.send(*slot, active_[*slot]->request());
      }
      for (const WorkerEvent& event : pool_.wait(std::chrono::milliseconds(500))) handle(event);
      reporter.progress({"unpacking archives", done_, archives_.size(), {}});
    }
    return std::move(listings_);
  }

 private:
  void handle(const WorkerEvent& event) {
    const auto found = active_.find(event.slot);
    if (found == active_.end()) return;
    Unpacking& unpacking = *found->second;
    if (is_through(unpacking, event)) {
      listings_[at_[event.slot]] = unpacking.listing();
      active_.erase(found);
      ++done_;
    } else {
      pool_.send(event.slot, unpacking.request());
    }
  }

  static bool is_through(Unpacking& unpacking, const WorkerEvent& event) {
    if (event.kind != WorkerEvent::Kind::answer)
      return unpacking.lost(event.kind == WorkerEvent::Kind::timed_out);
    try {
      return unpacking.answered(event.answer);
    } catch (const Json::exception&) {
      return unpacking.lost(false);
    } catch (const Error& problem) {
      if (problem.exit_code() != ExitCode::internal) throw;
      return unpacking.lost(false);
    }
  }

  const std::vector<ArchiveToUnpack>& archives_;
  WorkerPool& pool_;
  const UnpackLimits& limits_;
  std::vector<ArchiveListing> listings_;
  std::map<std::size_t, std::unique_ptr<Unpacking>> active_;  ///< by slot
  std::vector<std::size_t> at_;                               ///< by slot: the archive
  std::size_t next_ = 0, done_ = 0;
};

}  // namespace

std::vector<ArchiveListing> unpack_archives(const std::vector<ArchiveToUnpack>& archives, WorkerPool& pool,
                                            Reporter& reporter, const UnpackLimits& limits) {
  return UnpackAll(archives, pool, limits).run(reporter);
}

}  // namespace radbatch
