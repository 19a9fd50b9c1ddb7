#include "radbatch/report/charts.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "radbatch/base/text.hpp"
#include "radbatch/report/html.hpp"
#include "radbatch/store/table.hpp"

namespace radbatch {
namespace {

using html::escape;
using html::fixed;
using html::grouped;

std::string number(double value) {
  return fixed(value, 1);
}

std::string attributes(std::initializer_list<std::pair<const char*, std::string>> pairs) {
  std::string out;
  for (const auto& [key, value] : pairs)
    out += std::string(out.empty() ? "" : " ") + key + "=\"" + value + "\"";
  return out;
}

std::string rectangle(double x, double y, double width, double height, const std::string& kind) {
  return "<rect " +
         attributes({{"class", kind},
                     {"x", number(x)},
                     {"y", number(y)},
                     {"width", number(width)},
                     {"height", number(height)}}) +
         "/>";
}

std::string line(double x1, double y1, double x2, double y2, const std::string& kind) {
  return "<line " +
         attributes({{"class", kind},
                     {"x1", number(x1)},
                     {"y1", number(y1)},
                     {"x2", number(x2)},
                     {"y2", number(y2)}}) +
         "/>";
}

/// `content` is HTML.
std::string label(double x, double y, const std::string& kind, const std::string& content) {
  return html::element("text", attributes({{"class", kind}, {"x", number(x)}, {"y", number(y)}}), content);
}

std::string svg(double width, double height, const std::string& kind, const std::string& title,
                const std::string& description, const std::string& inner) {
  const std::string box = "0 0 " + number(width) + " " + number(height);
  return html::element("svg", attributes({{"class", kind}, {"viewBox", box}, {"role", "img"}}),
                       html::element("title", "", title) + html::element("desc", "", description) + inner);
}

/// A band from a piece of one bar to a piece of another.
std::string ribbon(double x1, double y1, double h1, double x2, double y2, double h2,
                   const std::string& kind) {
  const std::string middle = number((x1 + x2) / 2);
  auto curve = [&](double to_x, double from_y, double to_y) {
    return " C" + middle + " " + number(from_y) + " " + middle + " " + number(to_y) + " " + number(to_x) +
           " " + number(to_y);
  };
  const std::string path = "M" + number(x1) + " " + number(y1) + curve(x2, y1, y2) + " L" + number(x2) + " " +
                           number(y2 + h2) + curve(x1, y2 + h2, y1 + h1) + " Z";
  return "<path " + attributes({{"class", "ribbon " + kind}, {"d", path}}) + "/>";
}

constexpr double bar_width = 12;
constexpr double flow_top = 34;
constexpr double flow_height = 170;
constexpr double row_height = 36;

struct Branch {
  Status status;
  std::size_t n;
  double from, height;  ///< of the piece of the cases' bar
  double to;            ///< top of its own bar
};

/// Where each status with cases starts and ends; `total` is the number of cases.
std::vector<Branch> branches(const RunData& run, double total) {
  std::vector<Branch> result;
  double from = flow_top;
  double to = flow_top;
  for (int i = 0; i < 5; ++i) {
    const auto status = static_cast<Status>(i);
    const std::size_t n = run.count(status);
    if (n == 0) continue;
    const double height = flow_height * static_cast<double>(n) / total;
    result.push_back({status, n, from, height, to});
    from += height;
    to += std::max(height, row_height) + 8;
  }
  return result;
}

std::string branch_picture(const Branch& branch, double x, double total) {
  const std::string kind = status_class(branch.status);
  const double height = std::max(branch.height, 2.0);
  const double text_y =
      branch.to + std::min(height / 2 + 2, 16.0) + (height > row_height ? height / 2 - 14 : 0);
  const std::string share = html::percent(static_cast<double>(branch.n) / total);
  return ribbon(x, branch.from, branch.height, x + 96, branch.to, height, kind) +
         rectangle(x + 96, branch.to, bar_width, height, kind) +
         label(x + 96 + bar_width + 8, text_y, "strong",
               grouped(branch.n) + " " + std::string(name(branch.status))) +
         label(x + 96 + bar_width + 8, text_y + 14, "soft", share);
}

/// The files' column: their bar, the band to the cases and the one of files without a case.
std::string files_picture(std::size_t found, std::size_t in_cases, double x_cases) {
  const double share = found == 0 ? 1 : static_cast<double>(in_cases) / static_cast<double>(found);
  const std::size_t unassigned = found - std::min(found, in_cases);
  std::string out =
      label(0, 14, "strong", grouped(found)) + label(0, 27, "soft", found == 1 ? "file" : "files");
  out += rectangle(0, flow_top, bar_width, flow_height, "files");
  out += ribbon(bar_width, flow_top, flow_height * share, x_cases, flow_top, flow_height, "files");
  if (unassigned == 0) return out;
  const double y = flow_top + flow_height + 22;
  const double height = std::max(2.0, flow_height * (1 - share) / 4);
  const double end = x_cases - 44;
  out +=
      ribbon(bar_width, flow_top + flow_height * share, flow_height * (1 - share), end, y, height, "files");
  return out + rectangle(end, y, bar_width, height, "skipped") +
         label(end + bar_width, y + height + 14, "soft end", grouped(unassigned) + " in no case");
}

std::string words_of(const std::vector<Branch>& ended, std::size_t n_cases) {
  std::vector<std::string> parts;
  for (const Branch& branch : ended)
    parts.push_back(std::to_string(branch.n) + " " + std::string(name(branch.status)));
  return "Of " + counted(n_cases, "case") + ": " + join(parts, ", ") + ".";
}

constexpr double plot_left = 8;
constexpr double plot_width = 284;

std::string bars(const Histogram& shape, double base, double height, const std::string& kind) {
  const std::size_t most = shape.counts.empty() ? 0 : *std::ranges::max_element(shape.counts);
  const double width = plot_width / static_cast<double>(std::max<std::size_t>(1, shape.counts.size()));
  std::string out;
  for (std::size_t bin = 0; bin < shape.counts.size(); ++bin) {
    if (shape.counts[bin] == 0) continue;
    // A single case stays visible beside a bin of thousands.
    const double size =
        std::max(1.5, std::abs(height) * static_cast<double>(shape.counts[bin]) / static_cast<double>(most));
    out += rectangle(plot_left + width * static_cast<double>(bin) + 0.75, height > 0 ? base - size : base,
                     width - 1.5, size, kind);
  }
  return out;
}

std::size_t total(const Histogram& shape) {
  std::size_t sum = 0;
  for (const std::size_t n : shape.counts) sum += n;
  return sum;
}

std::string peak(const Histogram& shape) {
  return grouped(shape.counts.empty() ? 0 : *std::ranges::max_element(shape.counts));
}

std::string axis(const Histogram& shape, double y) {
  auto tick = [](double value) { return shortest(std::round(value * 100) / 100); };
  return label(plot_left, y, "soft", tick(shape.low)) +
         label(plot_left + plot_width / 2, y, "soft middle", tick((shape.low + shape.high) / 2)) +
         label(plot_left + plot_width, y, "soft end", tick(shape.high));
}

std::string threshold_mark(const HistogramChart& chart, double bottom) {
  if (!chart.threshold || *chart.threshold < chart.up.low || *chart.threshold > chart.up.high) return {};
  const double share = (*chart.threshold - chart.up.low) / (chart.up.high - chart.up.low);
  const double x = plot_left + plot_width * share;
  return line(x, 18, x, bottom, "threshold") + label(x + (share > 0.6 ? -4 : 4), 28,
                                                     share > 0.6 ? "soft end" : "soft",
                                                     "threshold " + shortest(*chart.threshold));
}

}  // namespace

std::string status_class(Status status) {
  return std::string(name(status));
}

std::string outcome_flow(const RunData& run) {
  if (run.cases.empty()) return {};
  const double n_cases = static_cast<double>(run.cases.size());
  const bool has_files = run.files_found() && run.files_in_cases();
  const double x = has_files ? 112 : 0;
  const std::vector<Branch> ended = branches(run, n_cases);
  std::string inner = has_files ? files_picture(*run.files_found(), *run.files_in_cases(), x) : "";
  inner += label(x, 14, "strong", grouped(run.cases.size())) +
           label(x, 27, "soft", run.cases.size() == 1 ? "case" : "cases");
  inner += rectangle(x, flow_top, bar_width, flow_height, "cases");
  for (const Branch& branch : ended) inner += branch_picture(branch, x + bar_width, n_cases);
  const double lowest = ended.back().to + std::max(ended.back().height, row_height) + 8;
  return svg(340, std::max(lowest, flow_top + flow_height + 56), "flow", "What happened to the cases",
             words_of(ended, run.cases.size()), inner);
}

Histogram histogram(std::span<const double> values, double low, double high, std::size_t n_bins) {
  Histogram result{low, high, std::vector<std::size_t>(n_bins)};
  for (const double value : values) {
    const double place = (value - low) / (high - low) * static_cast<double>(n_bins);
    const auto bin = static_cast<std::size_t>(std::clamp(place, 0.0, static_cast<double>(n_bins - 1)));
    ++result.counts[bin];
  }
  return result;
}

std::string histogram_chart(const HistogramChart& chart) {
  const std::string title = "Scores for " + escape(chart.name);
  if (!chart.down) {
    const std::string words = counted(total(chart.up), "case") + "; the fullest of " +
                              std::to_string(chart.up.counts.size()) + " bins has " + peak(chart.up) + ".";
    return svg(300, 124, "histogram", title, words,
               label(plot_left, 12, "soft", "most in a bin: " + peak(chart.up)) +
                   bars(chart.up, 104, 84, "score") +
                   line(plot_left, 104, plot_left + plot_width, 104, "axis") + threshold_mark(chart, 104) +
                   axis(chart.up, 118));
  }
  const std::string words = counted(total(chart.up), "case") + " with the finding above the line, " +
                            counted(total(*chart.down), "case") + " without it below.";
  return svg(300, 168, "histogram", title, words,
             label(plot_left, 12, "soft",
                   "with: " + grouped(total(chart.up)) + ", most in a bin " + peak(chart.up)) +
                 bars(chart.up, 84, 62, "score") + bars(*chart.down, 84, -52, "rest") +
                 line(plot_left, 84, plot_left + plot_width, 84, "axis") + threshold_mark(chart, 138) +
                 axis(chart.up, 150) +
                 label(plot_left, 164, "soft",
                       "without: " + grouped(total(*chart.down)) + ", most in a bin " + peak(*chart.down)));
}

std::string roc_chart(const std::string& name_of_finding, const std::vector<RocPoint>& points) {
  constexpr double size = 150;
  constexpr double left = 30;
  constexpr double top = 8;
  std::string path;
  for (const RocPoint& point : points) {
    path += (path.empty() ? "M" : " L") + number(left + size * point.false_positive_rate) + " " +
            number(top + size * (1 - point.true_positive_rate));
  }
  const std::string frame = rectangle(left, top, size, size, "frame") +
                            line(left, top + size, left + size, top, "chance") + "<path " +
                            attributes({{"class", "curve"}, {"d", path}}) + "/>";
  const std::string ticks =
      label(left - 5, top + 5, "soft end", "1") + label(left - 5, top + size, "soft end", "0") +
      label(left, top + size + 14, "soft", "0") + label(left + size, top + size + 14, "soft end", "1") +
      label(left + size / 2, top + size + 14, "soft middle", "1 − specificity") +
      "<text class=\"soft middle\" transform=\"translate(12 83) rotate(-90)\">sensitivity</text>";
  return svg(190, 178, "roc", "ROC curve of " + escape(name_of_finding),
             "Sensitivity against 1 minus specificity in " + counted(points.size(), "point") + ".",
             frame + ticks);
}

}  // namespace radbatch
