#include "radbatch/report/judged_videos.hpp"

#include <algorithm>

#include "radbatch/base/error.hpp"

namespace radbatch {

JudgedVideos::JudgedVideos(const PartContext& context, const RunData& run, const FrameLabels& labels) {
  const AnalysisData& data = context.data;
  std::map<std::string_view, std::size_t> units;
  for (std::size_t i = 0; i < data.size(); ++i) units.emplace(data.unit_ids[i], i);
  std::uint32_t own = static_cast<std::uint32_t>(data.n_clusters);
  for (const auto& [case_id, tracks] : labels.videos) {
    const bool is_known =
        std::ranges::any_of(run.cases, [&](const CaseRow& row) { return row.id == case_id; });
    if (!is_known) {
      ++n_unknown;
      continue;
    }
    const auto unit = units.find(case_id);
    if (!data.where.empty() && (unit == units.end() || !data.is_test[unit->second])) {
      ++n_not_test;
      continue;
    }
    const bool has_patient = data.has_patients && unit != units.end();
    videos_.emplace(case_id, Video{&tracks, has_patient ? data.cluster[unit->second] : own++});
  }
}

bool JudgedVideos::is_judged(std::string_view case_id) const {
  return videos_.contains(case_id);
}

const std::vector<LabelTrack>& JudgedVideos::tracks(std::string_view case_id) const {
  return *videos_.find(case_id)->second.tracks;
}

std::uint32_t JudgedVideos::cluster(std::string_view case_id) const {
  return videos_.find(case_id)->second.cluster;
}

double label_position(const FrameLabels& labels, const FrameRow& row) {
  if (labels.counts_frames) return static_cast<double>(row.frame);
  if (row.t_s) return *row.t_s;
  throw Error(ExitCode::usage, "the frame labels are in seconds, and frames of the run have no times",
              "labels with frame numbers, without --label-fps");
}

}  // namespace radbatch
