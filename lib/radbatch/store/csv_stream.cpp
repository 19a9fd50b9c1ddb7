#include "radbatch/store/csv_stream.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

constexpr std::size_t PIECE = std::size_t{4} << 20;

/// ASCII without NUL, which most records are.
bool is_plain(std::string_view text) {
  unsigned char all = 0;
  bool has_zero = false;
  for (const char c : text) {
    all |= static_cast<unsigned char>(c);
    has_zero |= c == '\0';
  }
  return all < 0x80 && !has_zero;
}

char found_separator(std::string_view text) {
  std::array<std::size_t, 3> counts{};
  constexpr std::string_view candidates = ",\t;";
  bool is_quoted = false;
  for (const char c : text) {
    if (c == '"') is_quoted = !is_quoted;
    if (c == '\n' && !is_quoted) break;
    const std::size_t which = candidates.find(c);
    if (which != std::string_view::npos && !is_quoted) ++counts[which];
  }
  return candidates[static_cast<std::size_t>(std::ranges::max_element(counts) - counts.begin())];
}

}  // namespace

CsvStream::CsvStream(const std::filesystem::path& file, std::string what, char separator)
    : file_(file, std::ios::binary), is_whole_(false), what_(std::move(what)), separator_(separator) {
  if (!file_) throw Error(ExitCode::usage, what_ + " cannot be read");
  begin();
}

CsvStream::CsvStream(std::string_view text, std::string what, char separator)
    : window_(text), what_(std::move(what)), separator_(separator) {
  begin();
}

void CsvStream::begin() {
  if (!is_whole_) read_more();
  if (window_.starts_with("\xFF\xFE") || window_.starts_with("\xFE\xFF"))
    fail("the text is UTF-16",
         "convert it first, for example: iconv -f UTF-16 -t UTF-8 FILE > FILE.utf8.csv");
  if (window_.starts_with("\xEF\xBB\xBF")) position_ = 3;
  if (separator_ == 0) separator_ = found_separator(window_.substr(position_));
  if (!read_record()) fail("there is no header line");
  header_.assign(fields_.begin(), fields_.end());
}

std::optional<std::size_t> CsvStream::find(std::string_view name) const {
  const auto found = std::ranges::find(header_, name);
  if (found == header_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - header_.begin());
}

bool CsvStream::next() {
  if (!read_record()) return false;
  if (fields_.size() == header_.size()) return true;
  fail(counted(fields_.size(), "field") + ", but the header has " + std::to_string(header_.size()));
}

void CsvStream::fail(const std::string& why, std::string hint) const {
  throw Error(ExitCode::usage, what_ + ": line " + std::to_string(line_) + ": " + why, std::move(hint));
}

void CsvStream::fail(std::size_t column, const std::string& why, std::string hint) const {
  throw Error(
      ExitCode::usage,
      what_ + ": line " + std::to_string(line_) + ", column " + printable(header_[column]) + ": " + why,
      std::move(hint));
}

bool CsvStream::read_record() {
  while (!parse_record()) {
    if (!read_more()) return false;
  }
  return true;
}

/// False when the record is not whole within the window; nothing is taken then.
bool CsvStream::parse_record() {
  fields_.clear();
  unescaped_.clear();
  std::size_t at = position_;
  std::size_t line = next_line_;
  for (std::optional<bool> ends; at < window_.size(); ++line) {  // empty lines
    ends = is_line_end(at);
    if (!ends) return false;
    if (!*ends) break;
    at += window_[at] == '\r' ? 2 : 1;
  }
  position_ = at;
  next_line_ = line;
  if (at >= window_.size()) return false;
  line_ = line;
  while (true) {
    if (!parse_field(at, line)) return false;
    if (at >= window_.size() || window_[at] != separator_) break;
    ++at;
  }
  const std::optional<bool> ends = is_line_end(at);
  if (!ends) return false;
  check_text(window_.substr(position_, at - position_));
  if (at < window_.size()) at += window_[at] == '\r' ? 2 : 1;
  position_ = at;
  next_line_ = line + 1;
  return true;
}

bool CsvStream::parse_field(std::size_t& at, std::size_t& line) {
  if (at < window_.size() && window_[at] == '"') return parse_quoted(at, line);
  const std::size_t start = at;
  for (; at < window_.size() && window_[at] != separator_; ++at) {
    const char c = window_[at];
    if (c == '\n') break;
    if (c == '"') {
      fail("a quote stands inside an unquoted field",
           "put the whole field in quotes and write each quote in it twice");
    }
    if (c != '\r') continue;
    const std::optional<bool> ends = is_line_end(at);
    if (!ends) return false;
    if (*ends) break;
  }
  if (at >= window_.size() && !is_whole_) return false;
  fields_.push_back(window_.substr(start, at - start));
  return true;
}

bool CsvStream::parse_quoted(std::size_t& at, std::size_t& line) {
  const std::size_t start = ++at;
  bool has_quotes = false;
  for (; at < window_.size(); ++at) {
    if (window_[at] == '\n') ++line;
    if (window_[at] != '"') continue;
    if (at + 1 >= window_.size() && !is_whole_) return false;
    if (at + 1 >= window_.size() || window_[at + 1] != '"') break;
    has_quotes = true;
    ++at;
  }
  if (at >= window_.size()) {
    if (!is_whole_) return false;
    fail("a quoted field is not closed");
  }
  std::string_view inside = window_.substr(start, at - start);
  if (has_quotes) {
    std::string& text = unescaped_.emplace_back();
    for (std::size_t i = 0; i < inside.size(); ++i) {
      text += inside[i];
      if (inside[i] == '"') ++i;
    }
    inside = text;
  }
  fields_.push_back(inside);
  ++at;
  const std::optional<bool> ends = is_line_end(at);
  if (!ends) return false;
  if (!*ends && window_[at] != separator_) fail("text follows a closing quote");
  return true;
}

std::optional<bool> CsvStream::is_line_end(std::size_t at) const {
  if (at >= window_.size()) return is_whole_ ? std::optional(true) : std::nullopt;
  if (window_[at] == '\n') return true;
  if (window_[at] != '\r') return false;
  if (at + 1 < window_.size()) return window_[at + 1] == '\n';
  return is_whole_ ? std::optional(false) : std::nullopt;
}

/// False when the file has ended before; the window is then all there is.
bool CsvStream::read_more() {
  if (is_whole_) return false;
  buffer_.erase(0, position_);
  position_ = 0;
  const std::size_t kept = buffer_.size();
  buffer_.resize(kept + std::max(PIECE, kept));
  file_.read(buffer_.data() + kept, static_cast<std::streamsize>(buffer_.size() - kept));
  if (file_.bad()) throw Error(ExitCode::usage, what_ + " cannot be read");
  buffer_.resize(kept + static_cast<std::size_t>(file_.gcount()));
  is_whole_ = !file_;
  window_ = buffer_;
  return true;
}

void CsvStream::check_text(std::string_view record) {
  if (is_plain(record)) return;
  for (std::size_t start = 0; start <= record.size(); ++line_) {
    const std::size_t end = std::min(record.find('\n', start), record.size());
    const std::string_view one = record.substr(start, end - start);
    if (!is_utf8(one) || one.find('\0') != std::string_view::npos) {
      fail("the text is not UTF-8",
           "convert it first, for example: iconv -f GB18030 -t UTF-8 FILE > FILE.utf8.csv");
    }
    start = end + 1;
  }
  line_ = next_line_;
}

}  // namespace radbatch
