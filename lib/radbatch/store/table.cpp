#include "radbatch/store/table.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numeric>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

template <class Number>
std::string shortest_text(Number value) {
  std::array<char, 32> buffer{};
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), result.ptr};
}

/// What is wrong with a cell of this column, or an empty text.
std::string misfit(const Column& column, const Cell& cell) {
  if (std::holds_alternative<std::monostate>(cell))
    return column.required ? "a required cell is missing" : "";
  switch (column.type) {
    case ColumnType::text:
    case ColumnType::category:
      if (!std::holds_alternative<std::string>(cell)) return "the cell is no text";
      if (!is_utf8(std::get<std::string>(cell))) return "the text is not UTF-8";
      return std::get<std::string>(cell).find('\0') == std::string::npos ? "" : "the text holds a NUL";
    case ColumnType::integer:
      return std::holds_alternative<std::int64_t>(cell) ? "" : "the cell is no integer";
    case ColumnType::boolean:
      return std::holds_alternative<bool>(cell) ? "" : "the cell is no boolean";
    case ColumnType::float32:
    case ColumnType::float64:
      if (!std::holds_alternative<double>(cell)) return "the cell is no number";
      return std::isfinite(std::get<double>(cell)) ? ""
                                                   : "NaN and infinity are no cells: such a case has failed";
  }
  return "";
}

void append_field(std::string& out, const std::string& field) {
  // A byte order mark that belongs to the text would be taken for the file's own.
  if (field.find_first_of(",\"\r\n") == std::string::npos && !field.starts_with("\xEF\xBB\xBF")) {
    out += field;
    return;
  }
  out += '"';
  for (const char c : field) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

}  // namespace

std::string shortest(double value) {
  return shortest_text(value);
}
std::string shortest(float value) {
  return shortest_text(value);
}

Cell text_cell(const std::string& text) {
  if (text.empty()) return std::monostate{};
  const bool fits = is_utf8(text) && text.find('\0') == std::string::npos;
  return fits ? text : printable(text);
}

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

void Table::add_row(std::vector<Cell> cells, std::size_t line) {
  if (cells.size() != columns_.size()) {
    throw Error(ExitCode::internal, "a row has " + counted(cells.size(), "cell") + ", the table " +
                                        counted(columns_.size(), "column"));
  }
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string wrong = misfit(columns_[i], cells[i]);
    if (!wrong.empty()) {
      throw Error(ExitCode::internal,
                  "column " + columns_[i].name + ", row " + std::to_string(rows_.size() + 1) + ": " + wrong);
    }
  }
  rows_.push_back(std::move(cells));
  lines_.push_back(line);
}

std::optional<std::size_t> Table::find(std::string_view name) const {
  const auto it = std::ranges::find(columns_, name, &Column::name);
  if (it == columns_.end()) return std::nullopt;
  return static_cast<std::size_t>(it - columns_.begin());
}

std::string Table::text(std::size_t row, std::size_t column) const {
  const Cell& cell = rows_.at(row).at(column);
  if (const auto* value = std::get_if<std::string>(&cell)) return *value;
  if (const auto* value = std::get_if<std::int64_t>(&cell)) return std::to_string(*value);
  if (const auto* value = std::get_if<bool>(&cell)) return *value ? "1" : "0";
  if (const auto* value = std::get_if<double>(&cell)) {
    return columns_[column].type == ColumnType::float32 ? shortest(static_cast<float>(*value))
                                                        : shortest(*value);
  }
  return {};
}

void Table::sort_by(std::string_view name) {
  const std::size_t column = find(name).value();
  std::vector<std::size_t> order(rows_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t row) { return text(row, column); });
  std::vector<std::vector<Cell>> rows;
  std::vector<std::size_t> lines;
  for (const std::size_t row : order) {
    rows.push_back(std::move(rows_[row]));
    lines.push_back(lines_[row]);
  }
  rows_ = std::move(rows);
  lines_ = std::move(lines);
}

std::string to_csv(const Table& table) {
  std::string out;
  for (std::size_t column = 0; column < table.columns().size(); ++column) {
    if (column > 0) out += ',';
    append_field(out, table.columns()[column].name);
  }
  out += '\n';
  for (std::size_t row = 0; row < table.rows().size(); ++row) {
    const std::size_t start = out.size();
    for (std::size_t column = 0; column < table.columns().size(); ++column) {
      if (column > 0) out += ',';
      append_field(out, table.text(row, column));
    }
    // An empty line would read back as no row at all.
    if (out.size() == start) out += "\"\"";
    out += '\n';
  }
  return out;
}

}  // namespace radbatch
