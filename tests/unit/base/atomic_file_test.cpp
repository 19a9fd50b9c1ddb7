#include "radbatch/base/atomic_file.hpp"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <iterator>

#include "error_text.hpp"
#include "temporary_folder.hpp"

using namespace radbatch;
using namespace radbatch::test;
namespace fs = std::filesystem;

namespace {
auto files_in(const TemporaryFolder& folder) {
  return std::distance(fs::directory_iterator(folder.path()), {});
}
}  // namespace

TEST_CASE("a file is written whole and leaves no temporary") {
  const TemporaryFolder folder;
  CHECK(write_file_atomically(folder / "t.csv", "case_id\na\n"));
  CHECK(read_file(folder / "t.csv") == "case_id\na\n");
  CHECK(files_in(folder) == 1);
}

TEST_CASE("a file that has its bytes already is left alone, another one is replaced") {
  const TemporaryFolder folder;
  write_file_atomically(folder / "t", "same");
  const auto long_ago = fs::file_time_type::clock::now() - std::chrono::hours(24);
  fs::last_write_time(folder / "t", long_ago);
  CHECK_FALSE(write_file_atomically(folder / "t", "same"));
  CHECK(fs::last_write_time(folder / "t") == long_ago);
  CHECK(write_file_atomically(folder / "t", "sane"));
  CHECK(read_file(folder / "t") == "sane");
  CHECK(fs::last_write_time(folder / "t") > long_ago);
}

TEST_CASE("bytes of every value survive, and an empty file is written too") {
  const TemporaryFolder folder;
  std::string bytes;
  for (int i = 0; i < 200000; ++i) bytes += static_cast<char>(i % 256);
  write_file_atomically(folder / "b", bytes);
  CHECK(read_file(folder / "b") == bytes);
  CHECK(write_file_atomically(folder / "empty", ""));
  CHECK(read_file(folder / "empty") == "");
}

TEST_CASE("what cannot be written or read is named with the system's reason") {
  const TemporaryFolder folder;
  write_file_atomically(folder / "file", "x");
  fs::create_directory(folder / "folder");
  const std::string below = (folder / "file/t.csv").string();
  CHECK(error_of([&] { write_file_atomically(below, "x"); }) ==
        "7: cannot create " + below + ": Not a directory");
  const std::string lost = (folder / "no/t.csv").string();
  CHECK(error_of([&] { write_file_atomically(lost, "x"); }) ==
        "7: cannot create " + lost + ": No such file or directory");
  const std::string taken = (folder / "folder").string();
  CHECK(error_of([&] { write_file_atomically(taken, "x"); }) ==
        "7: cannot write " + taken + ": Is a directory");
  CHECK(error_of([&] { read_file(taken); }) == "E_IO: cannot read " + taken + ": Is a directory");
  CHECK(error_of([&] { make_folder(below); }) ==
        "7: cannot create the folder " + below +
            ": Not a directory [choose another folder that can be created and written]");
  CHECK(files_in(folder) == 2);
}

TEST_CASE("a write that fails half-way leaves the old file and no temporary") {
  const TemporaryFolder folder;
  write_file_atomically(folder / "t", "old");
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{1 << 20, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &small);
  const std::string said = error_of([&] { write_file_atomically(folder / "t", std::string(3 << 20, 'x')); });
  ::setrlimit(RLIMIT_FSIZE, &before);
  CHECK(said == "7: cannot write " + (folder / "t").string() + ": File too large");
  CHECK(read_file(folder / "t") == "old");
  CHECK(files_in(folder) == 1);
}

TEST_CASE("a private folder is closed to others") {
  const TemporaryFolder folder;
  make_folder(folder / "a/private", true);
  struct stat facts {};
  REQUIRE(::stat((folder / "a/private").c_str(), &facts) == 0);
  CHECK((facts.st_mode & 07777) == 0700);
  make_folder(folder / "a/private", true);
}
