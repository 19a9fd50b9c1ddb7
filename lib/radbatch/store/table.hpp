// Tables as people, pandas, R and diff read them.
//
// Every table of a run folder is one of these, so that quoting, numbers and missing values are decided once:
// UTF-8 without BOM, LF, RFC 4180, header, dot decimals, missing = empty, NaN never.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "radbatch/base/json.hpp"

namespace radbatch {

enum class ColumnType {
  text,
  category,  ///< text with few different values: status, reason
  integer,   ///< int64
  float32,   ///< printed with the fewest digits that give the same float back
  float64,
  boolean,  ///< written as 0 and 1
};

struct Column {
  std::string name;
  ColumnType type = ColumnType::text;
  std::string description = {};
  std::string unit = {};  ///< "mm", "s"; empty for pure numbers
  bool required = false;  ///< no cell may be missing
  Json properties =
      nullptr;  ///< further members of the column's schema: {"title": "Lung Opacity", "threshold": 0.5}
};

/// std::monostate is a missing cell. A float32 column holds its values as double.
using Cell = std::variant<std::monostate, std::string, std::int64_t, double, bool>;

/// A text from outside as a cell: missing when empty; escaped as %XX where it is not UTF-8 or holds a NUL, so
/// that one odd header costs nobody's table.
Cell text_cell(const std::string& text);

class Table {
 public:
  explicit Table(std::vector<Column> columns = {});

  /// Throws Error(ExitCode::internal) that names the column when a cell does not fit it: another type, NaN or
  /// infinity, text that is not UTF-8, a required cell missing. `line` is where the row stood in a file, 0 if
  /// nowhere.
  void add_row(std::vector<Cell> cells, std::size_t line = 0);

  const std::vector<Column>& columns() const { return columns_; }
  const std::vector<std::vector<Cell>>& rows() const { return rows_; }
  /// Position of the column of that name, or nothing.
  std::optional<std::size_t> find(std::string_view name) const;
  /// 1-based line of the file in which the row began.
  std::size_t line_of(std::size_t row) const { return lines_.at(row); }
  /// Text of a cell as the CSV file spells it, without quotes; empty for a missing one.
  std::string text(std::size_t row, std::size_t column) const;
  /// By the text of a column, byte order, equal ones in the order they were added.
  void sort_by(std::string_view column);

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
  std::vector<std::size_t> lines_;
};

/// The shortest decimal text that reads back as the same number, whatever the locale.
std::string shortest(double value);
std::string shortest(float value);

std::string to_csv(const Table& table);

/// Reads RFC 4180 text (LF or CRLF, BOM tolerated, empty lines skipped); every column is text, empty fields
/// are missing. Throws Error(ExitCode::usage) that names `what` and the line: not UTF-8 (with a hint about
/// the encoding), a quote out of place, another number of fields than the header, a column name twice.
Table read_csv(std::string_view text, const std::string& what, char separator = ',');

}  // namespace radbatch
