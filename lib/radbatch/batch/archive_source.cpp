#include "radbatch/batch/archive_source.hpp"

#include <algorithm>
#include <optional>
#include <tuple>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/batch/signals.hpp"
#include "radbatch/study/archive_name.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

bool is_archive(const FileRecord& record) {
  return !record.reason && record.stored.empty() && is_archive_name(record.path);
}

fs::path listing_file(const RunFolder& folder, const std::string& key) {
  return folder.archives_folder() / (key + ".json");
}

/// Nothing when there is none, or it is not whole.
std::optional<ArchiveListing> read_listing(const RunFolder& folder, const std::string& key) {
  std::error_code missing;
  const fs::path path = listing_file(folder, key);
  if (!fs::exists(path, missing)) return std::nullopt;
  try {
    return archive_listing_from_json(parse_json(read_file(path), path.string()));
  } catch (const Json::exception&) {
    return std::nullopt;
  } catch (const Error&) {
    return std::nullopt;
  }
}

/// An archive that was refused whole is tried again: its limit may be another one now.
bool is_lasting(const ArchiveListing& listing) {
  return !listing.reason || !listing.members.empty();
}

using FileKey = std::tuple<std::string, std::string, std::uint64_t, std::int64_t>;

FileKey key_of(const FileRecord& record) {
  return {record.root, record.path, record.size, record.mtime_ns};
}

std::set<FileKey> keys_of(std::span<const FileRecord> known) {
  std::set<FileKey> keys;
  for (const FileRecord& record : known) {
    if (!record.reason || !info(*record.reason).transient) keys.insert(key_of(record));
  }
  return keys;
}

/// Which archive's folder the record's bytes lie in.
std::string key_of_archive(const FileRecord& record) {
  return record.stored.empty() ? "" : fs::path(record.stored).parent_path().filename().string();
}

/// With each archive replaced by what `members` gives for it; a file that is none stays.
template <class Members>
void replace_archives(std::vector<InputFiles>& inputs, Members members) {
  for (InputFiles& input : inputs) {
    std::vector<FileRecord> files;
    for (FileRecord& record : input.files) {
      if (is_archive(record)) {
        std::ranges::move(members(record, !input.is_folder), std::back_inserter(files));
      } else {
        files.push_back(std::move(record));
      }
    }
    std::ranges::stable_sort(files, {}, &FileRecord::path);
    input.files = std::move(files);
  }
}

std::vector<FileRecord> members_of(const FileRecord& archive, const ArchiveListing& listing, bool is_input,
                                   const fs::path& unpacked) {
  if (!listing.is_archive) return {archive};
  return member_records(archive, listing, is_input, unpacked);
}

}  // namespace

bool has_archives(std::span<const InputFiles> inputs) {
  return std::ranges::any_of(
      inputs, [](const InputFiles& input) { return std::ranges::any_of(input.files, is_archive); });
}

Archives::Archives(const RunFolder& folder, const RunOptions& options, WorkerPool& pool, Reporter& reporter)
    : folder_(folder), options_(options), pool_(pool), reporter_(reporter) {}

fs::path Archives::unpacked(const std::string& key) const {
  return fs::absolute(folder_.unpacked_folder() / key);
}

bool Archives::is_unpacked(const std::string& key) const {
  std::error_code missing;
  return fs::is_directory(unpacked(key), missing);
}

void Archives::open(std::vector<InputFiles>& inputs, std::span<const FileRecord> known) {
  const std::set<FileKey> scanned = keys_of(known);
  std::vector<std::string> to_unpack;
  for (const InputFiles& input : inputs) {
    for (const FileRecord& record : input.files) {
      if (!is_archive(record)) continue;
      const std::string key = archive_key(record);
      if (found_.contains(key)) continue;
      const std::optional<ArchiveListing> listing =
          options_.force ? std::nullopt : read_listing(folder_, key);
      found_[key] = {record, listing.value_or(ArchiveListing{})};
      if (listing && is_lasting(*listing)) {
        const std::vector<FileRecord> members = members_of(record, *listing, !input.is_folder, unpacked(key));
        const auto is_scanned = [&](const FileRecord& one) {
          return one.stored.empty() || scanned.contains(key_of(one));
        };
        if (is_unpacked(key) || std::ranges::all_of(members, is_scanned)) continue;
      }
      to_unpack.push_back(key);
    }
  }
  // Before any worker starts: it may read what exists by then.
  if (!found_.empty()) make_folder(folder_.unpacked_folder(), true);
  unpack(to_unpack);
  if (stop_signal() != 0) return;
  replace_archives(inputs, [&](const FileRecord& archive, bool is_input) {
    const std::string key = archive_key(archive);
    return members_of(archive, found_.at(key).listing, is_input, unpacked(key));
  });
}

void Archives::open_listed(std::vector<InputFiles>& inputs, const RunFolder& folder) {
  replace_archives(inputs, [&](const FileRecord& archive, bool is_input) -> std::vector<FileRecord> {
    const std::string key = archive_key(archive);
    const std::optional<ArchiveListing> listing = read_listing(folder, key);
    if (!listing) return {archive};
    return members_of(archive, *listing, is_input, fs::absolute(folder.unpacked_folder() / key));
  });
}

void Archives::unpack(const std::vector<std::string>& keys) {
  if (keys.empty()) return;
  make_folder(folder_.archives_folder(), true);
  std::vector<ArchiveToUnpack> archives;
  for (const std::string& key : keys) {
    std::error_code ignored;
    fs::remove_all(unpacked(key), ignored);
    archives.push_back({found_.at(key).archive, unpacked(key)});
  }
  const std::vector<ArchiveListing> listings =
      unpack_archives(archives, pool_, reporter_, {options_.max_unpacked, options_.case_timeout});
  if (stop_signal() != 0) return;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    found_.at(keys[i]).listing = listings[i];
    write_file_atomically(listing_file(folder_, keys[i]), canonical(to_json(listings[i])) + "\n");
  }
}

std::vector<FileRecord> Archives::to_scan(std::vector<FileRecord> opened) {
  for (FileRecord& record : opened) {
    if (!record.stored.empty()) record.reason.reset();
  }
  return opened;
}

void Archives::complete(std::vector<FileRecord>& scanned, std::span<const FileRecord> opened) {
  for (std::size_t i = 0; i < opened.size(); ++i) {
    FileRecord& record = scanned[i];
    record.stored = opened[i].stored;
    if (opened[i].reason && !opened[i].stored.empty()) {
      record.reason = opened[i].reason;
      record.detail = opened[i].detail;
    }
    if (!opened[i].reason && opened[i].stored.empty() && is_archive_name(record.path) &&
        record.reason == Reason::not_image) {
      record.reason = Reason::archive;
      record.detail =
          "the name says archive, the bytes are none that radbatch opens (zip, tar, tar.gz, .bz2, .xz, .zst)";
    }
  }
}

void Archives::unpack_for(std::span<const Case* const> cases, std::span<const FileRecord> records) {
  std::set<std::string> wanted;
  for (const Case* one : cases) {
    for (std::size_t file : one->files) {
      const std::string key = key_of_archive(records[file]);
      if (!key.empty() && found_.contains(key) && !is_unpacked(key)) wanted.insert(key);
    }
  }
  std::map<std::string, ArchiveListing> before;
  for (const std::string& key : wanted) before[key] = found_.at(key).listing;
  unpack({wanted.begin(), wanted.end()});
  if (stop_signal() != 0) return;
  for (const auto& [key, listing] : before) {
    if (found_.at(key).listing == listing) continue;
    throw Error(ExitCode::usage, "an archive among the inputs has other members than when it was listed",
                "run the same command again");
  }
}

void Archives::flag_damaged(std::vector<Case>& cases, std::span<const FileRecord> records) const {
  for (Case& one : cases) {
    const bool is_damaged = std::ranges::any_of(one.files, [&](std::size_t file) {
      const auto found = found_.find(key_of_archive(records[file]));
      return found != found_.end() && found->second.listing.reason;
    });
    if (is_damaged) one.flags.emplace_back("W_ARCHIVE_DAMAGED");
  }
}

void Archives::remove_unpacked(const RunFolder& folder) {
  std::error_code ignored;
  for (fs::directory_iterator at(folder.unpacked_folder(), ignored), end; !ignored && at != end;
       at.increment(ignored)) {
    std::error_code kept;
    fs::remove_all(at->path(), kept);
  }
}

}  // namespace radbatch
