#include "radbatch/report/phase_section.hpp"

#include <algorithm>

#include "radbatch/report/html.hpp"
#include "radbatch/report/over_videos.hpp"
#include "radbatch/report/phase_timeline.hpp"
#include "radbatch/report/phase_videos.hpp"

namespace radbatch {
namespace {

using namespace html;

constexpr std::size_t MOST_VIDEO_ROWS = 100;
constexpr double FAR_BEYOND = 1.1;

/// What is known of all videos by one way of predicting: frame by frame, or from segments.csv.
struct PhaseResult {
  std::string id, name;
  std::vector<VideoScores> videos;
  std::vector<std::uint32_t> clusters;
  std::vector<std::vector<std::size_t>> confusion;  ///< [truth][called, last: none]
};

void add_video(PhaseResult& result, const LabelledFrames& frames, std::uint32_t cluster, std::size_t n_phases,
               double relaxed_s) {
  result.videos.push_back(score_video(frames, n_phases, relaxed_s));
  result.clusters.push_back(cluster);
  result.confusion.resize(n_phases, std::vector<std::size_t>(n_phases + 1));
  for (std::size_t i = 0; i < frames.truth.size(); ++i) {
    const std::int32_t called = frames.predicted[i];
    ++result.confusion[static_cast<std::size_t>(frames.truth[i])]
                      [called < 0 ? n_phases : static_cast<std::size_t>(called)];
  }
}

struct VideoMetric {
  const char *metric, *name;
  std::optional<double> VideoScores::*member;
};
constexpr VideoMetric VIDEO_METRICS[] = {
    {"accuracy", "Accuracy", &VideoScores::accuracy},
    {"relaxed_accuracy", "Accuracy, relaxed boundaries", &VideoScores::relaxed_accuracy},
    {"macro_precision", "Precision, mean of phases", &VideoScores::precision},
    {"macro_recall", "Recall, mean of phases", &VideoScores::recall},
    {"macro_jaccard", "Jaccard, mean of phases", &VideoScores::jaccard},
    {"macro_f1", "F1, mean of phases", &VideoScores::f1},
    {"edit_score", "Edit score", &VideoScores::edit_score},
    {"segmental_f1_10", "Segmental F1@10", &VideoScores::segmental_f1_10},
    {"segmental_f1_25", "Segmental F1@25", &VideoScores::segmental_f1_25},
    {"segmental_f1_50", "Segmental F1@50", &VideoScores::segmental_f1_50}};

struct PhaseMetric {
  const char *metric, *name;
  std::optional<double> PhaseScores::*member;
};
constexpr PhaseMetric PHASE_METRICS[] = {{"precision", "Precision", &PhaseScores::precision},
                                         {"recall", "Recall", &PhaseScores::recall},
                                         {"jaccard", "Jaccard", &PhaseScores::jaccard},
                                         {"f1", "F1", &PhaseScores::f1}};

std::vector<VideoColumn> video_columns(const PartContext& context, const PhaseResult& result) {
  std::vector<VideoColumn> columns;
  for (const VideoMetric& metric : VIDEO_METRICS) {
    columns.push_back({metric.metric, context.lang(metric.name), {}});
    for (const VideoScores& video : result.videos) columns.back().values.push_back(video.*metric.member);
  }
  return columns;
}

std::vector<VideoColumn> phase_columns(const PartContext& context, const PhaseResult& result,
                                       const std::vector<Finding>& phases) {
  std::vector<VideoColumn> columns;
  for (std::size_t p = 0; p < phases.size(); ++p) {
    for (const PhaseMetric& metric : PHASE_METRICS) {
      columns.push_back(
          {metric.metric, phases[p].name + ": " + context.lang(metric.name), {}, phases[p].name});
      for (const VideoScores& video : result.videos)
        columns.back().values.push_back(video.phases[p].*metric.member);
    }
  }
  return columns;
}

Json optional_json(const std::optional<double>& value) {
  return value ? Json(*value) : Json();
}

Json video_json(const VideoScores& video, const std::vector<Finding>& phases) {
  Json json = {{"case_id", video.case_id}, {"n_scored", video.n_scored}, {"n_labelled", video.n_labelled}};
  for (const VideoMetric& metric : VIDEO_METRICS) json[metric.metric] = optional_json(video.*metric.member);
  for (std::size_t p = 0; p < phases.size(); ++p) {
    Json& phase = json["phases"][phases[p].name];
    phase["n_true"] = video.phases[p].n_true;
    for (const PhaseMetric& metric : PHASE_METRICS)
      phase[metric.metric] = optional_json(video.phases[p].*metric.member);
  }
  return json;
}

ReportTable video_table(const PartContext& context, const PhaseResult& result) {
  ReportTable table{.id = "phases-" + result.id + "-videos",
                    .title = context.lang("By video"),
                    .header = {context.lang("Video"), context.lang("Frames"), context.lang("Labelled")},
                    .rows = {},
                    .is_number = {false, true, true},
                    .note = {}};
  for (const VideoMetric& metric : VIDEO_METRICS) {
    table.header.push_back(context.lang(metric.name));
    table.is_number.push_back(true);
  }
  for (const VideoScores& video : result.videos) {
    std::vector<std::string> row{video.case_id, grouped(video.n_scored), grouped(video.n_labelled)};
    for (const VideoMetric& metric : VIDEO_METRICS) {
      const std::optional<double>& value = video.*metric.member;
      row.push_back(value ? fixed(*value, 3) : "–");
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

ReportTable confusion_table(const PartContext& context, const PhaseResult& result,
                            const std::vector<Finding>& phases) {
  ReportTable table{.id = "phases-" + result.id + "-confusion",
                    .title = context.lang("Frames by phase"),
                    .header = {context.lang("true phase ↓, called phase →")},
                    .rows = {},
                    .is_number = {false},
                    .note = {}};
  for (const Finding& phase : phases) table.header.push_back(phase.name);
  table.header.push_back(context.lang("none"));
  table.is_number.resize(table.header.size(), true);
  for (std::size_t truth = 0; truth < phases.size(); ++truth) {
    std::vector<std::string> row{phases[truth].name};
    for (const std::size_t n : result.confusion[truth]) row.push_back(grouped(n));
    table.rows.push_back(std::move(row));
  }
  return table;
}

void add_table(ReportPart& part, ReportTable table) {
  ReportTable shown = table;
  if (shown.rows.size() > MOST_VIDEO_ROWS) {
    shown.rows.resize(MOST_VIDEO_ROWS);
    shown.note += " The first videos of all; the others are in report.json.";
  }
  part.html += element("h4", "", escape(table.title)) + html_table(shown);
  part.tables.push_back(std::move(table));
}

void add_result(ReportPart& part, const PartContext& context, const RunData& run, const PhaseResult& result) {
  const std::string model = run.name() + (result.id == "frames" ? "" : ", " + result.name);
  const auto over_videos = means_over_videos(context, video_columns(context, result), result.clusters);
  const auto over_phases =
      means_over_videos(context, phase_columns(context, result, run.findings), result.clusters);
  Json& numbers = part.numbers[result.id];
  numbers["over_videos"] = add_means(part, {model, ""}, over_videos);
  numbers["phases"] = add_means(part, {model, ""}, over_phases);
  numbers["confusion"] = result.confusion;
  numbers["videos"] = Json::array();
  for (const VideoScores& video : result.videos) numbers["videos"].push_back(video_json(video, run.findings));
  part.html += element("h3", "", escape(result.name));
  add_table(part, mean_table(context, "phases-" + result.id, context.lang("Over videos"), over_videos));
  add_table(part,
            mean_table(context, "phases-" + result.id + "-phases", context.lang("By phase"), over_phases));
  add_table(part, confusion_table(context, result, run.findings));
  add_table(part, video_table(context, result));
}

/// Labels that go on long after the video has ended are usually counted at another rate.
void warn_of_rate(ReportPart& part, const LabelledFrames& frames) {
  if (frames.label_end <= FAR_BEYOND * frames.last_position + 2 || !part.warnings.empty()) return;
  part.warnings.push_back("frame labels of " + frames.case_id +
                          " go on after its last frame: is --label-fps right?");
}

}  // namespace

std::size_t add_phases(ReportPart& part, const PartContext& context, const RunData& run,
                       const FrameLabels& labels, const JudgedVideos& videos, double relaxed_s) {
  PhaseResult by_frame{"frames", context.lang("Highest score of each frame"), {}, {}, {}};
  PhaseResult by_segment{"segments", context.lang("Segments of segments.csv"), {}, {}, {}};
  PhaseTimelines timelines(context, run);
  std::size_t n_frames = 0;
  for_each_phase_video(run, labels, videos,
                       [&](const LabelledFrames& frames, const std::vector<std::int32_t>& segments) {
                         warn_of_rate(part, frames);
                         if (frames.truth.empty()) return;
                         n_frames += frames.truth.size();
                         const std::uint32_t cluster = videos.cluster(frames.case_id);
                         add_video(by_frame, frames, cluster, run.findings.size(), relaxed_s);
                         timelines.add(frames);
                         if (segments.empty()) return;
                         LabelledFrames smoothed = frames;
                         smoothed.predicted = segments;
                         add_video(by_segment, smoothed, cluster, run.findings.size(), relaxed_s);
                       });
  if (n_frames == 0) return 0;
  add_result(part, context, run, by_frame);
  if (!by_segment.videos.empty()) add_result(part, context, run, by_segment);
  timelines.finish(part);
  return n_frames;
}

}  // namespace radbatch
