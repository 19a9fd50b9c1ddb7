#include "radbatch/report/tool_section.hpp"

#include <algorithm>
#include <limits>

#include "radbatch/report/html.hpp"
#include "radbatch/report/over_videos.hpp"
#include "radbatch/stats/auroc.hpp"
#include "radbatch/stats/precision_recall.hpp"
#include "radbatch/stats/proportion.hpp"
#include "radbatch/stats/weighted_metrics.hpp"

namespace radbatch {
namespace {

using namespace html;

// Scores that are kept for areas over all frames: some 300 MB. Means over videos need no such memory.
constexpr std::size_t MOST_POOLED = 20'000'000;
// Frames times resamples up to which the interval of average precision is resampled.
constexpr double MOST_RESAMPLED = 4e9;

/// Labelled frames of one finding.
struct Pool {
  std::vector<double> scores;
  std::vector<bool> positive;
  std::vector<std::uint32_t> cluster;
};

struct FindingFrames {
  Pool all, video;  ///< of all videos while they fit, and of the current one
  std::size_t n = 0, n_positive = 0;
  std::vector<std::optional<double>> areas, precisions;  ///< [video]
  std::vector<ClusterShare> right_with, right_without;   ///< [patient]
};

class ToolCollector {
 public:
  ToolCollector(const RunData& run, const FrameLabels& labels, const JudgedVideos& videos)
      : run_(run), labels_(labels), videos_(videos), findings_(run.findings.size()) {}

  void add(const FrameRow& row) {
    if (row.case_id != case_id_) begin(row.case_id);
    const double position = label_position(labels_, row);
    for (std::size_t f = 0; f < findings_.size(); ++f) {
      const std::int32_t truth = (*tracks_)[f].at(position);
      if (truth >= 0) add(f, row.scores[f], truth == 1);
    }
  }

  void end_video() {
    if (case_id_.empty()) return;
    for (FindingFrames& finding : findings_) {
      const RankedScores ranked = rank_scores(finding.video.scores, finding.video.positive);
      finding.areas.push_back(auroc(ranked).value);
      finding.precisions.push_back(average_precision(ranked).value);
      finding.video = {};
    }
    clusters.push_back(videos_.cluster(case_id_));
  }

  const std::vector<FindingFrames>& findings() const { return findings_; }
  bool has_all() const { return n_kept_ <= MOST_POOLED; }

  std::vector<std::uint32_t> clusters;  ///< [video]
  std::size_t n_judged = 0;

 private:
  void begin(std::string_view case_id) {
    end_video();
    case_id_ = std::string(case_id);
    tracks_ = &videos_.tracks(case_id);
    patient_ = static_cast<std::uint32_t>(std::ranges::find(patients_, videos_.cluster(case_id)) -
                                          patients_.begin());
    if (patient_ == patients_.size()) patients_.push_back(videos_.cluster(case_id));
    for (FindingFrames& finding : findings_) {
      finding.right_with.resize(patients_.size());
      finding.right_without.resize(patients_.size());
    }
  }

  void add(std::size_t f, double score, bool is_there) {
    FindingFrames& finding = findings_[f];
    ++finding.n;
    ++n_judged;
    finding.n_positive += is_there ? 1U : 0U;
    finding.video.scores.push_back(score);
    finding.video.positive.push_back(is_there);
    if (const std::optional<double>& threshold = run_.findings[f].threshold) {
      ClusterShare& share = (is_there ? finding.right_with : finding.right_without)[patient_];
      share.n += 1;
      share.successes += (score >= *threshold) == is_there ? 1 : 0;
    }
    if (++n_kept_ > MOST_POOLED) {
      for (FindingFrames& other : findings_) other.all = {};
      return;
    }
    finding.all.scores.push_back(score);
    finding.all.positive.push_back(is_there);
    finding.all.cluster.push_back(patient_);
  }

  const RunData& run_;
  const FrameLabels& labels_;
  const JudgedVideos& videos_;
  std::vector<FindingFrames> findings_;
  std::string case_id_;
  const std::vector<LabelTrack>* tracks_ = nullptr;
  std::vector<std::uint32_t> patients_;
  std::uint32_t patient_ = 0;
  std::size_t n_kept_ = 0;
};

/// Average precision of each finding over all frames, and last their mean.
std::vector<Bootstrapped> precisions(const PartContext& context, const std::vector<RankedScores>& ranked,
                                     const ToolCollector& frames, std::size_t n_patients) {
  std::vector<WeightedScores> weighted;
  for (std::size_t f = 0; f < ranked.size(); ++f)
    weighted.emplace_back(ranked[f], frames.findings()[f].all.cluster);
  BootstrapPlan plan = bootstrap_plan(context);
  if (n_patients == frames.clusters.size()) plan.drawn = "videos";
  if (static_cast<double>(frames.n_judged) * static_cast<double>(plan.n_resamples) > MOST_RESAMPLED)
    plan.n_resamples = 0;
  auto fill = [&](ClusterCounts counts, std::span<double> values) {
    double sum = 0, n = 0;
    for (std::size_t f = 0; f < weighted.size(); ++f) {
      values[f] = ranked[f].size() == 0 ? std::numeric_limits<double>::quiet_NaN()
                                        : weighted[f].average_precision(counts);
      if (values[f] != values[f]) continue;
      sum += values[f];
      n += 1;
    }
    values[weighted.size()] = n > 0 ? sum / n : std::numeric_limits<double>::quiet_NaN();
  };
  if (plan.n_resamples > 0) return bootstrap(plan, n_patients, ranked.size() + 1, fill);
  std::vector<double> values(ranked.size() + 1);
  fill(std::vector<std::uint32_t>(n_patients, 1), values);
  std::vector<Bootstrapped> result(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] == values[i]) result[i].value = values[i];
    result[i].why_not = "too many frames to resample";
  }
  return result;
}

Estimate with_counts(Estimate estimate, const FindingFrames& finding) {
  estimate.n = finding.n;
  estimate.n_positive = finding.n_positive;
  if (!estimate.value)
    estimate.why_not = finding.n == 0            ? "no frame is labelled"
                       : finding.n_positive == 0 ? "no frame has the finding"
                                                 : "every frame has the finding";
  return estimate;
}

std::vector<Measure> pooled_measures(const PartContext& context, const RunData& run,
                                     const ToolCollector& frames) {
  std::vector<Measure> measures;
  std::vector<RankedScores> ranked;
  const std::size_t n_patients = frames.findings().front().right_with.size();
  for (const FindingFrames& finding : frames.findings())
    ranked.push_back(rank_scores(finding.all.scores, finding.all.positive));
  const std::vector<Bootstrapped> drawn = precisions(context, ranked, frames, n_patients);
  for (std::size_t f = 0; f < ranked.size(); ++f) {
    const FindingFrames& finding = frames.findings()[f];
    const std::string& name = run.findings[f].name;
    const Auroc area = clustered_auroc(ranked[f], finding.all.cluster, n_patients, context.level);
    measures.push_back(
        {"frame_auroc", name + ": AUROC",
         with_counts({.value = area.value, .interval = area.interval, .why_not = area.why_not}, finding),
         name});
    measures.push_back({"frame_average_precision", name + ": " + context.lang("Average precision"),
                        with_counts(estimate_of(drawn[f], 0), finding), name});
  }
  Estimate mean = estimate_of(drawn.back(), frames.clusters.size());
  if (!mean.value) mean.why_not = "no finding has an average precision";
  measures.push_back(
      {"frame_mean_average_precision", context.lang("Mean of average precisions (mAP)"), mean});
  return measures;
}

std::vector<Measure> threshold_measures(const PartContext& context, const RunData& run,
                                        const ToolCollector& frames) {
  std::vector<Measure> measures;
  for (std::size_t f = 0; f < run.findings.size(); ++f) {
    if (!run.findings[f].threshold) continue;
    const FindingFrames& finding = frames.findings()[f];
    const std::string& name = run.findings[f].name;
    auto rate = [&](const std::vector<ClusterShare>& shares) {
      Estimate estimate = clustered_proportion(shares, ProportionInterval::wilson, context.level);
      if (!estimate.value) estimate.why_not = "no such frame";
      return estimate;
    };
    measures.push_back(
        {"frame_sensitivity", name + ": " + context.lang("Sensitivity"), rate(finding.right_with), name});
    measures.push_back(
        {"frame_specificity", name + ": " + context.lang("Specificity"), rate(finding.right_without), name});
  }
  return measures;
}

std::vector<VideoColumn> video_columns(const PartContext& context, const RunData& run,
                                       const ToolCollector& frames) {
  std::vector<VideoColumn> columns;
  for (std::size_t f = 0; f < run.findings.size(); ++f) {
    const std::string& name = run.findings[f].name;
    columns.push_back({"video_mean_auroc", name + ": AUROC", frames.findings()[f].areas, name});
    columns.push_back({"video_mean_average_precision", name + ": " + context.lang("Average precision"),
                       frames.findings()[f].precisions, name});
  }
  return columns;
}

void add_table(ReportPart& part, ReportTable table) {
  part.html += element("h3", "", escape(table.title)) + html_table(table);
  part.tables.push_back(std::move(table));
}

}  // namespace

std::size_t add_tools(ReportPart& part, const PartContext& context, const RunData& run,
                      const FrameLabels& labels, const JudgedVideos& videos) {
  ToolCollector frames(run, labels, videos);
  for_each_frame(run, [&](const FrameRow& row) {
    if (videos.is_judged(row.case_id)) frames.add(row);
  });
  frames.end_video();
  if (frames.n_judged == 0) return 0;
  const Subject subject{run.name(), ""};
  if (frames.has_all()) {
    std::vector<Measure> measures = pooled_measures(context, run, frames);
    const std::vector<Measure> rates = threshold_measures(context, run, frames);
    measures.insert(measures.end(), rates.begin(), rates.end());
    part.numbers["frames"] = add_measures(part, subject, measures);
    add_table(part, measure_table(context, "frames-findings", context.lang("Over all frames"), measures));
  } else {
    const std::vector<Measure> rates = threshold_measures(context, run, frames);
    part.numbers["frames"] = add_measures(part, subject, rates);
    part.html += element("p", "class=\"note\"",
                         "Areas over all frames are left out: there are more frames than are "
                         "held in memory. Those of each video follow.");
    add_table(part, measure_table(context, "frames-findings", context.lang("Over all frames"), rates));
  }
  const auto means = means_over_videos(context, video_columns(context, run, frames), frames.clusters);
  part.numbers["over_videos"] = add_means(part, subject, means);
  add_table(part, mean_table(context, "frames-videos", context.lang("Over videos"), means));
  return frames.n_judged;
}

}  // namespace radbatch
