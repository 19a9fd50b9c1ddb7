#include "radbatch/store/table.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "radbatch/base/error.hpp"

using namespace radbatch;

TEST_CASE("numbers are the shortest that read back the same") {
  CHECK(shortest(0.1F) == "0.1");
  CHECK(shortest(0.1) == "0.1");
  CHECK(shortest(static_cast<double>(0.1F)) == "0.10000000149011612");
  CHECK(shortest(1e-7F) == "1e-07");
  CHECK(shortest(0.0) == "0");
}

TEST_CASE("a text from outside always fits a cell") {
  CHECK(text_cell("") == Cell{});
  CHECK(text_cell("腹部") == Cell{std::string("腹部")});
  CHECK(text_cell(std::string("a\0b", 3)) == Cell{std::string("a%00b")});
  CHECK(text_cell("a\xFF") == Cell{std::string("a%FF")});
}

TEST_CASE("a table is written as RFC 4180 with LF, missing cells empty") {
  Table table(
      {{"case_id"}, {"n", ColumnType::integer}, {"p", ColumnType::float32}, {"d", ColumnType::boolean}});
  table.add_row({"a,b", std::int64_t{7}, static_cast<double>(0.3F), true});
  table.add_row({"say \"肺\"\nnow", {}, {}, false});
  CHECK(to_csv(table) == "case_id,n,p,d\n\"a,b\",7,0.3,1\n\"say \"\"肺\"\"\nnow\",,,0\n");
}

TEST_CASE("a row whose only cell is missing is not an empty line") {
  Table table({{"label"}});
  table.add_row({Cell{}});
  CHECK(to_csv(table) == "label\n\"\"\n");
  CHECK(read_csv(to_csv(table), "t").rows().size() == 1);
}

TEST_CASE("cells that do not fit their column are refused") {
  Table table({{"case_id", ColumnType::text, "", "", true}, {"p_hand", ColumnType::float32}});
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH_AS(table.add_row({"a", nan}),
                       "column p_hand, row 1: NaN and infinity are no cells: such a case has failed", Error);
  CHECK_THROWS_WITH_AS(table.add_row({Cell{}, 0.5}), "column case_id, row 1: a required cell is missing",
                       Error);
  CHECK_THROWS_WITH_AS(table.add_row({"\xC4", 0.5}), "column case_id, row 1: the text is not UTF-8", Error);
  CHECK_THROWS_WITH_AS(table.add_row({"a", "high"}), "column p_hand, row 1: the cell is no number", Error);
  CHECK_THROWS_WITH_AS(table.add_row({"a"}), "a row has 1 cell, the table 2 columns", Error);
}

TEST_CASE("sorting is by bytes and keeps the order of equals") {
  Table table({{"id"}, {"n", ColumnType::integer}});
  for (const char* id : {"b", "a", "B", "a"})
    table.add_row({id, static_cast<std::int64_t>(table.rows().size())});
  table.sort_by("id");
  CHECK(to_csv(table) == "id,n\nB,2\na,1\na,3\nb,0\n");
}
