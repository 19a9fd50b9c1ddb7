#include "radbatch/batch/export_archives.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <map>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/batch/archive_source.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

/// An archive as the run found it, and where its members are unpacked to.
struct KnownArchive {
  FileRecord record;
  std::map<std::string, std::string> places;  ///< member -> absolute path; empty: the run knows it otherwise
};

/// The file in whose place the path has a folder: "a/b.zip/c/d.dcm" -> "a/b.zip". Empty where there is none.
std::string archive_in(const std::string& path) {
  std::error_code missing;
  for (fs::path at = fs::path(path).parent_path(); at.has_relative_path(); at = at.parent_path()) {
    if (fs::is_regular_file(at, missing)) return at.string();
    if (fs::is_directory(at, missing)) return {};
  }
  return {};
}

KnownArchive look_up(const RunFolder& folder, const fs::path& archive) {
  KnownArchive known;
  struct stat now {};
  if (::stat(archive.c_str(), &now) != 0) return known;
  known.record.root = archive.parent_path().string();
  known.record.path = archive.filename().string();
  known.record.size = static_cast<std::uint64_t>(now.st_size);
  known.record.mtime_ns = now.st_mtim.tv_sec * 1'000'000'000LL + now.st_mtim.tv_nsec;
  const std::string key = archive_key(known.record);  // of its size and time: another file has another one
  const fs::path listed = folder.archives_folder() / (key + ".json");
  std::error_code missing;
  if (!fs::exists(listed, missing)) return known;
  const fs::path unpacked = fs::absolute(folder.unpacked_folder() / key);
  const ArchiveListing listing =
      archive_listing_from_json(parse_json(read_file(listed), "an archive's listing"));
  for (const ListedMember& member : listing.members) {
    if (!member.part.empty()) known.places[member.name] = (unpacked / member.part).string();
  }
  return known;
}

}  // namespace

bool unpack_for_export(ExportedRun& run, WorkerPool& pool, const RunOptions& options, Reporter& reporter) {
  std::map<std::string, KnownArchive> archives;
  std::error_code missing;
  for (const Case& one : run.cases()) {
    if (run.run.outcomes.status(one.id) != Status::done) continue;
    for (const std::size_t file : one.files) {
      FileRecord& record = run.run.found.records[file];
      const std::string path = absolute_path(record);
      if (fs::exists(path, missing)) continue;
      const std::string archive = archive_in(path);
      if (archive.empty()) continue;
      if (!archives.contains(archive)) archives[archive] = look_up(run.folder, archive);
      const auto& places = archives[archive].places;
      const auto place = places.find(path.substr(archive.size() + 1));
      if (place != places.end()) record.stored = place->second;
    }
  }
  std::vector<InputFiles> inputs;
  for (const auto& [path, archive] : archives) {
    if (!archive.places.empty()) inputs.push_back({{archive.record}, false});
  }
  if (inputs.empty()) return false;
  Archives(run.folder, options, pool, reporter).open(inputs, {});
  return true;
}

}  // namespace radbatch
