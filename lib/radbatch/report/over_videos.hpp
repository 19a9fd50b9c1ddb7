// Numbers that every video has, as mean and standard deviation over the videos.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "radbatch/report/level_numbers.hpp"

namespace radbatch {

struct VideoColumn {
  std::string metric, name;
  std::vector<std::optional<double>> values;  ///< [video]; missing: not defined for it
  std::string finding = {};
};

struct MeanOverVideos {
  Measure
      measure;  ///< the mean, its interval from resampled videos (patients where they are known); n: videos
  std::optional<double> standard_deviation;
};

/// `clusters` numbers the patient of each video, any numbers.
std::vector<MeanOverVideos> means_over_videos(const PartContext& context,
                                              const std::vector<VideoColumn>& columns,
                                              const std::vector<std::uint32_t>& clusters);

/// Rows of metrics.csv, and {metric: estimate with "standard_deviation"}.
Json add_means(ReportPart& part, const Subject& subject, const std::vector<MeanOverVideos>& means);

/// Measure, mean, standard deviation, interval, method, videos.
ReportTable mean_table(const PartContext& context, const std::string& id, const std::string& title,
                       const std::vector<MeanOverVideos>& means);

}  // namespace radbatch
