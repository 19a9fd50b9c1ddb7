#include "radbatch/report/frame_traces.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <memory>
#include <utility>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

constexpr const char* FRAMES = "frames.csv.gz";
// A row is a case id and numbers.
constexpr std::size_t LONGEST_ROW = std::size_t{1} << 16;

[[noreturn]] void damaged(const std::string& what) {
  throw Error(ExitCode::usage, std::string(FRAMES) + ": " + what,
              "the command of the run writes its tables again");
}

using Row = std::vector<std::string>;

/// Hands every row to `take`, the header first. No cell of this table is quoted: ids and numbers need none.
void for_each_row(const std::filesystem::path& path, const std::function<void(const Row& row)>& take) {
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(path.c_str(), "rb"), &gzclose);
  if (!file) damaged("cannot be opened");
  std::vector<char> line(LONGEST_ROW);
  while (gzgets(file.get(), line.data(), static_cast<int>(line.size())) != nullptr) {
    std::string_view text = line.data();
    if (!text.ends_with('\n')) damaged("a row does not end");
    text.remove_suffix(1);
    take(split(std::string(text), ','));
  }
  int fault = Z_OK;
  gzerror(file.get(), &fault);
  if (fault != Z_OK && fault != Z_STREAM_END) damaged("cannot be unpacked");
}

double number_in(const std::string& cell) {
  double value = 0;
  const auto [end, fault] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (fault != std::errc{} || end != cell.data() + cell.size()) damaged("a cell holds no number");
  return value;
}

/// Where the columns of the findings stand.
std::vector<std::size_t> columns_of(const Row& header, const RunData& run) {
  std::vector<std::size_t> columns;
  for (const Finding& finding : run.findings) {
    const auto found = std::ranges::find(header, finding.column);
    if (found == header.end()) damaged("has no column " + finding.column);
    columns.push_back(static_cast<std::size_t>(found - header.begin()));
  }
  return columns;
}

void add(ClipTrace& clip, const Row& row, const std::vector<std::size_t>& columns, std::size_t n_points) {
  const double share = clip.end_s > 0 ? number_in(row[2]) / clip.end_s : 0;
  const auto at =
      std::min(static_cast<std::size_t>(std::max(share, 0.0) * static_cast<double>(n_points)), n_points - 1);
  for (std::size_t f = 0; f < columns.size(); ++f) {
    const auto value = static_cast<float>(number_in(row.at(columns[f])));
    TracePoint& point = clip.findings[f][at];
    point.low = std::min(point.low, value);
    point.high = std::max(point.high, value);
    point.sum += static_cast<double>(value);
    ++point.n;
  }
}

}  // namespace

ClipTraces read_clip_traces(const RunData& run, std::size_t most_clips, std::size_t n_points) {
  const std::filesystem::path path = run.folder / FRAMES;
  ClipTraces traces;
  std::error_code missing;
  if (run.findings.empty() || !std::filesystem::exists(path, missing)) return traces;
  // Once for how long each clip is, once for what it holds.
  std::vector<std::size_t> columns;
  std::string before;
  for_each_row(path, [&](const Row& row) {
    if (columns.empty()) return columns = columns_of(row, run), void();
    if (row.size() < 3 + columns.size()) damaged("a row is too short");
    if (row[2].empty()) return;
    if (row[0] != before && ++traces.n_clips <= most_clips)
      traces.clips.push_back({row[0], 0, 0, {columns.size(), std::vector<TracePoint>(n_points)}});
    before = row[0];
    if (traces.n_clips > most_clips) return;
    traces.clips.back().end_s = std::max(traces.clips.back().end_s, number_in(row[2]));
    ++traces.clips.back().n_frames;
  });
  auto clip = traces.clips.begin();
  bool is_header = true;
  for_each_row(path, [&](const Row& row) {
    if (std::exchange(is_header, false) || row[2].empty()) return;
    while (clip != traces.clips.end() && clip->case_id != row[0]) ++clip;
    if (clip != traces.clips.end()) add(*clip, row, columns, n_points);
  });
  return traces;
}

}  // namespace radbatch
