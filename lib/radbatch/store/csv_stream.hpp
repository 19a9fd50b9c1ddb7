// Tables too large to hold: one record after the other, its fields as views into what was read last.
//
// A million rows cost the memory of one piece of the file; who reads decides what becomes of the fields.
#pragma once

#include <cstddef>
#include <deque>
#include <filesystem>
#include <fstream>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace radbatch {

/// RFC 4180 (LF or CRLF, BOM tolerated, empty lines skipped). Every fault is an Error(ExitCode::usage) that
/// names `what` and the line on which the record began: not UTF-8, a quote out of place, another number of
/// fields than the header.
class CsvStream {
 public:
  /// A separator of 0 is found in the header: a comma, a tab or a semicolon, whichever is there most often.
  CsvStream(const std::filesystem::path& file, std::string what, char separator = 0);
  /// `text` has to outlive the stream.
  CsvStream(std::string_view text, std::string what, char separator = 0);
  CsvStream(const CsvStream&) = delete;
  CsvStream& operator=(const CsvStream&) = delete;

  const std::string& what() const { return what_; }
  const std::vector<std::string>& header() const { return header_; }
  std::optional<std::size_t> find(std::string_view name) const;
  /// Reads the next record; false at the end.
  bool next();
  /// Of the record that was read last; valid until the next one is read. As many as the header has.
  std::span<const std::string_view> fields() const { return fields_; }
  std::string_view field(std::size_t column) const { return fields_[column]; }
  /// 1-based line on which that record began.
  std::size_t line() const { return line_; }
  [[noreturn]] void fail(const std::string& why, std::string hint = {}) const;
  /// With "line 3, column size: " in front of `why`.
  [[noreturn]] void fail(std::size_t column, const std::string& why, std::string hint = {}) const;

 private:
  void begin();
  bool read_record();
  bool parse_record();
  bool parse_field(std::size_t& at, std::size_t& line);
  bool parse_quoted(std::size_t& at, std::size_t& line);
  /// Nothing where the answer lies beyond what was read.
  std::optional<bool> is_line_end(std::size_t at) const;
  bool read_more();
  void check_text(std::string_view record);

  std::ifstream file_;
  std::string buffer_;
  std::string_view window_;  ///< what is in memory of the text
  bool is_whole_ = true;     ///< nothing follows the window
  std::string what_;
  char separator_;
  std::size_t position_ = 0, line_ = 1, next_line_ = 1;
  std::vector<std::string> header_;
  std::vector<std::string_view> fields_;
  std::deque<std::string> unescaped_;  ///< fields with quotes in them
};

}  // namespace radbatch
