#include "radbatch/report/frame_rows.hpp"

#include <zlib.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <vector>

#include "radbatch/base/error.hpp"

namespace radbatch {
namespace {

constexpr const char* FRAMES = "frames.csv.gz";
// A row is a case id and numbers.
constexpr std::size_t LONGEST_ROW = std::size_t{1} << 16;
constexpr unsigned READ_AHEAD = 1U << 18;

[[noreturn]] void damaged(const std::string& what) {
  throw Error(ExitCode::usage, std::string(FRAMES) + ": " + what,
              "the command of the run writes its tables again");
}

using Cells = std::vector<std::string_view>;

/// No cell of this table is quoted: ids and numbers need none.
void split_row(std::string_view text, Cells& cells) {
  cells.clear();
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    cells.push_back(text.substr(at, end - at));
    at = end + 1;
  }
}

/// Hands every row to `take`, the header first.
template <typename Take>
void for_each_row(const std::filesystem::path& path, Take take) {
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(path.c_str(), "rb"), &gzclose);
  if (!file) damaged("cannot be opened");
  gzbuffer(file.get(), READ_AHEAD);
  std::vector<char> line(LONGEST_ROW);
  Cells cells;
  while (gzgets(file.get(), line.data(), static_cast<int>(line.size())) != nullptr) {
    std::string_view text = line.data();
    if (!text.ends_with('\n')) damaged("a row does not end");
    text.remove_suffix(1);
    split_row(text, cells);
    take(cells);
  }
  int fault = Z_OK;
  gzerror(file.get(), &fault);
  if (fault != Z_OK && fault != Z_STREAM_END) damaged("cannot be unpacked");
}

template <typename Number>
Number number_in(std::string_view cell) {
  Number value = 0;
  const auto [end, fault] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (fault != std::errc{} || end != cell.data() + cell.size()) damaged("a cell holds no number");
  return value;
}

/// Where the columns of the findings stand.
std::vector<std::size_t> columns_of(const Cells& header, const RunData& run) {
  std::vector<std::size_t> columns;
  for (const Finding& finding : run.findings) {
    const auto found = std::ranges::find(header, finding.column);
    if (found == header.end()) damaged("has no column " + finding.column);
    columns.push_back(static_cast<std::size_t>(found - header.begin()));
  }
  return columns;
}

}  // namespace

bool has_frames(const RunData& run) {
  std::error_code missing;
  return !run.findings.empty() && !run.folder.empty() &&
         std::filesystem::exists(run.folder / FRAMES, missing);
}

void for_each_frame(const RunData& run, const std::function<void(const FrameRow& row)>& take) {
  std::vector<std::size_t> columns;
  std::vector<double> scores(run.findings.size());
  for_each_row(run.folder / FRAMES, [&](const Cells& cells) {
    if (columns.empty()) return columns = columns_of(cells, run), void();
    if (cells.size() <= std::max<std::size_t>(2, std::ranges::max(columns))) damaged("a row is too short");
    FrameRow row{
        .case_id = cells[0], .frame = number_in<std::int64_t>(cells[1]), .t_s = {}, .scores = scores};
    if (!cells[2].empty()) row.t_s = number_in<double>(cells[2]);
    for (std::size_t f = 0; f < columns.size(); ++f) scores[f] = number_in<double>(cells[columns[f]]);
    take(row);
  });
}

}  // namespace radbatch
