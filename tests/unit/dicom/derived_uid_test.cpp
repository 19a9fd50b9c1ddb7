#include "radbatch/dicom/derived_uid.hpp"

#include <doctest/doctest.h>

using namespace radbatch;

// By Python: int.from_bytes(sha256(text)[:16], "big") with the bits of version 8 and of the variant.
TEST_CASE("a UID is 2.25 and a UUID of version 8 made of the text's SHA-256") {
  CHECK(derived_uid("radbatch") == "2.25.207133552969754524947530413116942306447");
  CHECK(derived_uid("") == "2.25.302652579918966106791432553938847512868");
}

TEST_CASE("a UID has at most 64 characters, and other texts have other UIDs") {
  for (int i = 0; i < 1000; ++i) {
    const std::string uid = derived_uid(std::to_string(i));
    CHECK(uid.size() <= 44);
    CHECK(uid != derived_uid(std::to_string(i + 1)));
  }
}
