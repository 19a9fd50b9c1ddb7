#include "radbatch/unicode/normal_text.hpp"

#include <doctest/doctest.h>

using namespace radbatch;

TEST_CASE("what looks the same is the same") {
  CHECK(nfkc("ＣＴ　薄層") == "CT 薄層");
  CHECK(nfkc("Scha\xcc\x88"
             "del") ==
        "Sch\xc3\xa4"
        "del");
  CHECK(folded("SCHÄDEL ＬＵＮＧ") == "schädel lung");
  CHECK(nfkc("\xff\xfe") == "\xff\xfe");
}

TEST_CASE("words stand between single blanks") {
  CHECK(words_of("AX_T1-post+C  (FS)") == " ax t1 post+c fs ");
  CHECK(words_of("T2*GRE") == " t2*gre ");
  CHECK(words_of("头颅 平扫") == " 头颅 平扫 ");
  CHECK(words_of("") == " ");
}

TEST_CASE("text fits its column on a terminal") {
  CHECK(fitted("Head", 6) == "Head  ");
  CHECK(fitted("Head CT thick", 6) == "Head ~");
  CHECK(fitted("头颅平扫", 6) == "头颅~ ");
  CHECK(fitted("头颅", 4) == "头颅");
}
