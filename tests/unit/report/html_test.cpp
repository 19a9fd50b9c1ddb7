#include "radbatch/report/html.hpp"

#include <doctest/doctest.h>

using namespace radbatch::html;

TEST_CASE("nothing that could be markup survives") {
  CHECK(escape("<a href=\"x\" b='y'>&</a>") == "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;&lt;/a&gt;");
  CHECK(escape("肺结节\n") == "肺结节\n");
}

TEST_CASE("control and direction characters become visible") {
  CHECK(escape("a\x1B[31m\x7F") == "a\uFFFD[31m\uFFFD");
  CHECK(escape("a\u202Eb\u2066c\u2022") == "a\uFFFDb\uFFFDc\u2022");
}

TEST_CASE("numbers for people") {
  CHECK(grouped(999) == "999");
  CHECK(grouped(1234567) == "1,234,567");
  CHECK(percent(0.1234) == "12.3&nbsp;%");
  CHECK(fixed(0.98765, 3) == "0.988");
}
