// The reading half of table.hpp: a stream of records, kept.
#include <utility>

#include "radbatch/base/text.hpp"
#include "radbatch/store/csv_stream.hpp"
#include "radbatch/store/table.hpp"

namespace radbatch {
namespace {

std::vector<Column> columns_of(const CsvStream& stream) {
  std::vector<Column> columns;
  for (const std::string& name : stream.header()) {
    if (name.empty()) stream.fail("column " + std::to_string(columns.size() + 1) + " has no name");
    for (const Column& column : columns) {
      if (column.name == name) stream.fail("the column name '" + printable(name) + "' comes twice");
    }
    columns.push_back({.name = name});
  }
  return columns;
}

}  // namespace

Table read_csv(std::string_view text, const std::string& what, char separator) {
  CsvStream stream(text, what, separator);
  Table table(columns_of(stream));
  while (stream.next()) {
    std::vector<Cell> cells;
    for (const std::string_view field : stream.fields()) {
      cells.push_back(field.empty() ? Cell{} : Cell{std::string(field)});
    }
    table.add_row(std::move(cells), stream.line());
  }
  return table;
}

}  // namespace radbatch
