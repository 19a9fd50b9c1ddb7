#include "radbatch/report/frame_labels.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/report/frame_labels_part.hpp"
#include "radbatch/report/video_scores.hpp"
#include "radbatch/store/gzip_file.hpp"

using namespace radbatch;

namespace {

namespace fs = std::filesystem;

const Language english;

/// A run of two videos with the phases "Preparation" and "Clipping Cutting"; frames every second.
struct VideoRun {
  fs::path folder;
  RunData run;

  explicit VideoRun(const std::string& name, const std::string& frames, bool has_top = true)
      : folder(fs::temp_directory_path() / ("radbatch-unit-frames-" + name)) {
    fs::remove_all(folder);
    make_folder(folder);
    run.folder = folder;
    run.has_top = has_top;
    run.findings = {{"Preparation", "preparation", "p_preparation", 0.5, ""},
                    {"Clipping Cutting", "clipping_cutting", "p_clipping_cutting", 0.5, ""}};
    for (const char* id : {"video01", "video02"}) run.cases.push_back({.id = id});
    GzipFile file(folder / "frames.csv.gz");
    file.write("case_id,frame,t_s,p_preparation,p_clipping_cutting\n" + frames);
    file.commit();
  }

  fs::path write(const std::string& name, const std::string& text) const {
    write_file_atomically(folder / name, text);
    return folder / name;
  }
};

const std::string SIX_FRAMES =
    "video01,0,0,0.9,0.1\nvideo01,25,1,0.8,0.2\nvideo01,50,2,0.7,0.3\n"
    "video01,75,3,0.6,0.4\nvideo01,100,4,0.2,0.8\nvideo01,125,5,0.1,0.9\n";

std::vector<std::int32_t> labels_at(const FrameLabels& labels, const std::string& video, std::size_t track,
                                    const std::vector<double>& positions) {
  std::vector<std::int32_t> values;
  for (const double position : positions) values.push_back(labels.videos.at(video)[track].at(position));
  return values;
}

std::string message_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    return error.message() + " | " + error.hint();
  }
  return "no error";
}

using Values = std::vector<std::int32_t>;

/// Within 1e-9, or both missing.
bool is_near(const std::optional<double>& ours, const Json& theirs) {
  if (!ours || theirs.is_null()) return !ours && theirs.is_null();
  return std::abs(*ours - theirs.get<double>()) <= 1e-9;
}

ReportPart part_of(const VideoRun& made, const FrameLabelOptions& options) {
  const AnalysisData data;
  return frame_labels_part({.data = data, .lang = english, .seed = 1, .n_bootstrap = 200}, made.run, options);
}

}  // namespace

TEST_CASE("stretches in seconds and on the clock end where the next begins") {
  const VideoRun made("stretches", SIX_FRAMES);
  const auto file = made.write("p.csv",
                               "case_id,start,end,phase\nvideo01,0,2.5,Preparation\n"
                               "video01,0:02.5,0:00:05,clipping-cutting\n");
  const FrameLabels labels = read_frame_labels({file, {}, {}}, made.run.findings, false);
  CHECK(labels_at(labels, "video01", 0, {0, 2.4, 2.5, 4.9, 5, 60}) == Values{0, 0, 1, 1, -1, -1});
}

TEST_CASE("stretches in frames include their last frame") {
  const VideoRun made("stretch-frames", SIX_FRAMES);
  const auto file = made.write("p.csv",
                               "case_id;start_frame;end_frame;phase\nvideo01;0;49;Preparation\n"
                               "video01;50;99;Clipping Cutting\n");
  const FrameLabels in_frames = read_frame_labels({file, {}, {}}, made.run.findings, false);
  CHECK(in_frames.counts_frames);
  CHECK(labels_at(in_frames, "video01", 0, {49, 50, 99, 100}) == Values{0, 1, 1, -1});
  const FrameLabels in_seconds = read_frame_labels({file, 25, {}}, made.run.findings, false);
  CHECK_FALSE(in_seconds.counts_frames);
  CHECK(labels_at(in_seconds, "video01", 0, {1.99, 2, 3.99, 4}) == Values{0, 1, 1, -1});
}

TEST_CASE("a row per frame speaks for the time that is nearest to it, and for no more than half a step") {
  const VideoRun made("rows", SIX_FRAMES);
  const auto file = made.write("p.csv",
                               "case_id,t_s,phase\nvideo01,0,Preparation\nvideo01,1,Preparation\n"
                               "video01,2,Clipping Cutting\nvideo01,10,Preparation\n");
  const FrameLabels labels = read_frame_labels({file, {}, {}}, made.run.findings, false);
  CHECK(labels_at(labels, "video01", 0, {0, 1.49, 1.51, 2.49, 2.51, 9.49, 9.51, 10.6}) ==
        Values{0, 0, 1, 1, -1, -1, 0, -1});
}

TEST_CASE("Cholec80's text files are named after their video") {
  const VideoRun made("cholec", SIX_FRAMES);
  const auto file =
      made.write("video01-phase.txt", "Frame\tPhase\n0\tPreparation\n1\tPreparation\n2\tClippingCutting\n");
  const FrameLabels labels = read_frame_labels({file, 25, {}}, made.run.findings, false);
  CHECK(labels_at(labels, "video01", 0, {0, 0.04, 0.08, 0.2}) == Values{0, 0, 1, -1});
}

TEST_CASE("tools are 0, 1 or nothing in each frame") {
  const VideoRun made("tools", SIX_FRAMES, false);
  const auto file = made.write("t.csv",
                               "case_id,frame,Preparation,Clipping Cutting\nvideo01,0,1,0\nvideo01,25,1,\n"
                               "video01,50,0,1\n");
  const FrameLabels labels = read_frame_labels({file, 25, {}}, made.run.findings, true);
  CHECK(labels_at(labels, "video01", 0, {0, 1, 2}) == Values{1, 1, 0});
  CHECK(labels_at(labels, "video01", 1, {0, 1, 2}) == Values{0, -1, 1});
}

TEST_CASE("stretches of a model that may see several say where a finding is not, too") {
  const VideoRun made("several", SIX_FRAMES, false);
  const auto file = made.write(
      "t.csv", "case_id,start,end,finding\nvideo01,1,3,Preparation\nvideo01,2,4,Clipping Cutting\n");
  const FrameLabels labels = read_frame_labels({file, {}, {}}, made.run.findings, true);
  CHECK(labels_at(labels, "video01", 0, {0, 1, 2, 3}) == Values{0, 1, 1, 0});
  CHECK(labels_at(labels, "video01", 1, {0, 1, 2, 3}) == Values{0, 0, 1, 1});
}

TEST_CASE("a name in the labels may be mapped to a finding") {
  const VideoRun made("map", SIX_FRAMES);
  const auto file = made.write("p.csv", "case_id,start,end,phase\nvideo01,0,2,Vorbereitung\n");
  FrameLabelOptions options{file, {}, {"Vorbereitung=Preparation"}};
  CHECK(labels_at(read_frame_labels(options, made.run.findings, false), "video01", 0, {1}) == Values{0});
}

TEST_CASE("labels that cannot be read say where and what to do") {
  const VideoRun made("faults", SIX_FRAMES);
  auto fault = [&](const std::string& text, bool is_multi_label = false) {
    const auto file = made.write("p.csv", text);
    return message_of([&] { read_frame_labels({file, {}, {}}, made.run.findings, is_multi_label); });
  };
  CHECK(fault("case_id,start,end,phase\nvideo01,0,2,Preparatio\n") ==
        "p.csv: line 2, column phase: 'Preparatio' is no finding of the model | --map "
        "'Preparatio=Preparation'; the model has: Preparation, Clipping Cutting");
  CHECK(fault("case_id,start,end,phase\nvideo01,3,2,Preparation\n") ==
        "p.csv: line 2, column end: the stretch ends before it starts | ");
  CHECK(
      fault("case_id,start,end,phase\nvideo01,x,2,Preparation\n") ==
      "p.csv: line 2, column start: 'x' is no time | seconds (75.5), a clock (0:01:15.5) or a frame number");
  CHECK(fault("case_id,start,end,phase\nvideo01,0,3,Preparation\nvideo01,2,5,Clipping Cutting\n")
            .find("case video01: two phases overlap in time | one phase at a time") != std::string::npos);
  CHECK(fault("case_id,frame,phase\nvideo01,1,Preparation\nvideo01,1,Preparation\n")
            .find("rows of a case are not in the order of time, or name a frame twice") != std::string::npos);
  CHECK(fault("case_id,frame,Preparation\nvideo01,1,2\n", true) ==
        "p.csv: line 2, column Preparation: expected 0, 1 or nothing, not '2' | ");
  CHECK(fault("case_id,frame,colour\nvideo01,1,red\n").find("there is no column phase") != std::string::npos);
  CHECK(fault("case_id,phase\nvideo01,Preparation\n").find("there is no column that says when") !=
        std::string::npos);
}

TEST_CASE("phases of a video: accuracy, edit score and confusion by hand") {
  const VideoRun made("part", SIX_FRAMES);
  const auto file =
      made.write("p.csv", "case_id,start,end,phase\nvideo01,0,3,Preparation\nvideo01,3,9,Clipping Cutting\n");
  const ReportPart part = part_of(made, {file, {}, {}, 0.5});
  const Json& video = part.numbers["frames"]["videos"][0];
  CHECK(video["n_labelled"] == 6);
  CHECK(video["accuracy"].get<double>() == doctest::Approx(5.0 / 6));
  CHECK(video["relaxed_accuracy"].get<double>() == 1);
  CHECK(video["edit_score"] == 1.0);
  CHECK(video["segmental_f1_50"] == 1.0);
  CHECK(video["phases"]["Preparation"]["jaccard"] == 0.75);
  CHECK(part.numbers["frames"]["confusion"] == Json({{3, 0, 0}, {1, 2, 0}}));
  CHECK(part.numbers["timelines"]["videos"][0]["predicted"] ==
        Json({{0, 4, "Preparation"}, {4, 5, "Clipping Cutting"}}));
}

TEST_CASE("segments.csv of the run is judged as well") {
  const VideoRun made("segments", SIX_FRAMES);
  made.write("segments.csv",
             "case_id,finding,start_s,end_s\nvideo01,preparation,0,3\nvideo01,clipping_cutting,3,5\n");
  const auto file =
      made.write("p.csv", "case_id,start,end,phase\nvideo01,0,3,Preparation\nvideo01,3,9,Clipping Cutting\n");
  const Json numbers = part_of(made, {file, {}, {}}).numbers;
  CHECK(numbers["segments"]["videos"][0]["accuracy"].get<double>() == doctest::Approx(5.0 / 6));
  CHECK(numbers["segments"]["confusion"] == Json({{3, 0, 0}, {0, 2, 1}}));
}

TEST_CASE("a time line shows where nothing is labelled") {
  const VideoRun made("gap", SIX_FRAMES);
  const auto file = made.write(
      "p.csv", "case_id,start,end,phase\nvideo01,0,1.5,Preparation\nvideo01,2.5,3.5,Preparation\n");
  const Json numbers = part_of(made, {file, {}, {}}).numbers;
  CHECK(numbers["timelines"]["videos"][0]["labels"] == Json({{0, 1, "Preparation"}, {3, 3, "Preparation"}}));
}

TEST_CASE("means and deviations over videos") {
  const VideoRun made("two", SIX_FRAMES + "video02,0,0,0.9,0.1\nvideo02,1,1,0.1,0.9\n");
  const auto file =
      made.write("p.csv",
                 "case_id,start,end,phase\nvideo01,0,4,Preparation\nvideo01,4,9,Clipping Cutting\n"
                 "video02,0,2,Preparation\n");
  const Json numbers = part_of(made, {file, {}, {}}).numbers["frames"]["over_videos"];
  CHECK(numbers["accuracy"]["value"] == 0.75);
  CHECK(numbers["accuracy"]["standard_deviation"].get<double>() == doctest::Approx(0.35355339059));
  CHECK(numbers["accuracy"]["n"] == 2);
}

TEST_CASE("tools of videos: areas over all frames and by video") {
  const VideoRun made("areas", SIX_FRAMES + "video02,0,0,0.9,0.1\nvideo02,1,1,0.1,0.9\n", false);
  const auto file = made.write("t.csv",
                               "case_id,t_s,Preparation,Clipping Cutting\nvideo01,0,1,0\nvideo01,1,0,0\n"
                               "video01,2,1,0\nvideo01,3,0,0\nvideo02,0,1,0\nvideo02,1,0,0\n");
  const ReportPart part = part_of(made, {file, {}, {}});
  const Json& frames = part.numbers["frames"];
  CHECK(frames["Preparation"]["frame_auroc"]["value"].get<double>() == doctest::Approx(8.0 / 9));
  CHECK(frames["Preparation"]["frame_average_precision"]["value"].get<double>() ==
        doctest::Approx((1 + 1 + 3.0 / 4) / 3));
  CHECK(frames["Preparation"]["frame_sensitivity"]["value"] == 1.0);
  CHECK(frames["Preparation"]["frame_specificity"]["value"].get<double>() == doctest::Approx(1.0 / 3));
  CHECK(frames["Clipping Cutting"]["frame_auroc"]["why_not"] == "no frame has the finding");
  CHECK(part.numbers["over_videos"]["Preparation"]["video_mean_auroc"]["value"].get<double>() ==
        doctest::Approx((0.75 + 1) / 2));
}

TEST_CASE("phases of a video as scikit-learn has them") {
  const Json golden = read_json_file(RADBATCH_LEVELS_GOLDEN);
  for (const Json& video : golden["videos"]) {
    LabelledFrames frames;
    frames.truth = video["truth"].get<Values>();
    frames.predicted = video["predicted"].get<Values>();
    frames.seconds = video["seconds"].get<std::vector<double>>();
    const VideoScores ours = score_video(frames, video["recall"].size(), 10);
    CHECK(is_near(ours.accuracy, video["accuracy"]));
    for (std::size_t p = 0; p < ours.phases.size(); ++p) {
      CHECK(is_near(ours.phases[p].precision, video["precision"][p]));
      CHECK(is_near(ours.phases[p].recall, video["recall"][p]));
      CHECK(is_near(ours.phases[p].jaccard, video["jaccard"][p]));
      CHECK(is_near(ours.phases[p].f1, video["f1"][p]));
    }
  }
}

TEST_CASE("labels that meet nothing are refused, cases that are missing counted") {
  const VideoRun made("nothing", SIX_FRAMES);
  const auto strangers = made.write("p.csv", "case_id,start,end,phase\nother,0,3,Preparation\n");
  CHECK(message_of([&] {
          part_of(made, {strangers, {}, {}});
        }) ==
        "--frame-labels: none of 1 labelled video is a case of this run | case ids of this run are like "
        "video01");
  const auto late = made.write("p.csv", "case_id,start,end,phase\nvideo01,100,300,Preparation\n");
  CHECK(message_of([&] {
          part_of(made, {late, {}, {}});
        }) ==
        "--frame-labels: no scored frame has a label | are the labels in seconds or frames? --label-fps says "
        "how "
        "many frames make a second");
  const auto mixed =
      made.write("p.csv", "case_id,start,end,phase\nvideo01,0,3,Preparation\nother,0,3,Preparation\n");
  const ReportPart part = part_of(made, {mixed, {}, {}});
  CHECK(part.numbers["n_videos_not_in_run"] == 1);
  CHECK(part.warnings == std::vector<std::string>{"--frame-labels: 1 labelled video not in this run"});
}

TEST_CASE("with --where only test videos are judged") {
  const VideoRun made("where", SIX_FRAMES + "video02,0,0,0.9,0.1\n");
  const auto file =
      made.write("p.csv", "case_id,start,end,phase\nvideo01,0,9,Preparation\nvideo02,0,2,Preparation\n");
  AnalysisData data;
  data.where = "split==\"test\"";
  data.unit_ids = {"video01", "video02"};
  data.cluster = {0, 1};
  data.n_clusters = 2;
  data.is_test = {0, 1};
  const ReportPart part = frame_labels_part({.data = data, .lang = english, .seed = 1, .n_bootstrap = 200},
                                            made.run, {file, {}, {}});
  CHECK(part.numbers["n_judged"] == 1);
  CHECK(part.numbers["n_videos_not_test"] == 1);
}
