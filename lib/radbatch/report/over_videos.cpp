#include "radbatch/report/over_videos.hpp"

#include <limits>

#include "radbatch/stats/sequence_scores.hpp"

namespace radbatch {
namespace {

double weighted_mean(const VideoColumn& column, const CompactClusters& clusters, ClusterCounts counts) {
  double sum = 0, n = 0;
  for (std::size_t v = 0; v < column.values.size(); ++v) {
    if (!column.values[v]) continue;
    sum += counts[clusters.cluster[v]] * *column.values[v];
    n += counts[clusters.cluster[v]];
  }
  return n > 0 ? sum / n : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

std::vector<MeanOverVideos> means_over_videos(const PartContext& context,
                                              const std::vector<VideoColumn>& columns,
                                              const std::vector<std::uint32_t>& clusters) {
  const CompactClusters compact = compact_clusters(clusters);
  BootstrapPlan plan = bootstrap_plan(context);
  if (compact.n_clusters == clusters.size()) plan.drawn = "videos";
  std::vector<Bootstrapped> drawn(columns.size());
  if (!clusters.empty())
    drawn = bootstrap(plan, compact.n_clusters, columns.size(),
                      [&](ClusterCounts counts, std::span<double> values) {
                        for (std::size_t c = 0; c < columns.size(); ++c)
                          values[c] = weighted_mean(columns[c], compact, counts);
                      });
  std::vector<MeanOverVideos> means;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    const VideoSpread spread = spread_of(columns[c].values);
    Estimate estimate = estimate_of(drawn[c], spread.n);
    if (!estimate.value) estimate.why_not = "not defined for any video";
    means.push_back({{columns[c].metric, columns[c].name, finite(estimate), columns[c].finding},
                     spread.standard_deviation});
  }
  return means;
}

Json add_means(ReportPart& part, const Subject& subject, const std::vector<MeanOverVideos>& means) {
  std::vector<Measure> measures;
  for (const MeanOverVideos& mean : means) measures.push_back(mean.measure);
  Json numbers = add_measures(part, subject, measures);
  for (const MeanOverVideos& mean : means) {
    const Measure& measure = mean.measure;
    Json& place = measure.finding.empty() ? numbers : numbers[measure.finding];
    place[measure.metric]["standard_deviation"] =
        mean.standard_deviation ? Json(*mean.standard_deviation) : Json();
  }
  return numbers;
}

ReportTable mean_table(const PartContext& context, const std::string& id, const std::string& title,
                       const std::vector<MeanOverVideos>& means) {
  std::vector<Measure> measures;
  for (const MeanOverVideos& mean : means) measures.push_back(mean.measure);
  ReportTable table = measure_table(context, id, title, measures);
  table.header[1] = context.lang("Mean");
  table.header.insert(table.header.begin() + 2, context.lang("Standard deviation"));
  table.header.back() = context.lang("Videos");
  table.is_number.insert(table.is_number.begin() + 2, true);
  for (std::size_t row = 0; row < means.size(); ++row) {
    const std::optional<double>& deviation = means[row].standard_deviation;
    table.rows[row].insert(table.rows[row].begin() + 2, deviation ? readable(*deviation) : "–");
  }
  return table;
}

}  // namespace radbatch
