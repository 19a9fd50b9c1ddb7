#include "radbatch/store/csv_stream.hpp"

#include <doctest/doctest.h>

#include <random>

#include "error_text.hpp"
#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/store/table.hpp"
#include "temporary_folder.hpp"

using namespace radbatch;

namespace {

/// Every record as its line and fields.
std::string all(CsvStream& stream) {
  std::string text;
  while (stream.next()) {
    text += std::to_string(stream.line()) + ":";
    for (const std::string_view field : stream.fields()) text += std::string(field) + "|";
  }
  return text;
}

std::string all(std::string_view text) {
  CsvStream stream(text, "t.csv");
  return all(stream);
}

}  // namespace

TEST_CASE("the separator is found in the header, outside quotes") {
  CHECK(all("a,b\n1;2,3\n") == "2:1;2|3|");
  CHECK(all("a;b\n1,5;2\n") == "2:1,5|2|");
  CHECK(all("a\tb\r\n1\t\"x,\ty\"\r\n") == "2:1|x,\ty|");
  CHECK(all("\"a;b;c\",d\n1,2\n") == "2:1|2|");
}

TEST_CASE("a record that began far above is counted from where it began") {
  CHECK(all("a,b\n\n\"1\n\n2\",\"say \"\"x\"\"\"\n3,4") == "3:1\n\n2|say \"x\"|6:3|4|");
}

TEST_CASE("a file is read in pieces that cut records anywhere") {
  const test::TemporaryFolder folder;
  std::mt19937 random(7);
  Table table({{"id", ColumnType::text}, {"text", ColumnType::text}});
  for (int i = 0; i < 40'000; ++i) {
    std::string text(random() % 300, 'x');
    for (char& c : text) c = ",\"\n\rab;\t"[random() % 8];
    table.add_row({std::to_string(i), text_cell(text)});
  }
  const std::string csv = to_csv(table);
  REQUIRE(csv.size() > (std::size_t{4} << 20));
  write_file_atomically(folder.path() / "t.csv", csv);
  CsvStream from_file(folder.path() / "t.csv", "t.csv");
  CHECK(all(from_file) == all(csv));
  CHECK(to_csv(read_csv(csv, "t.csv")) == csv);
}

TEST_CASE("faults name file and line") {
  CHECK(test::error_of([] { all("a,b\n1,2\n3\n"); }) == "2: t.csv: line 3: 1 field, but the header has 2");
  CHECK(
      test::error_of([] { all("a\n\"x\n\xB7\"\n"); }).starts_with("2: t.csv: line 3: the text is not UTF-8"));
  CHECK(test::error_of([] {
          all("\xFF\xFE"
              "a");
        }).starts_with("2: t.csv: line 1: the text is UTF-16"));
  CHECK(test::error_of([] { all(""); }) == "2: t.csv: line 1: there is no header line");
}
