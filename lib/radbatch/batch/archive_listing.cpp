#include "radbatch/batch/archive_listing.hpp"

#include <fmt/format.h>

#include <array>

#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/study/cohort.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

Json reason_json(const std::optional<Reason>& reason, const std::string& detail) {
  if (!reason) return Json::object();
  return {{"reason", code(*reason)}, {"detail", detail}};
}

void take_reason(const Json& json, std::optional<Reason>& reason, std::string& detail) {
  if (!json.contains("reason")) return;
  reason = find_reason(json["reason"].get<std::string>());
  if (!reason) throw Error(ExitCode::internal, "archive listing: unknown reason");
  detail = json.at("detail").get<std::string>();
}

}  // namespace

Json to_json(const ArchiveListing& listing) {
  Json members = Json::array();
  for (const ListedMember& member : listing.members) {
    Json& one = members.emplace_back(reason_json(member.reason, member.detail));
    one["name"] = path_to_json(member.name);
    one["size"] = member.size;
    one["part"] = member.part;
  }
  Json json = reason_json(listing.reason, listing.detail);
  json["is_archive"] = listing.is_archive;
  json["members"] = std::move(members);
  return json;
}

ArchiveListing archive_listing_from_json(const Json& json) {
  ArchiveListing listing;
  json.at("is_archive").get_to(listing.is_archive);
  take_reason(json, listing.reason, listing.detail);
  for (const Json& one : json.at("members")) {
    ListedMember& member = listing.members.emplace_back();
    member.name = path_from_json(one.at("name"));
    one.at("size").get_to(member.size);
    one.at("part").get_to(member.part);
    take_reason(one, member.reason, member.detail);
  }
  return listing;
}

std::string archive_key(const FileRecord& archive) {
  return sha256_hex(absolute_path(archive) + '\0' + std::to_string(archive.size) + '\0' +
                    std::to_string(archive.mtime_ns))
      .substr(0, 32);
}

std::vector<FileRecord> member_records(const FileRecord& archive, const ArchiveListing& listing,
                                       bool is_input, const fs::path& unpacked) {
  std::vector<FileRecord> records;
  if (listing.reason) {
    FileRecord& whole = records.emplace_back(archive);
    whole.reason = listing.reason;
    whole.detail = listing.detail;
  }
  for (const ListedMember& member : listing.members) {
    FileRecord& record = records.emplace_back();
    record.root = is_input ? (fs::path(archive.root) / archive.path).string() : archive.root;
    record.path = is_input ? member.name : archive.path + "/" + member.name;
    record.size = member.size;
    record.mtime_ns = archive.mtime_ns;
    record.reason = member.reason;
    record.detail = member.detail;
    if (!member.part.empty()) record.stored = (unpacked / member.part).string();
  }
  return records;
}

std::string part_name(std::size_t index, const std::string& name) {
  static constexpr std::array<std::string_view, 17> endings{
      ".nii.gz", ".img.gz", ".hdr.gz", ".nii",  ".nrrd", ".nhdr", ".mha", ".mhd", ".png",
      ".jpg",    ".jpeg",   ".tif",    ".tiff", ".img",  ".hdr",  ".npy", ".h5"};
  const std::string lower = to_lower_ascii(name);
  for (std::string_view ending : endings) {
    if (lower.ends_with(ending)) return fmt::format("{:06}.part{}", index, ending);
  }
  return fmt::format("{:06}.part", index);
}

}  // namespace radbatch
