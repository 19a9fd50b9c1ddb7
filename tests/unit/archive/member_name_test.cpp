#include "radbatch/archive/member_name.hpp"

#include <doctest/doctest.h>

#include "radbatch/study/archive_name.hpp"

using namespace radbatch;

TEST_CASE("names are paths below a folder, as tar unpacks them") {
  CHECK(member_path("a/b") == "a/b");
  CHECK(member_path("/etc/passwd") == "etc/passwd");
  CHECK(member_path("./a//./b/") == "a/b");
  CHECK(member_path("..a/b..") == "..a/b..");
  CHECK(member_path("\xb2\xa1\xc8\xcb/1") == "\xb2\xa1\xc8\xcb/1");
}

TEST_CASE("names that lead out, are empty or are too long are none") {
  CHECK(member_path("../a") == std::nullopt);
  CHECK(member_path("a/../../b") == std::nullopt);
  CHECK(member_path("a/..") == std::nullopt);
  CHECK(member_path("") == std::nullopt);
  CHECK(member_path("./") == std::nullopt);
  CHECK(member_path(std::string(4097, 'a')) == std::nullopt);
}

TEST_CASE("archives are told by their names") {
  for (const char* name :
       {"a.zip", "A.ZIP", "x/a.tar", "a.tar.gz", "a.tgz", "a.tar.bz2", "a.tar.xz", "a.tar.zst"}) {
    CHECK(is_archive_name(name));
  }
  for (const char* name : {"", "zip", "a.nii.gz", "a.zip.dcm", "a.gz"}) CHECK_FALSE(is_archive_name(name));
}
