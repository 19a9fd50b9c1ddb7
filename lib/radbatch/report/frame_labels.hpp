// What people wrote about the frames of videos: phases as stretches of time or frame by frame, or tools
// present in each frame.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "radbatch/report/run_data.hpp"

namespace radbatch {

struct FrameLabelOptions {
  std::filesystem::path labels;  ///< a table, or a folder of one text file per video; empty: none
  std::optional<double> fps;     ///< how many of the labels' frame numbers make a second
  std::vector<std::string> map;  ///< "name in the labels=finding of the model", as --map has it
  double relaxed_s = 10;         ///< window around a change of phase in which either phase is right
};

/// A label from `begin` up to `end`, which is outside.
struct LabelSpan {
  double begin = 0, end = 0;
  std::int32_t value = 0;
};

struct LabelTrack {
  std::vector<LabelSpan> spans;  ///< ascending, without overlap
  std::int32_t outside = -1;     ///< between spans: -1 unlabelled

  std::int32_t at(double position) const;
};

struct FrameLabels {
  bool counts_frames = false;  ///< positions are frame numbers of the recording; else seconds
  /// case id -> phases: one track of finding positions; otherwise one track per finding of 0/1.
  std::map<std::string, std::vector<LabelTrack>> videos;
};

/// Reads tables (comma, tab or semicolon; names of columns whatever their case):
/// - case_id, start, end, phase: stretches. Numbers are seconds, or h:mm:ss; of start_frame and end_frame,
/// and
///   with `fps` of start and end, frames, the last one included.
/// - case_id, frame or t_s, phase: a row per frame, ascending. A row stands for the stretch that is nearer to
/// it
///   than to its neighbours, at most half the video's smallest step of rows: the label of a scored frame is
///   that of the nearest labelled one in time.
/// - the same with a column of 0, 1 or nothing per finding in place of phase (tools).
/// A text file without case_id (Frame and Phase, as of Cholec80) is about the case that it is named after,
/// less
/// "-phase", "-tool" and the like. Frame numbers become seconds by `fps`; without it they are those of
/// frames.csv.gz. Names of phases meet findings by name, slug or letters and digits only.
/// `is_multi_label`: the model may see several findings at once; stretches then say where a finding is, and
/// that it is nowhere else. Throws Error(ExitCode::usage) with file, line and what to do.
FrameLabels read_frame_labels(const FrameLabelOptions& options, const std::vector<Finding>& findings,
                              bool is_multi_label);

}  // namespace radbatch
