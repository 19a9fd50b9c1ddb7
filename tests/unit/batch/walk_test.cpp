#include "radbatch/batch/walk.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "error_text.hpp"
#include "radbatch/base/atomic_file.hpp"
#include "temporary_folder.hpp"

using namespace radbatch;
using namespace radbatch::test;
namespace fs = std::filesystem;
using Lines = std::vector<std::string>;

namespace {

void put(const fs::path& path) {
  make_folder(path.parent_path());
  write_file_atomically(path, "12345");
}

/// "path" of what may be read, "path: E_CODE detail" of the rest.
Lines shown(const std::vector<FileRecord>& records) {
  Lines lines;
  for (const FileRecord& record : records) {
    lines.push_back(record.path + (record.reason
                                       ? ": " + std::string(code(*record.reason)) + " " + record.detail
                                       : std::string()));
  }
  return lines;
}

const std::string outside = ": E_NOT_IMAGE a link that leads out of the input folder or nowhere";

}  // namespace

TEST_CASE("all files below a folder, sorted by path, with size and time") {
  const TemporaryFolder folder;
  for (const char* name : {"b", "a/2", "a/1", "a.txt", "胸片/\xFF"}) put(folder / name);
  make_folder(folder / "empty");
  const auto records = walk(folder.path());
  CHECK(shown(records) == Lines{"a.txt", "a/1", "a/2", "b", "胸片/\xFF"});
  CHECK(records[0].root == folder.path().string());
  CHECK(records[0].size == 5);
  CHECK(records[0].mtime_ns > 1'700'000'000'000'000'000);
}

TEST_CASE("links are followed inside the root and refused out of it") {
  const TemporaryFolder folder;
  put(folder / "in/a/1");
  put(folder / "out/secret");
  fs::create_symlink("a/1", folder / "in/file");
  fs::create_symlink(folder / "out", folder / "in/leaves");
  fs::create_symlink("../out/secret", folder / "in/leaves2");
  fs::create_symlink("nowhere", folder / "in/broken");
  CHECK(shown(walk(folder / "in")) ==
        Lines{"a/1", "broken" + outside, "file", "leaves" + outside, "leaves2" + outside});
}

TEST_CASE("a loop of links ends, and a folder reached twice is entered once") {
  const TemporaryFolder folder;
  put(folder / "a/1");
  fs::create_symlink("..", folder / "a/up");
  fs::create_symlink("a", folder / "again");
  fs::create_symlink("self", folder / "self");
  CHECK(shown(walk(folder.path())) == Lines{"a/1", "self" + outside});
}

TEST_CASE("the root itself may be a link") {
  const TemporaryFolder folder;
  put(folder / "real/1");
  fs::create_symlink("real", folder / "link");
  CHECK(shown(walk(folder / "link")) == Lines{"1"});
}

TEST_CASE("a FIFO is listed and never opened") {
  const TemporaryFolder folder;
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  CHECK(shown(walk(folder.path())) == Lines{"pipe: E_NOT_IMAGE not a regular file"});
}

TEST_CASE("the output folder inside the input is not searched") {
  const TemporaryFolder folder;
  put(folder / "1");
  put(folder / "out/previews/1.png");
  CHECK(shown(walk(folder.path(), folder / "out")) == Lines{"1"});
  CHECK(shown(walk(folder.path(), folder / "new")) == Lines{"1", "out/previews/1.png"});
}

TEST_CASE("a file given as the input is found where it lies") {
  const TemporaryFolder folder;
  put(folder / "x.png");
  const auto records = walk(folder / "x.png");
  CHECK(shown(records) == Lines{"x.png"});
  CHECK(fs::path(records[0].root) / records[0].path == folder / "x.png");
}

TEST_CASE("an input that does not exist is an error of the command line") {
  const TemporaryFolder folder;
  const std::string missing = (folder / "no\n").string();
  CHECK(error_of([&] { walk(missing); }) ==
        "2: no such input: " + (folder / "no").string() + "%0A (No such file or directory)");
}
