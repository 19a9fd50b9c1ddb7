// The reading half of table.hpp: one pass, one state machine, errors with the line on which the record began.
#include <algorithm>
#include <utility>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/store/table.hpp"

namespace radbatch {
namespace {

struct Record {
  std::vector<std::string> fields;
  std::size_t line = 0;
};

class CsvReader {
 public:
  CsvReader(std::string_view text, const std::string& what, char separator)
      : text_(text), what_(what), separator_(separator) {}

  /// The next record that is not an empty line, or nothing at the end.
  std::optional<Record> next() {
    while (at_line_end() && position_ < text_.size()) skip_line_end();
    if (position_ >= text_.size()) return std::nullopt;
    Record record{{}, line_};
    record.fields.push_back(field(record.line));
    while (position_ < text_.size() && text_[position_] == separator_) {
      ++position_;
      record.fields.push_back(field(record.line));
    }
    if (position_ < text_.size()) skip_line_end();
    return record;
  }

  [[noreturn]] void fail(std::size_t line, const std::string& why, std::string hint = {}) const {
    throw Error(ExitCode::usage, what_ + ": line " + std::to_string(line) + ": " + why, std::move(hint));
  }

 private:
  bool at_line_end() const {
    if (position_ >= text_.size() || text_[position_] == '\n') return true;
    return text_[position_] == '\r' && position_ + 1 < text_.size() && text_[position_ + 1] == '\n';
  }

  void skip_line_end() {
    position_ += text_[position_] == '\r' ? 2 : 1;
    ++line_;
  }

  std::string field(std::size_t line) {
    if (position_ < text_.size() && text_[position_] == '"') return quoted_field(line);
    std::string value;
    while (!at_line_end() && text_[position_] != separator_) {
      if (text_[position_] == '"') {
        fail(line, "a quote stands inside an unquoted field",
             "put the whole field in quotes and write each quote in it twice");
      }
      value += text_[position_++];
    }
    return value;
  }

  std::string quoted_field(std::size_t line) {
    std::string value;
    for (++position_; position_ < text_.size(); ++position_) {
      const char c = text_[position_];
      if (c == '\n') ++line_;
      if (c == '"') {
        if (position_ + 1 >= text_.size() || text_[position_ + 1] != '"')
          return close_quote(line, std::move(value));
        ++position_;
      }
      value += c;
    }
    fail(line, "a quoted field is not closed");
  }

  std::string close_quote(std::size_t line, std::string value) {
    ++position_;
    if (!at_line_end() && text_[position_] != separator_) fail(line, "text follows a closing quote");
    return value;
  }

  std::string_view text_;
  const std::string& what_;
  char separator_;
  std::size_t position_ = 0;
  std::size_t line_ = 1;
};

/// 1-based line of the first bytes that are no UTF-8.
std::size_t first_bad_line(std::string_view text) {
  std::size_t line = 1;
  for (std::size_t start = 0; start < text.size(); ++line) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    if (!is_utf8(text.substr(start, end - start))) return line;
    start = end + 1;
  }
  return line;
}

std::vector<Column> columns_of(const Record& header, const CsvReader& reader) {
  std::vector<Column> columns;
  for (const std::string& name : header.fields) {
    const std::string place = "column " + std::to_string(columns.size() + 1);
    if (name.empty()) reader.fail(header.line, place + " has no name");
    for (const Column& column : columns) {
      if (column.name == name)
        reader.fail(header.line, "the column name '" + printable(name) + "' comes twice");
    }
    columns.push_back({.name = name});
  }
  return columns;
}

}  // namespace

Table read_csv(std::string_view text, const std::string& what, char separator) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  CsvReader reader(text, what, separator);
  if (!is_utf8(text) || text.find('\0') != std::string_view::npos) {
    reader.fail(first_bad_line(text), "the text is not UTF-8",
                "convert it first, for example: iconv -f GB18030 -t UTF-8 FILE > FILE.utf8.csv");
  }
  const std::optional<Record> header = reader.next();
  if (!header) reader.fail(1, "there is no header line");
  Table table(columns_of(*header, reader));
  while (std::optional<Record> record = reader.next()) {
    if (record->fields.size() != header->fields.size()) {
      reader.fail(record->line, counted(record->fields.size(), "field") + ", but the header has " +
                                    std::to_string(header->fields.size()));
    }
    std::vector<Cell> cells;
    for (std::string& field : record->fields) {
      cells.push_back(field.empty() ? Cell{} : Cell{std::move(field)});
    }
    table.add_row(std::move(cells), record->line);
  }
  return table;
}

}  // namespace radbatch
