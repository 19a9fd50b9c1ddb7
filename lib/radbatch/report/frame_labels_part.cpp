#include "radbatch/report/frame_labels_part.hpp"

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/report/html.hpp"
#include "radbatch/report/judged_videos.hpp"
#include "radbatch/report/phase_section.hpp"
#include "radbatch/report/tool_section.hpp"

namespace radbatch {
namespace {

using namespace html;

std::string rule_text(const FrameLabelOptions& options, bool is_multi_label) {
  std::string text =
      "Each scored frame has the label of the labelled frame that is nearest in time, at most half a step of "
      "the "
      "labels away, or of the stretch that it lies in; frames without one are left out.";
  if (is_multi_label) return text + " Intervals draw videos (patients, where they are known) anew.";
  return text +
         " A number is taken per video, over its labelled frames, and is given as mean and standard "
         "deviation over videos; of phases it is undefined where the phase is neither there nor called, and "
         "then left out. Relaxed boundaries: within " +
         fixed(options.relaxed_s, 0) +
         " s of a change of phase either phase is right. Edit score and segmental F1 at an overlap of 10, 25 "
         "and "
         "50 % after Lea et al. 2017, as shares of 1.";
}

void say_counts(ReportPart& part, const JudgedVideos& videos, std::size_t n_labelled) {
  part.numbers["n_labelled_videos"] = n_labelled;
  part.numbers["n_videos_not_in_run"] = videos.n_unknown;
  part.numbers["n_videos_not_test"] = videos.n_not_test;
  std::string text = counted(n_labelled, "labelled video");
  if (videos.n_unknown > 0) text += ", " + std::to_string(videos.n_unknown) + " of them not in this run";
  if (videos.n_not_test > 0) text += ", " + std::to_string(videos.n_not_test) + " left out by --where";
  part.html = element("p", "", text + ".") + part.html;
  if (videos.n_unknown > 0)
    part.warnings.push_back("--frame-labels: " + counted(videos.n_unknown, "labelled video") +
                            " not in this run");
}

[[noreturn]] void nothing_met(const RunData& run, const JudgedVideos& videos, std::size_t n_labelled) {
  if (videos.n_unknown == n_labelled && !run.cases.empty())
    throw Error(ExitCode::usage,
                "--frame-labels: none of " + counted(n_labelled, "labelled video") + " is a case of this run",
                "case ids of this run are like " + run.cases.front().id);
  if (videos.n_unknown + videos.n_not_test == n_labelled)
    throw Error(ExitCode::usage, "--frame-labels: no labelled video of this run is left by --where");
  throw Error(ExitCode::usage, "--frame-labels: no scored frame has a label",
              "are the labels in seconds or frames? --label-fps says how many frames make a second");
}

}  // namespace

ReportPart frame_labels_part(const PartContext& context, const RunData& run,
                             const FrameLabelOptions& options) {
  ReportPart part;
  part.id = "frame-labels";
  part.heading = context.lang("Frames against labels");
  if (options.labels.empty()) return part;
  if (!has_frames(run)) {
    part.warnings.push_back("--frame-labels: the run has no frames.csv.gz");
    return part;
  }
  const bool is_multi_label = !run.has_top;
  const FrameLabels labels = read_frame_labels(options, run.findings, is_multi_label);
  const JudgedVideos videos(context, run, labels);
  part.numbers["relaxed_window_s"] = options.relaxed_s;
  const std::size_t n_judged = is_multi_label
                                   ? add_tools(part, context, run, labels, videos)
                                   : add_phases(part, context, run, labels, videos, options.relaxed_s);
  if (n_judged == 0) nothing_met(run, videos, labels.videos.size());
  part.numbers["n_judged"] = n_judged;
  say_counts(part, videos, labels.videos.size());
  part.html += element("p", "class=\"note\"", rule_text(options, is_multi_label));
  return part;
}

}  // namespace radbatch
