#include "radbatch/base/hash.hpp"

#include <doctest/doctest.h>

#include "error_text.hpp"
#include "radbatch/base/atomic_file.hpp"
#include "temporary_folder.hpp"

using namespace radbatch;
using namespace radbatch::test;

TEST_CASE("SHA-256 of FIPS 180-2's examples, at once and in parts") {
  CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(Sha256().update(std::string_view("a")).update(std::string_view("bc")).hex() == sha256_hex("abc"));
}

TEST_CASE("SHA-256 of a file, longer than a block") {
  const TemporaryFolder folder;
  const std::string million(1000000, 'a');
  write_file_atomically(folder / "a", million);
  CHECK(sha256_file(folder / "a") == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  CHECK(error_of([&] { sha256_file(folder / "no"); }) ==
        "E_IO: cannot read " + (folder / "no").string() + ": No such file or directory");
}

TEST_CASE("HMAC-SHA-256 of RFC 4231, test case 2") {
  CHECK(hmac_sha256_hex("Jefe", "what do ya want for nothing?") ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST_CASE("CRC-32 of the usual check string") {
  CHECK(crc32("123456789") == 0xCBF43926u);
  CHECK(crc32("") == 0u);
}
