#include "radbatch/report/frame_labels.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/report/label_track.hpp"
#include "radbatch/store/csv_stream.hpp"

namespace radbatch {
namespace {

namespace fs = std::filesystem;

/// "Calot-Triangle dissection" -> "calottriangledissection".
std::string bare(std::string_view name) {
  std::string letters;
  for (const char c : to_lower_ascii(name))
    if (static_cast<unsigned char>(c) >= 0x80 || std::isalnum(static_cast<unsigned char>(c)) != 0)
      letters += c;
  return letters;
}

class FindingNames {
 public:
  FindingNames(const FrameLabelOptions& options, const std::vector<Finding>& findings) {
    for (const std::string& pair : options.map) {
      const std::size_t sign = pair.rfind('=');
      if (sign != std::string::npos) map_.emplace(pair.substr(0, sign), pair.substr(sign + 1));
    }
    for (std::size_t f = 0; f < findings.size(); ++f) {
      for (const std::string& name : {findings[f].name, findings[f].slug, findings[f].column})
        known_.try_emplace(bare(name), static_cast<std::int32_t>(f));
      names_.push_back(findings[f].name);
    }
  }

  std::optional<std::int32_t> find(std::string_view name) const {
    const auto mapped = map_.find(std::string(name));
    const auto known = known_.find(bare(mapped == map_.end() ? name : std::string_view(mapped->second)));
    if (known == known_.end()) return std::nullopt;
    return known->second;
  }

  std::string hint(std::string_view name) const {
    const std::string near = nearest(name, names_);
    return "--map '" + printable(name) + "=" + (near.empty() ? names_.front() : near) +
           "'; the model has: " + join(names_, ", ");
  }

 private:
  std::map<std::string, std::string> map_;
  std::map<std::string, std::int32_t> known_;
  std::vector<std::string> names_;
};

/// Where things stand in a table.
struct Columns {
  std::optional<std::size_t> case_id, label, begin, end, time;
  bool counts_frames = false;
  std::vector<std::pair<std::size_t, std::int32_t>> findings;  ///< columns of 0/1

  bool is_intervals() const { return begin && end; }
};

std::optional<std::size_t> column_of(const CsvStream& table, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names)
    for (std::size_t c = 0; c < table.header().size(); ++c)
      if (to_lower_ascii(table.header()[c]) == name) return c;
  return std::nullopt;
}

Columns columns_of(const CsvStream& table, const FindingNames& names, const FrameLabelOptions& options) {
  Columns columns;
  columns.case_id = column_of(table, {"case_id", "case", "video_id", "video"});
  columns.label = column_of(table, {"phase", "label", "step", "class", "finding", "tool"});
  const auto begin_frame = column_of(table, {"start_frame", "begin_frame"});
  const auto end_frame = column_of(table, {"end_frame", "stop_frame"});
  const auto begin = column_of(table, {"start", "begin"}), end = column_of(table, {"end", "stop"});
  const auto begin_s = column_of(table, {"start_s", "begin_s"}),
             end_s = column_of(table, {"end_s", "stop_s"});
  const auto frame = column_of(table, {"frame", "frame_number", "frame_index"});
  columns.begin = begin_s ? begin_s : begin_frame ? begin_frame : begin;
  columns.end = end_s ? end_s : end_frame ? end_frame : end;
  columns.time = column_of(table, {"t_s", "time_s", "time", "seconds", "second"});
  columns.counts_frames = !begin_s && (begin_frame || (begin && options.fps));
  if (!columns.is_intervals()) columns.counts_frames = !columns.time;
  if (!columns.time) columns.time = frame;
  for (std::size_t c = 0; c < table.header().size() && !columns.label; ++c)
    if (const auto finding = names.find(table.header()[c])) columns.findings.emplace_back(c, *finding);
  return columns;
}

/// "12.5" or "1:02:05.5" in seconds; a frame number as it is.
std::optional<double> position_in(std::string_view text) {
  double sum = 0;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(':', at), text.size());
    double part = 0;
    const auto [stop, fault] = std::from_chars(text.data() + at, text.data() + end, part);
    if (fault != std::errc{} || stop != text.data() + end || !std::isfinite(part) || part < 0)
      return std::nullopt;
    sum = 60 * sum + part;
    at = end + 1;
  }
  return sum;
}

/// Fills the tracks of the videos of one table.
class LabelReader {
 public:
  LabelReader(FrameLabels& labels, const FrameLabelOptions& options, const std::vector<Finding>& findings,
              bool is_multi_label)
      : labels_(labels),
        options_(options),
        names_(options, findings),
        n_tracks_(is_multi_label ? findings.size() : 1),
        is_multi_label_(is_multi_label) {}

  /// `case_id` is that of a file that has no such column.
  void read(const fs::path& file, const std::string& case_id) {
    CsvStream table(file, printable(file.filename().string()));
    const Columns columns = columns_of(table, names_, options_);
    check(table, columns, case_id);
    labels_.counts_frames = columns.counts_frames && !options_.fps;
    scale_ = columns.counts_frames && options_.fps ? 1 / *options_.fps : 1;
    std::map<std::string, std::vector<TrackBuilder>, std::less<>> builders;
    while (table.next()) {
      const std::string_view id = columns.case_id ? table.field(*columns.case_id) : std::string_view(case_id);
      auto video = builders.find(id);
      if (video == builders.end())
        video = builders.emplace(std::string(id), std::vector<TrackBuilder>(n_tracks_)).first;
      if (columns.is_intervals()) {
        take_interval(table, columns, video->second);
      } else {
        take_frame(table, columns, video->second);
      }
    }
    for (auto& [id, tracks] : builders) finish(table, id, tracks);
  }

 private:
  void check(const CsvStream& table, const Columns& columns, const std::string& case_id) const {
    if (!columns.case_id && case_id.empty())
      table.fail("there is no column case_id", "case_id,start,end,phase or case_id,frame,phase");
    if (!columns.is_intervals() && !columns.time)
      table.fail("there is no column that says when", "start and end, or frame, or t_s");
    if (!columns.label && columns.findings.empty())
      table.fail("there is no column phase, and none is named like a finding", names_.hint("phase"));
    if (columns.label && is_multi_label_ && !columns.is_intervals())
      table.fail("a row per frame names one phase, and the model may see several findings at once",
                 "a column of 0 and 1 per finding, or start and end");
    if (!columns.label && !is_multi_label_)
      table.fail("the model names one finding per frame, and there is no column phase",
                 "case_id,frame,phase");
    if (!columns.label && columns.is_intervals())
      table.fail("stretches need a column phase or finding", "case_id,start,end,phase");
  }

  std::int32_t finding_in(const CsvStream& table, std::size_t column) const {
    const std::string_view name = table.field(column);
    const auto finding = names_.find(name);
    if (!finding)
      table.fail(column, "'" + printable(name) + "' is no finding of the model", names_.hint(name));
    return *finding;
  }

  double position(const CsvStream& table, std::size_t column) const {
    const auto value = position_in(table.field(column));
    if (!value)
      table.fail(column, "'" + printable(table.field(column)) + "' is no time",
                 "seconds (75.5), a clock (0:01:15.5) or a frame number");
    return *value;
  }

  void take_interval(const CsvStream& table, const Columns& columns,
                     std::vector<TrackBuilder>& tracks) const {
    const std::int32_t finding = finding_in(table, *columns.label);
    const double begin = position(table, *columns.begin), end = position(table, *columns.end);
    if (end < begin) table.fail(*columns.end, "the stretch ends before it starts");
    const double last = columns.counts_frames ? 1 : 0;  // an end frame belongs to its stretch
    const LabelSpan span{begin * scale_, (end + last) * scale_, is_multi_label_ ? 1 : finding};
    tracks[is_multi_label_ ? static_cast<std::size_t>(finding) : 0].add_span(span, last * scale_);
    if (is_multi_label_)
      for (TrackBuilder& track : tracks) track.set_outside(0);
  }

  void take_frame(const CsvStream& table, const Columns& columns, std::vector<TrackBuilder>& tracks) const {
    const double at = position(table, *columns.time) * scale_;
    if (columns.label) {
      add_row(table, tracks[0], at, finding_in(table, *columns.label));
      return;
    }
    for (const auto& [column, finding] : columns.findings) {
      const std::string_view text = table.field(column);
      if (!text.empty() && text != "0" && text != "1")
        table.fail(column, "expected 0, 1 or nothing, not '" + printable(text) + "'");
      add_row(table, tracks[static_cast<std::size_t>(finding)], at, text.empty() ? -1 : text == "1" ? 1 : 0);
    }
  }

  static void add_row(const CsvStream& table, TrackBuilder& track, double at, std::int32_t value) {
    if (!track.add_row(at, value))
      table.fail("rows of a case are not in the order of time, or name a frame twice",
                 "sort the table by case and frame");
  }

  void finish(const CsvStream& table, const std::string& id, std::vector<TrackBuilder>& tracks) {
    if (labels_.videos.contains(id)) table.fail("case " + printable(id) + " has labels in two files");
    std::vector<LabelTrack>& video = labels_.videos[id];
    for (TrackBuilder& track : tracks) {
      video.push_back(track.track());
      if (video.back().spans.empty() || !track.overlaps()) continue;
      table.fail("case " + printable(id) + ": two phases overlap in time",
                 "one phase at a time for a model that names one finding per frame");
    }
  }

  FrameLabels& labels_;
  const FrameLabelOptions& options_;
  FindingNames names_;
  std::size_t n_tracks_;
  bool is_multi_label_;
  double scale_ = 1;
};

/// "video01-phase.txt" -> "video01".
std::string case_of(const fs::path& file) {
  std::string stem = file.stem().string();
  for (const std::string_view ending :
       {"-phase", "_phase", "-phases", "-tool", "_tool", "-tools", "-timestamp"})
    if (stem.size() > ending.size() && stem.ends_with(ending))
      return stem.substr(0, stem.size() - ending.size());
  return stem;
}

}  // namespace

FrameLabels read_frame_labels(const FrameLabelOptions& options, const std::vector<Finding>& findings,
                              bool is_multi_label) {
  FrameLabels labels;
  if (options.labels.empty() || findings.empty()) return labels;
  if (options.fps && !(*options.fps > 0 && std::isfinite(*options.fps)))
    throw Error(ExitCode::usage, "--label-fps: expected a number above 0", "--label-fps 25");
  LabelReader reader(labels, options, findings, is_multi_label);
  std::error_code fault;
  if (!fs::is_directory(options.labels, fault)) {
    reader.read(options.labels, case_of(options.labels));
    return labels;
  }
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(options.labels)) {
    const std::string ending = to_lower_ascii(entry.path().extension().string());
    if (entry.is_regular_file() && (ending == ".txt" || ending == ".csv" || ending == ".tsv"))
      files.push_back(entry.path());
  }
  if (files.empty())
    throw Error(ExitCode::usage, "--frame-labels: the folder holds no .txt, .csv or .tsv file");
  std::ranges::sort(files);
  for (const fs::path& file : files) reader.read(file, case_of(file));
  return labels;
}

}  // namespace radbatch
