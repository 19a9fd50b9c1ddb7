#include "radbatch/report/video_scores.hpp"

#include "radbatch/stats/sequence_scores.hpp"

namespace radbatch {
namespace {

std::optional<double> ratio(std::size_t above, std::size_t below) {
  if (below == 0) return std::nullopt;
  return static_cast<double>(above) / static_cast<double>(below);
}

std::vector<PhaseScores> phase_scores(const LabelledFrames& frames, std::size_t n_phases) {
  std::vector<std::size_t> right(n_phases), is_true(n_phases), called(n_phases);
  for (std::size_t i = 0; i < frames.truth.size(); ++i) {
    const auto truth = static_cast<std::size_t>(frames.truth[i]);
    ++is_true[truth];
    if (frames.predicted[i] >= 0) ++called[static_cast<std::size_t>(frames.predicted[i])];
    if (frames.predicted[i] == frames.truth[i]) ++right[truth];
  }
  std::vector<PhaseScores> phases;
  for (std::size_t p = 0; p < n_phases; ++p)
    phases.push_back({is_true[p], ratio(right[p], called[p]), ratio(right[p], is_true[p]),
                      ratio(right[p], is_true[p] + called[p] - right[p]),
                      ratio(2 * right[p], is_true[p] + called[p])});
  return phases;
}

std::optional<double> mean_over(const std::vector<PhaseScores>& phases,
                                std::optional<double> PhaseScores::*member) {
  std::vector<std::optional<double>> values;
  for (const PhaseScores& phase : phases) values.push_back(phase.*member);
  return spread_of(values).mean;
}

}  // namespace

VideoScores score_video(const LabelledFrames& frames, std::size_t n_phases, double relaxed_s) {
  VideoScores scores;
  scores.case_id = frames.case_id;
  scores.n_scored = frames.n_scored;
  scores.n_labelled = frames.truth.size();
  scores.phases = phase_scores(frames, n_phases);
  std::size_t n_right = 0;
  for (std::size_t i = 0; i < frames.truth.size(); ++i)
    n_right += frames.truth[i] == frames.predicted[i] ? 1U : 0U;
  scores.accuracy = ratio(n_right, frames.truth.size());
  scores.relaxed_accuracy = relaxed_accuracy(frames.truth, frames.predicted, frames.seconds, relaxed_s);
  scores.precision = mean_over(scores.phases, &PhaseScores::precision);
  scores.recall = mean_over(scores.phases, &PhaseScores::recall);
  scores.jaccard = mean_over(scores.phases, &PhaseScores::jaccard);
  scores.f1 = mean_over(scores.phases, &PhaseScores::f1);
  scores.edit_score = edit_score(frames.truth, frames.predicted);
  scores.segmental_f1_10 = segmental_f1(count_segments(frames.truth, frames.predicted, 0.10));
  scores.segmental_f1_25 = segmental_f1(count_segments(frames.truth, frames.predicted, 0.25));
  scores.segmental_f1_50 = segmental_f1(count_segments(frames.truth, frames.predicted, 0.50));
  return scores;
}

}  // namespace radbatch
