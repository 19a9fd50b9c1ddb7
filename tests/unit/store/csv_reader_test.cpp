#include <doctest/doctest.h>

#include "radbatch/base/error.hpp"
#include "radbatch/store/table.hpp"

using namespace radbatch;

namespace {
std::string hint_of(std::string_view text) {
  try {
    read_csv(text, "labels.csv");
  } catch (const Error& error) {
    return error.hint();
  }
  return "no error";
}
}  // namespace

TEST_CASE("CRLF, a BOM, quotes, line ends in quotes and empty lines are read") {
  const Table table = read_csv(
      "\xEF\xBB\xBF"
      "case_id,label\r\n\"a\nb\",\"say \"\"x\"\"\"\r\n\r\nc,\r\n",
      "t.csv");
  REQUIRE(table.rows().size() == 2);
  CHECK(table.text(0, 0) == "a\nb");
  CHECK(table.text(0, 1) == "say \"x\"");
  CHECK(table.text(1, 1).empty());
  CHECK(table.line_of(0) == 2);
  CHECK(table.line_of(1) == 5);
}

TEST_CASE("what is written is read back") {
  const std::string csv = "a,b\n\"1,2\",\"\"\"\"\n肺,\n";
  CHECK(to_csv(read_csv(csv, "t.csv")) == csv);
}

TEST_CASE("a last line without a line end counts; tabs separate when asked") {
  CHECK(to_csv(read_csv("a\tb\n1\t2", "t.tsv", '\t')) == "a,b\n1,2\n");
}

TEST_CASE("errors name the file and the line") {
  auto read = [](std::string_view text) { read_csv(text, "labels.csv"); };
  CHECK_THROWS_WITH_AS(read("a,b\n1\n"), "labels.csv: line 2: 1 field, but the header has 2", Error);
  CHECK_THROWS_WITH_AS(read("a\n\"x\ny\"z\n"), "labels.csv: line 2: text follows a closing quote", Error);
  CHECK_THROWS_WITH_AS(read("a\n\n\"x\n"), "labels.csv: line 3: a quoted field is not closed", Error);
  CHECK_THROWS_WITH_AS(read("a\nx\"y\n"), "labels.csv: line 2: a quote stands inside an unquoted field",
                       Error);
  CHECK_THROWS_WITH_AS(read("a,a\n"), "labels.csv: line 1: the column name 'a' comes twice", Error);
  CHECK_THROWS_WITH_AS(read("a,\n"), "labels.csv: line 1: column 2 has no name", Error);
  CHECK_THROWS_WITH_AS(read("\n"), "labels.csv: line 1: there is no header line", Error);
}

TEST_CASE("another encoding is refused with the way to convert it") {
  const char* gb18030 = "case_id,label\na,\xB7\xCE\n";
  CHECK_THROWS_WITH_AS(read_csv(gb18030, "labels.csv"), "labels.csv: line 2: the text is not UTF-8", Error);
  CHECK(hint_of(gb18030) == "convert it first, for example: iconv -f GB18030 -t UTF-8 FILE > FILE.utf8.csv");
}

TEST_CASE("a name that begins with a byte order mark is written so that it is read back") {
  const std::string csv =
      to_csv(read_csv("\n\xEF\xBB\xBF"
                      "a\n1\n",
                      "t"));
  CHECK(csv ==
        "\"\xEF\xBB\xBF"
        "a\"\n1\n");
  CHECK(to_csv(read_csv(csv, "t")) == csv);
}
