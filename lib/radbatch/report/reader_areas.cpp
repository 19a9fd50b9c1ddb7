#include "radbatch/report/reader_areas.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/stats/auroc.hpp"

namespace radbatch {
namespace {

constexpr std::size_t FEWEST_GRADES = 3;

bool is_graded(const AnalysisData& data, const Rater& rater, std::size_t finding) {
  if (finding >= rater.scores.size()) return false;
  std::set<double> grades;
  for (std::size_t i = 0; i < data.size() && grades.size() < FEWEST_GRADES; ++i)
    if (data.is_test[i] && std::isfinite(rater.scores[finding][i])) grades.insert(rater.scores[finding][i]);
  return grades.size() >= FEWEST_GRADES;
}

/// Readers with grades, then the model where it has scores.
std::vector<std::size_t> graded_raters(const AnalysisData& data, const ReaderGroup& group,
                                       std::size_t finding) {
  std::vector<std::size_t> graded;
  for (const std::size_t r : group.readers)
    if (is_graded(data, data.raters[r], finding)) graded.push_back(r);
  return graded;
}

PairedAuroc paired_areas(const AnalysisData& data, const std::vector<std::size_t>& raters,
                         std::size_t finding) {
  std::vector<std::vector<double>> scores(raters.size());
  std::vector<bool> positive;
  std::vector<std::uint32_t> units;
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (!data.is_test[i] || data.truth[finding][i] == Answer::unknown) continue;
    const bool has_all = std::ranges::all_of(
        raters, [&](std::size_t r) { return std::isfinite(data.raters[r].scores[finding][i]); });
    if (!has_all) continue;
    for (std::size_t r = 0; r < raters.size(); ++r)
      scores[r].push_back(data.raters[raters[r]].scores[finding][i]);
    positive.push_back(data.truth[finding][i] == Answer::yes);
    units.push_back(static_cast<std::uint32_t>(i));
  }
  const UnitSet set = unit_set(data, std::move(units));
  if (set.is_clustered) return paired_auroc(scores, positive, set.clusters.cluster);
  return paired_auroc(scores, positive);
}

/// Values and covariances of the scores at `chosen`, in C order.
struct Chosen {
  std::vector<double> values, covariance;
};
Chosen choose(const PairedAuroc& areas, const std::vector<std::size_t>& chosen) {
  Chosen result;
  for (const std::size_t a : chosen) {
    result.values.push_back(areas.values[a]);
    for (const std::size_t b : chosen) result.covariance.push_back(areas.covariance[a][b]);
  }
  return result;
}

/// Each reader less the model.
Chosen less_model(const PairedAuroc& areas, const std::vector<std::size_t>& readers, std::size_t model) {
  Chosen result;
  const auto& c = areas.covariance;
  for (const std::size_t a : readers) {
    result.values.push_back(areas.values[a] - areas.values[model]);
    for (const std::size_t b : readers)
      result.covariance.push_back(c[a][b] - c[a][model] - c[model][b] + c[model][model]);
  }
  return result;
}

std::size_t position_of(const AnalysisData& data, const std::vector<std::size_t>& raters,
                        const std::string& name) {
  std::vector<std::string> known;
  for (std::size_t i = 0; i < raters.size(); ++i) {
    const std::string& rater = data.raters[raters[i]].name;
    if (rater == name || rater == "reader " + name) return i;
    known.push_back(rater);
  }
  throw Error(
      ExitCode::usage, "--reader-arm: '" + printable(name) + "' is no reader with graded scores",
      known.empty() ? "no reader gave three or more different scores" : "one of: " + join(known, ", "));
}

std::vector<std::size_t> positions_of(const AnalysisData& data, const std::vector<std::size_t>& raters,
                                      const std::vector<ReaderArm>& arms) {
  if (arms.size() != 2 || arms[0].readers.size() != arms[1].readers.size())
    throw Error(ExitCode::usage, "--reader-arm is given twice, with the same readers in the same order",
                "--reader-arm unaided=r1,r2 --reader-arm aided=r1_ai,r2_ai");
  std::vector<std::size_t> positions;
  for (const ReaderArm& arm : arms)
    for (const std::string& reader : arm.readers) positions.push_back(position_of(data, raters, reader));
  return positions;
}

void add_arms(ReaderAreas& result, const PartContext& context, const PairedAuroc& areas,
              const std::vector<ReaderArm>& arms, const std::vector<std::size_t>& positions) {
  const auto half = static_cast<std::ptrdiff_t>(positions.size() / 2);
  for (std::size_t arm = 0; arm < 2; ++arm) {
    const auto begin = positions.begin() + (arm == 0 ? 0 : half);
    const Chosen one = choose(areas, {begin, begin + half});
    result.means.push_back({"reader_mean_auroc_" + slug(arms[arm].name), "Mean AUROC, " + arms[arm].name,
                            mean_over_readers(one.values, one.covariance, context.level)});
  }
  const Chosen both = choose(areas, positions);
  result.means.push_back({"reader_mean_auroc_difference", arms[0].name + " − " + arms[1].name,
                          difference_over_readers(both.values, both.covariance, context.level)});
}

}  // namespace

ReaderAreas reader_areas(const PartContext& context, const ReaderGroup& group, const ReaderOptions& options,
                         std::size_t finding) {
  const AnalysisData& data = context.data;
  ReaderAreas result;
  std::vector<std::size_t> raters = graded_raters(data, group, finding);
  std::vector<std::size_t> arms;
  if (!options.arms.empty()) arms = positions_of(data, raters, options.arms);
  if (raters.empty() || finding >= data.truth.size()) return result;
  std::vector<std::size_t> readers(raters.size());
  for (std::size_t i = 0; i < readers.size(); ++i) readers[i] = i;
  const bool has_model = group.model && finding < data.raters[*group.model].scores.size();
  if (has_model) raters.push_back(*group.model);
  for (const std::size_t r : raters) result.raters.push_back(data.raters[r].name);
  const PairedAuroc areas = paired_areas(data, raters, finding);
  result.n = areas.n_positive + areas.n_negative;
  result.n_positive = areas.n_positive;
  result.areas = areas.values;
  if (areas.covariance.empty()) {
    result.why_not = areas.why_not.empty() ? "the covariances cannot be estimated" : areas.why_not;
    return result;
  }
  if (!arms.empty()) {
    add_arms(result, context, areas, options.arms, arms);
    return result;
  }
  const Chosen own = choose(areas, readers);
  result.means.push_back({"reader_mean_auroc", "Mean AUROC of the readers",
                          mean_over_readers(own.values, own.covariance, context.level)});
  if (!has_model) return result;
  const Chosen differences = less_model(areas, readers, readers.size());
  result.means.push_back({"reader_mean_minus_model_auroc", "Mean AUROC of the readers − the model's",
                          mean_over_readers(differences.values, differences.covariance, context.level)});
  return result;
}

}  // namespace radbatch
