#include "radbatch/report/text_encoding.hpp"

#include <doctest/doctest.h>

#include "radbatch/base/error.hpp"

using namespace radbatch;

TEST_CASE("GB18030 becomes UTF-8") {
  CHECK(to_utf8("a,\xB7\xCE\n", "gb18030", "labels.csv") == "a,肺\n");
}

TEST_CASE("a wrong or unknown encoding is named") {
  CHECK_THROWS_WITH_AS(to_utf8("a\nb\xFF\xFF", "gb18030", "labels.csv"),
                       "labels.csv: line 2: the text is not gb18030", Error);
  CHECK_THROWS_WITH_AS(to_utf8("a", "klingon", "labels.csv"), "'klingon' is no known text encoding", Error);
}
