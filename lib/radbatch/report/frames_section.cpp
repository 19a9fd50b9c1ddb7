// Clips over time: a strip per finding, its mean over the frames of each point and how far they spread.
#include <algorithm>
#include <array>
#include <cstdio>
#include <functional>
#include <numeric>

#include "radbatch/base/text.hpp"
#include "radbatch/report/frame_traces.hpp"
#include "radbatch/report/html.hpp"
#include "radbatch/report/run_parts.hpp"

namespace radbatch {
namespace {

using namespace html;

constexpr std::size_t MOST_CLIPS = 12;
constexpr std::size_t MOST_FINDINGS = 8;
constexpr std::size_t N_POINTS = 480;
constexpr double LEFT = 150, WIDTH = 600, STRIP = 36, GAP = 10, TOP = 6, BELOW = 20;

/// 3725 -> "1:02:05"
std::string clock(double seconds) {
  const auto whole = static_cast<long>(seconds + 0.5);
  std::array<char, 32> text{};
  if (whole >= 3600) {
    std::snprintf(text.data(), text.size(), "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
  } else {
    std::snprintf(text.data(), text.size(), "%ld:%02ld", whole / 60, whole % 60);
  }
  return text.data();
}

std::string place(std::size_t point, double value, double top) {
  const double x = LEFT + WIDTH * (static_cast<double>(point) + 0.5) / static_cast<double>(N_POINTS);
  return fixed(x, 1) + "," + fixed(top + STRIP * (1 - std::clamp(value, 0.0, 1.0)), 1) + " ";
}

std::string strip(const Finding& finding, const std::vector<TracePoint>& points, double top) {
  std::string mean, upper, lower;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (points[i].n == 0) continue;
    mean += place(i, points[i].sum / static_cast<double>(points[i].n), top);
    upper += place(i, points[i].high, top);
    lower = place(i, points[i].low, top) + lower;
  }
  const std::string y = fixed(top, 1), middle = fixed(top + STRIP / 2 + 4, 1);
  std::string out = "<rect class=\"frame\" x=\"" + fixed(LEFT, 0) + "\" y=\"" + y + "\" width=\"" +
                    fixed(WIDTH, 0) + "\" height=\"" + fixed(STRIP, 0) + "\"/>" + "<text class=\"end\" x=\"" +
                    fixed(LEFT - 8, 0) + "\" y=\"" + middle + "\">" + escape(finding.name) + "</text>";
  if (finding.threshold && *finding.threshold >= 0 && *finding.threshold <= 1) {
    const std::string level = fixed(top + STRIP * (1 - *finding.threshold), 1);
    out += "<line class=\"threshold\" x1=\"" + fixed(LEFT, 0) + "\" x2=\"" + fixed(LEFT + WIDTH, 0) +
           "\" y1=\"" + level + "\" y2=\"" + level + "\"/>";
  }
  return out + "<polygon class=\"score\" fill-opacity=\".22\" points=\"" + upper + lower + "\"/>" +
         "<polyline class=\"curve\" style=\"stroke-width:1\" points=\"" + mean + "\"/>";
}

/// The findings whose largest score is largest, in the order of the model.
std::vector<std::size_t> shown_findings(const ClipTrace& clip) {
  std::vector<float> highest;
  for (const auto& points : clip.findings)
    highest.push_back(std::ranges::max(points, {}, &TracePoint::high).high);
  std::vector<std::size_t> order(highest.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::greater<>(), [&](std::size_t f) { return highest[f]; });
  order.resize(std::min(order.size(), MOST_FINDINGS));
  std::ranges::sort(order);
  return order;
}

std::string clip_figure(const ClipTrace& clip, const RunData& run) {
  const std::vector<std::size_t> shown = shown_findings(clip);
  std::string strips;
  double top = TOP;
  for (const std::size_t f : shown) {
    strips += strip(run.findings[f], clip.findings[f], top);
    top += STRIP + GAP;
  }
  for (const double share : {0.0, 0.25, 0.5, 0.75, 1.0}) {
    strips += "<text class=\"soft middle\" x=\"" + fixed(LEFT + WIDTH * share, 1) + "\" y=\"" +
              fixed(top + 6, 1) + "\">" + clock(clip.end_s * share) + "</text>";
  }
  const std::string told =
      element("title", "", escape("Scores over time, " + clip.case_id)) +
      element("desc", "",
              "One strip per finding from 0 to 1: the mean of the frames, in a band from "
              "their smallest to their largest score");
  const std::string box = "0 0 " + fixed(LEFT + WIDTH + 24, 0) + " " + fixed(top + BELOW, 0);
  return element("figure", "",
                 element("figcaption", "",
                         element("code", "", escape(clip.case_id)) + " " +
                             element("span", "class=\"soft\"", grouped(clip.n_frames) + " frames")) +
                     element("svg", "viewBox=\"" + box + "\" role=\"img\"", told + strips));
}

/// Mean of the frames per stretch of time, null where no frame fell; of the findings that are drawn.
Json trace_json(const ClipTrace& clip, const RunData& run) {
  Json traces = Json::object();
  for (const std::size_t f : shown_findings(clip)) {
    Json& trace = traces[run.findings[f].name] = Json::array();
    for (const TracePoint& point : clip.findings[f])
      trace.push_back(point.n == 0 ? Json() : Json(point.sum / static_cast<double>(point.n)));
  }
  return traces;
}

}  // namespace

ReportPart frames_part(const PartContext& ctx, const RunData& run) {
  ReportPart part{.id = "clips", .heading = ctx.lang("Clips over time")};
  if (run.folder.empty()) return part;
  const ClipTraces traces = read_clip_traces(run, MOST_CLIPS, N_POINTS);
  if (traces.clips.empty()) return part;
  std::string figures;
  Json clips = Json::array();
  for (const ClipTrace& clip : traces.clips) {
    figures += clip_figure(clip, run);
    clips.push_back({{"case_id", clip.case_id},
                     {"n_frames", clip.n_frames},
                     {"end_s", clip.end_s},
                     {"mean", trace_json(clip, run)}});
  }
  std::string note =
      "Each strip goes from 0 to 1: the line is the mean of the frames at a point, the band reaches from "
      "their smallest to their largest score. Every frame is in frames.csv.gz.";
  if (traces.n_clips > traces.clips.size())
    note += " The first " + std::to_string(traces.clips.size()) + " of " + counted(traces.n_clips, "clip") +
            " are shown.";
  part.html = element("p", "class=\"note\"", note) + figures;
  part.numbers = {{"n", traces.n_clips}, {"n_shown", traces.clips.size()}, {"clips", std::move(clips)}};
  return part;
}

}  // namespace radbatch
