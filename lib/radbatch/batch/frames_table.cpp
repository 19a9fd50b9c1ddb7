#include "radbatch/batch/frames_table.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/batch/case_part.hpp"
#include "radbatch/batch/frame_level.hpp"
#include "radbatch/batch/infer_tables.hpp"
#include "radbatch/batch/levels.hpp"
#include "radbatch/model/segments.hpp"
#include "radbatch/store/gzip_file.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

constexpr const char* FRAMES = "frames.csv.gz";
constexpr const char* SEGMENTS = "segments.csv";
constexpr std::size_t ROWS_AT_ONCE = 4096;

/// Times are stored to some nanoseconds and printed to microseconds.
double printed_seconds(double seconds) {
  return std::round(seconds * 1e6) / 1e6;
}

std::vector<ScoreColumn> columns_of_frames(const Bundle& bundle) {
  std::vector<ScoreColumn> columns = score_columns(bundle);
  std::erase_if(columns, [](const ScoreColumn& column) { return !is_score(column); });
  return columns;
}

class FramesFile {
 public:
  FramesFile(const Bundle& bundle, const fs::path& folder)
      : columns_(columns_of_frames(bundle)), file_(folder / FRAMES) {
    file_.write(to_csv(empty_table(bundle)));
    header_bytes_ = to_csv(rows_).size();
  }

  void add(const std::string& case_id, const FrameList& frames, std::span<const float> scores) {
    const std::size_t n = columns_.size();
    for (std::size_t i = 0; i < frames.indices.size(); ++i) {
      std::vector<Cell> row{case_id, frames.indices[i], std::monostate{}};
      if (!frames.seconds.empty()) row[2] = printed_seconds(frames.seconds[i]);
      for (const float score : scores.subspan(i * n, n)) row.emplace_back(static_cast<double>(score));
      rows_.add_row(std::move(row));
      if (rows_.rows().size() == ROWS_AT_ONCE) pack();
    }
    pack();
  }

  TableFile commit() {
    const GzipFile::Facts facts = file_.commit();
    return {FRAMES,          "every frame that went through the network, in the order of cases and frames",
            facts.bytes,     facts.sha256,
            rows_.columns(), {"case_id", "frame"}};
  }

 private:
  Table empty_table(const Bundle& bundle) {
    std::vector<Column> columns{
        {"case_id", ColumnType::text, "the case", {}, true},
        {"frame", ColumnType::integer, "the frame's number in the clip, from 0", {}, true},
        {"t_s", ColumnType::float64, "when it is shown, after the clip's first frame", "s"}};
    for (const ResultColumn& result : result_columns(bundle)) {
      const bool is_of_frames = std::ranges::any_of(
          columns_, [&](const ScoreColumn& column) { return column.name == result.column.name; });
      if (is_of_frames) columns.push_back(result.column);
    }
    rows_ = Table(std::move(columns));
    return rows_;
  }

  void pack() {
    file_.write(std::string_view(to_csv(rows_)).substr(header_bytes_));
    rows_ = Table(rows_.columns());
  }

  std::vector<ScoreColumn> columns_;
  GzipFile file_;
  Table rows_;
  std::size_t header_bytes_ = 0;
};

Table segments_table() {
  return Table(
      {{"case_id", ColumnType::text, "the case", {}, true},
       {"finding", ColumnType::category, "slug of the finding; of several heads <head>_<slug>", {}, true},
       {"start_s", ColumnType::float64, "when its first frame is shown", "s", true},
       {"end_s", ColumnType::float64, "when its last frame goes", "s", true},
       {"duration_s", ColumnType::float64, "", "s", true},
       {"mean_p", ColumnType::float32, "over its frames, not smoothed", {}, true},
       {"max_p", ColumnType::float32, "of its frames, not smoothed", {}, true},
       {"n_frames", ColumnType::integer, "that went through the network", {}, true}});
}

void add_segments(Table& table, const Bundle& bundle, const std::string& case_id, const FrameList& frames,
                  std::span<const float> scores, const std::vector<ScoreColumn>& columns) {
  for (std::size_t h = 0; h < bundle.heads.size(); ++h) {
    const Head& head = bundle.heads[h];
    std::vector<float> of_head;
    for (std::size_t at = 0; at < scores.size(); ++at) {
      if (columns[at % columns.size()].head == h) of_head.push_back(scores[at]);
    }
    const std::string prefix = bundle.heads.size() > 1 ? head.name + "_" : "";
    for (const Segment& one : find_segments(head, *bundle.segments, of_head, frames.seconds)) {
      table.add_row({case_id, prefix + head.findings[one.finding].slug, printed_seconds(one.start_s),
                     printed_seconds(one.end_s), printed_seconds(one.duration_s()), one.mean_p, one.max_p,
                     static_cast<std::int64_t>(one.n_frames)});
    }
  }
}

}  // namespace

std::vector<TableFile> write_frame_tables(const Bundle& bundle, const RunRecord& run) {
  const std::vector<ScoreColumn> columns = columns_of_frames(bundle);
  std::optional<FramesFile> frames;
  Table segments = segments_table();
  for (const Case& one : run.cases) {
    const CaseOutcome& outcome = run.outcomes.at(one.id);
    if (outcome.status != Status::done) continue;
    remove_part(run.folder.root(), one.id);
    // Other arrays are not read for nothing.
    if (!outcome.result.value("arrays", Json::object()).contains("frames")) continue;
    const auto shown = frame_list(load_arrays(outcome.result, run.folder.root()));
    const auto kept = kept_levels(outcome.result, run.folder.root());
    if (!shown || !kept) continue;
    if (!frames) frames.emplace(bundle, run.folder.root());
    const std::vector<float> scores = level_scores(bundle, *kept);  // in the order of `columns`
    frames->add(one.id, *shown, scores);
    if (bundle.segments) add_segments(segments, bundle, one.id, *shown, scores, columns);
  }
  if (!frames) return {};
  std::vector<TableFile> files{frames->commit()};
  if (!bundle.segments) return files;
  const std::string csv = to_csv(segments);
  write_file_atomically(run.folder.root() / SEGMENTS, csv);
  files.push_back(describe_table(SEGMENTS, "stretches of clips in which a finding is seen", segments, csv));
  return files;
}

}  // namespace radbatch
