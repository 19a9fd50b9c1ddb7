#include "radbatch/batch/walk.hpp"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <set>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

class Walker {
 public:
  Walker(const fs::path& root, const fs::path& skip)
      : root_(root), canonical_root_(fs::weakly_canonical(root)) {
    struct stat facts {};
    if (!skip.empty() && ::stat(skip.c_str(), &facts) == 0) entered_.insert({facts.st_dev, facts.st_ino});
  }

  std::vector<FileRecord> run() {
    struct stat facts {};
    if (::stat(root_.c_str(), &facts) != 0) {
      throw Error(ExitCode::usage,
                  "no such input: " + printable(root_.string()) + " (" + std::strerror(errno) + ")");
    }
    if (S_ISDIR(facts.st_mode)) {
      enter("", facts);
    } else {
      const fs::path name = root_.filename();
      root_ = root_.parent_path();
      add(name, facts);
    }
    std::ranges::sort(found_, {}, &FileRecord::path);
    return std::move(found_);
  }

 private:
  FileRecord& add(const fs::path& relative, const struct stat& facts) {
    FileRecord& record = found_.emplace_back();
    record.root = root_.string();
    record.path = relative.string();
    record.size = static_cast<std::uint64_t>(facts.st_size);
    record.mtime_ns = facts.st_mtim.tv_sec * 1'000'000'000LL + facts.st_mtim.tv_nsec;
    if (!S_ISREG(facts.st_mode)) {
      record.reason = Reason::not_image;
      record.detail = "not a regular file";
    }
    return record;
  }

  /// `errno` says why.
  void add_unreadable(const fs::path& relative, const struct stat& facts, const char* what) {
    const int why = errno;
    FileRecord& record = add(relative, facts);
    record.reason = Reason::io;
    record.detail = std::string(what) + ": " + std::strerror(why);
  }

  bool leads_outside(const fs::path& path) const {
    std::error_code error;
    const fs::path target = fs::canonical(path, error);
    if (error) return true;
    const auto [end, ignored] =
        std::mismatch(canonical_root_.begin(), canonical_root_.end(), target.begin(), target.end());
    return end != canonical_root_.end();
  }

  void enter(const fs::path& relative, const struct stat& facts) {
    if (!entered_.insert({facts.st_dev, facts.st_ino}).second) return;
    const fs::path folder = relative.empty() ? root_ : root_ / relative;
    std::unique_ptr<DIR, int (*)(DIR*)> handle(::opendir(folder.c_str()), &::closedir);
    if (!handle) return add_unreadable(relative, facts, "folder cannot be opened");
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = ::readdir(handle.get())) names.emplace_back(entry->d_name);
    if (errno != 0) add_unreadable(relative, facts, "folder cannot be read to its end");
    handle.reset();
    std::ranges::sort(names);
    for (const std::string& name : names) {
      if (name != "." && name != "..") visit(relative / name);
    }
  }

  void visit(const fs::path& relative) {
    const fs::path path = root_ / relative;
    struct stat link {};
    struct stat facts {};
    if (::lstat(path.c_str(), &link) != 0) {
      if (errno != ENOENT) add_unreadable(relative, link, "cannot be looked at");
      return;  // removed since the folder was read
    }
    const bool is_link = S_ISLNK(link.st_mode);
    if (is_link && (::stat(path.c_str(), &facts) != 0 || leads_outside(path))) {
      FileRecord& record = add(relative, link);
      record.reason = Reason::not_image;
      record.detail = "a link that leads out of the input folder or nowhere";
      return;
    }
    if (!is_link) facts = link;
    if (S_ISDIR(facts.st_mode)) {
      enter(relative, facts);
    } else {
      add(relative, facts);
    }
  }

  fs::path root_;
  fs::path canonical_root_;
  std::set<std::pair<dev_t, ino_t>> entered_;
  std::vector<FileRecord> found_;
};

}  // namespace

std::vector<FileRecord> walk(const fs::path& root, const fs::path& skip) {
  return Walker(root, skip).run();
}

}  // namespace radbatch
