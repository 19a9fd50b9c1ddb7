#include "radbatch/dicom/object_text.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "radbatch/dicom/charset.hpp"

using namespace radbatch;
using Texts = std::vector<std::string>;

namespace {

const std::string chest_gb18030 = "\xd0\xd8\xb2\xbf";  // 胸部
const std::string chest = "胸部";

/// "GB18030|<bytes of the source's text>|<bytes of ours>"
std::string written(const std::string& declared, const std::string& source, const std::string& own) {
  const ObjectText text(declared, Texts{"plain", source}, Texts{own});
  return text.character_set() + "|" + text.copied(source) + "|" + text.own(own);
}

}  // namespace

TEST_CASE("the source's character set and bytes are kept") {
  CHECK(written("GB18030", chest_gb18030, "ascii") == "GB18030|" + chest_gb18030 + "|ascii");
  CHECK(written("ISO_IR 100", "Gr\xf6\xdf", "ascii") == "ISO_IR 100|Gr\xf6\xdf|ascii");
  CHECK(written("ISO_IR 192", chest, chest) == "ISO_IR 192|" + chest + "|" + chest);
  CHECK(written("", "ascii", "ascii") == "|ascii|ascii");
}

TEST_CASE("our words are written in the source's set where it has them") {
  CHECK(written("GB18030", chest_gb18030, chest) == "GB18030|" + chest_gb18030 + "|" + chest_gb18030);
  CHECK(written("GBK", chest_gb18030, chest) == "GBK|" + chest_gb18030 + "|" + chest_gb18030);
}

TEST_CASE("where they do not go together everything becomes UTF-8") {
  CHECK(written("ISO_IR 100", "Gr\xf6\xdf", chest) == "ISO_IR 192|Größ|" + chest);
  CHECK(written("", "ascii", chest) == "ISO_IR 192|ascii|" + chest);
}

TEST_CASE("a source without a tag gets the one by which it can be read") {
  CHECK(written("", chest_gb18030, "ascii") == "GB18030|" + chest_gb18030 + "|ascii");
  CHECK(written("", chest, "ascii") == "ISO_IR 192|" + chest + "|ascii");
  const ObjectText both("", Texts{chest_gb18030, chest + "a"}, Texts{});
  CHECK(both.character_set() == "ISO_IR 192");
  CHECK(both.copied(chest_gb18030) == chest);
}

TEST_CASE("a tag that is none is not passed on") {
  CHECK(written("ISO_IR 999", "ascii", "ascii") == "|ascii|ascii");
  CHECK(is_character_set("\\ISO 2022 IR 87"));
  CHECK(is_character_set("ISO 2022 IR 6\\ISO 2022 IR 58"));
  CHECK_FALSE(is_character_set("UTF-8"));
  CHECK_FALSE(is_character_set(""));
}
