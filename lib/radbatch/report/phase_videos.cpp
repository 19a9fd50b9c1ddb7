#include "radbatch/report/phase_videos.hpp"

#include <algorithm>
#include <charconv>

#include "radbatch/store/csv_stream.hpp"

namespace radbatch {
namespace {

constexpr const char* SEGMENTS = "segments.csv";

double seconds_in(const CsvStream& table, std::size_t column) {
  const std::string_view text = table.field(column);
  double value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc{} || end != text.data() + text.size()) table.fail(column, "is no number");
  return value;
}

std::int32_t highest(std::span<const double> scores) {
  return static_cast<std::int32_t>(std::ranges::max_element(scores) - scores.begin());
}

class Collector {
 public:
  Collector(const RunData& run, const FrameLabels& labels, const JudgedVideos& videos)
      : labels_(labels), videos_(videos), segments_(read_segments(run)) {
    std::error_code missing;
    has_segments_ = std::filesystem::exists(run.folder / SEGMENTS, missing);
  }

  bool is_same(std::string_view case_id) const { return frames.case_id == case_id; }
  bool is_empty() const { return frames.n_scored == 0; }

  void begin(std::string_view case_id) {
    frames = {};
    by_segment.clear();
    frames.case_id = std::string(case_id);
    track_ = &videos_.tracks(case_id).front();
    const auto found = segments_.find(case_id);
    static const LabelTrack none;
    segment_track_ = found == segments_.end() ? &none : &found->second;
    if (!track_->spans.empty()) frames.label_end = track_->spans.back().end;
  }

  void add(const FrameRow& row) {
    ++frames.n_scored;
    const double position = label_position(labels_, row);
    const double seconds = row.t_s.value_or(static_cast<double>(row.frame));
    frames.end_s = seconds;
    frames.last_position = position;
    const std::int32_t truth = track_->at(position);
    if (truth < 0) return;
    frames.seconds.push_back(seconds);
    frames.place.push_back(frames.n_scored - 1);
    frames.truth.push_back(truth);
    frames.predicted.push_back(highest(row.scores));
    if (has_segments_) by_segment.push_back(segment_track_->at(seconds));
  }

  LabelledFrames frames;
  std::vector<std::int32_t> by_segment;

 private:
  const FrameLabels& labels_;
  const JudgedVideos& videos_;
  std::map<std::string, LabelTrack, std::less<>> segments_;
  bool has_segments_ = false;
  const LabelTrack* track_ = nullptr;
  const LabelTrack* segment_track_ = nullptr;
};

}  // namespace

std::map<std::string, LabelTrack, std::less<>> read_segments(const RunData& run) {
  std::map<std::string, LabelTrack, std::less<>> videos;
  std::error_code missing;
  if (!std::filesystem::exists(run.folder / SEGMENTS, missing)) return videos;
  CsvStream table(run.folder / SEGMENTS, SEGMENTS);
  const auto case_id = table.find("case_id"), finding = table.find("finding"), start = table.find("start_s"),
             end = table.find("end_s");
  if (!case_id || !finding || !start || !end) table.fail("a column is missing");
  while (table.next()) {
    const std::string_view name = table.field(*finding);
    const auto known = std::ranges::find_if(run.findings, [&](const Finding& f) {
      return f.slug == name || f.column == "p_" + std::string(name);
    });
    if (known == run.findings.end()) continue;
    const auto video = videos.try_emplace(std::string(table.field(*case_id))).first;
    video->second.spans.push_back({seconds_in(table, *start), seconds_in(table, *end),
                                   static_cast<std::int32_t>(known - run.findings.begin())});
  }
  for (auto& [id, track] : videos) std::ranges::stable_sort(track.spans, {}, &LabelSpan::begin);
  return videos;
}

void for_each_phase_video(const RunData& run, const FrameLabels& labels, const JudgedVideos& videos,
                          const std::function<void(const LabelledFrames& frames,
                                                   const std::vector<std::int32_t>& by_segment)>& take) {
  Collector video(run, labels, videos);
  for_each_frame(run, [&](const FrameRow& row) {
    if (!videos.is_judged(row.case_id)) return;
    if (video.is_empty() || !video.is_same(row.case_id)) {
      if (!video.is_empty()) take(video.frames, video.by_segment);
      video.begin(row.case_id);
    }
    video.add(row);
  });
  if (!video.is_empty()) take(video.frames, video.by_segment);
}

}  // namespace radbatch
