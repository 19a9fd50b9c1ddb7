#include "radbatch/base/text.hpp"

#include <doctest/doctest.h>

using namespace radbatch;
using Words = std::vector<std::string>;

TEST_CASE("printable text keeps Unicode and shows everything that a terminal would obey") {
  CHECK(printable("胸片 ok") == "胸片 ok");
  CHECK(printable("a\x1b[31mb\n\t") == "a%1B[31mb%0A%09");
  CHECK(printable("\x7f") == "%7F");
  CHECK(printable("\xC2\x9B"
                  "31m") == "%C2%9B31m");  // C1 control "CSI"
  CHECK(printable("\xD0\xD8\xC6\xAC") ==
        "%D0%D8Ƭ");  // GB18030 bytes, the last two of which are UTF-8 by chance
  CHECK(printable(std::string_view("a\0b", 3)) == "a%00b");
}

TEST_CASE("only well-formed UTF-8 is UTF-8 (Unicode 15, table 3-7)") {
  for (const char* good : {"", "abc", "\xC2\x80", "\xED\x9F\xBF", "\xEF\xBF\xBF", "\xF4\x8F\xBF\xBF"}) {
    CAPTURE(good);
    CHECK(is_utf8(good));
  }
  for (const char* bad : {"\x80", "\xC0\xAF", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
                          "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xC3", "\xE5\x91", "a\xFF"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_utf8(bad));
  }
}

TEST_CASE("the nearest word is found when it is near") {
  const Words options{"--jobs", "--json", "--output"};
  CHECK(nearest("--jbos", options) == "--jobs");
  CHECK(nearest("--ouptut", options) == "--output");
  CHECK(nearest("--jsn", options) == "--json");
  CHECK(nearest("--wavelength", options) == "");
  CHECK(nearest("x", {}) == "");
}

TEST_CASE("join and split are each other's inverse") {
  CHECK(split("a,,b,", ',') == Words{"a", "", "b", ""});
  CHECK(split("", ',') == Words{""});
  CHECK(join(Words{"a", "", "b", ""}, ",") == "a,,b,");
  CHECK(join(Words{}, ", ") == "");
}

TEST_CASE("slugs are names in R and Python") {
  CHECK(slug("Lung Opacity") == "lung_opacity");
  CHECK(slug("  No-Finding (any) ") == "no_finding_any");
  CHECK(slug("2nd rib") == "x2nd_rib");
  CHECK(slug("肺炎") == "x");
  CHECK(slug("ÄB") == "b");
  CHECK(slug("") == "x");
}

TEST_CASE("lower case touches ASCII only") {
  CHECK(to_lower_ascii("ÄBC.DCM") == "Äbc.dcm");
}

TEST_CASE("counts and sizes as people read them") {
  CHECK(counted(1, "case") == "1 case");
  CHECK(counted(0, "case") == "0 cases");
  CHECK(human_bytes(1023) == "1023 bytes");
  CHECK(human_bytes(1536) == "1.5 KiB");
  CHECK(human_bytes(1024.0 * 1024 * 1024 * 1024 * 5000) == "5000.0 TiB");
}

TEST_CASE("base64 of RFC 4648 section 10, there and back") {
  CHECK(to_base64("") == "");
  CHECK(to_base64("f") == "Zg==");
  CHECK(to_base64("fo") == "Zm8=");
  CHECK(to_base64("foobar") == "Zm9vYmFy");
  CHECK(from_base64("Zg==") == "f");
  CHECK(from_base64("Zm9vYmFy") == "foobar");
  CHECK(from_base64(to_base64(std::string("\0\xff\n", 3))) == std::string("\0\xff\n", 3));
}
