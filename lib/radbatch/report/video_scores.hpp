// What the frames of one video say against its labels, for models of phases.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "radbatch/report/frame_labels.hpp"
#include "radbatch/report/frame_rows.hpp"
#include "radbatch/stats/confusion.hpp"

namespace radbatch {

/// The scored frames of one video that have a label, in time.
struct LabelledFrames {
  std::string case_id;
  std::size_t n_scored = 0;             ///< frames of the table, labelled or not
  std::vector<double> seconds;          ///< [frame]; the frame number where a cine has no times
  std::vector<std::size_t> place;       ///< [frame] among all scored frames of the video
  std::vector<std::int32_t> truth;      ///< [frame] finding
  std::vector<std::int32_t> predicted;  ///< [frame] finding, -1: none
  double end_s = 0;                     ///< of the last scored frame
  double label_end = 0;                 ///< where the labels end, in their own positions
  double last_position = 0;             ///< of the last scored frame, in the labels' positions
};

/// Of one phase in one video: each after Cholec80's use (Twinanda et al., IEEE Trans Med Imaging 36 (2017)
/// 86-97).
struct PhaseScores {
  std::size_t n_true = 0;  ///< frames
  std::optional<double> precision, recall, jaccard, f1;
};

struct VideoScores {
  std::string case_id;
  std::size_t n_scored = 0, n_labelled = 0;
  std::optional<double> accuracy, relaxed_accuracy;
  std::optional<double> precision, recall, jaccard, f1;  ///< means over the phases where they are defined
  std::optional<double> edit_score, segmental_f1_10, segmental_f1_25, segmental_f1_50;
  std::vector<PhaseScores> phases;
};

/// Precision is defined where a phase was predicted, recall where it is there, Jaccard and F1 where one of
/// both. An undefined one is left out of means, as in Funke, Rivoir and Speidel, Metrics Matter in Surgical
/// Phase Recognition, 2023 (arXiv 2305.13961).
VideoScores score_video(const LabelledFrames& frames, std::size_t n_phases, double relaxed_s);

}  // namespace radbatch
