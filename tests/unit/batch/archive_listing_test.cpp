#include "radbatch/batch/archive_listing.hpp"

#include <doctest/doctest.h>

using namespace radbatch;
using Lines = std::vector<std::string>;

namespace {

FileRecord archive_at(const std::string& root, const std::string& path) {
  FileRecord archive;
  archive.root = root;
  archive.path = path;
  archive.size = 100;
  archive.mtime_ns = 7;
  return archive;
}

ArchiveListing listing() {
  ArchiveListing listing;
  listing.members = {{"a/1", 5, "000000.part", {}, ""}, {"\xff", 0, "", Reason::not_image, "a link"}};
  return listing;
}

Lines paths_of(const std::vector<FileRecord>& records) {
  Lines lines;
  for (const FileRecord& record : records)
    lines.push_back(record.root + " | " + record.path + " | " + record.stored);
  return lines;
}

}  // namespace

TEST_CASE("a listing survives being written and read") {
  ArchiveListing damaged = listing();
  damaged.reason = Reason::archive;
  damaged.detail = "the archive is cut";
  CHECK(archive_listing_from_json(Json::parse(canonical(to_json(damaged)))) == damaged);
}

TEST_CASE("an archive in a folder is a folder in it, an archive given as the input is the root itself") {
  CHECK(paths_of(member_records(archive_at("in", "x/s.zip"), listing(), false, "/u")) ==
        Lines{"in | x/s.zip/a/1 | /u/000000.part", "in | x/s.zip/\xff | "});
  CHECK(paths_of(member_records(archive_at("in", "s.zip"), listing(), true, "/u")) ==
        Lines{"in/s.zip | a/1 | /u/000000.part", "in/s.zip | \xff | "});
}

TEST_CASE("a damaged archive is a file of its own beside its members") {
  ArchiveListing damaged = listing();
  damaged.reason = Reason::archive;
  const auto records = member_records(archive_at("in", "s.zip"), damaged, true, "/u");
  CHECK(paths_of(records).front() == "in | s.zip | ");
  CHECK(records.size() == 3);
}

TEST_CASE("the key of an archive changes with its place, size and time") {
  const FileRecord archive = archive_at("/in", "s.zip");
  FileRecord later = archive, larger = archive;
  later.mtime_ns = 8;
  larger.size = 101;
  CHECK(archive_key(archive) == archive_key(archive_at("/in/.", "s.zip")));
  CHECK(archive_key(archive) != archive_key(later));
  CHECK(archive_key(archive) != archive_key(larger));
  CHECK(archive_key(archive) != archive_key(archive_at("/in", "t.zip")));
}

TEST_CASE("parts are numbered, and keep only endings that a reader goes by") {
  CHECK(part_name(12, "a/b.NII.GZ") == "000012.part.nii.gz");
  CHECK(part_name(12, "../x; rm -rf ~.png") == "000012.part.png");
  CHECK(part_name(12, "IM0001") == "000012.part");
  CHECK(part_name(12, "a.sh") == "000012.part");
}
