#include "radbatch/report/flow_chart.hpp"

#include <algorithm>
#include <vector>

#include "radbatch/base/text.hpp"
#include "radbatch/report/html.hpp"
#include "radbatch/report/svg.hpp"

namespace radbatch {
namespace {

using namespace svg;
using html::grouped;

constexpr double MAIN_WIDTH = 172, SIDE_LEFT = 192, SIDE_WIDTH = NARROW - SIDE_LEFT - 1, PADDING = 8,
                 LINE = 14;
constexpr double GAP = 20;  ///< between boxes with nothing at their side
constexpr std::size_t MOST_REASONS = 4;

/// Lines of one box; the first is its heading.
using Words = std::vector<std::string>;

/// A box of the left column, and what is left out on the way to the next.
struct Step {
  Words words;
  std::vector<Words> left_out;
};

std::string counted_words(const std::string& words, std::size_t n) {
  return words + " (n\u00A0=\u00A0" + grouped(n) + ")";
}

/// The commonest reasons with their numbers.
Words reason_lines(const std::string& heading, std::size_t n, const ReasonCounts& reasons,
                   const Language& lang) {
  Words lines{counted_words(heading, n)};
  std::vector<std::pair<std::string, std::size_t>> sorted(reasons.begin(), reasons.end());
  std::ranges::stable_sort(sorted, std::greater<>(), [](const auto& entry) { return entry.second; });
  std::size_t rest = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const auto& [code, count] = sorted[i];
    if (i < MOST_REASONS)
      lines.push_back((code.empty() ? lang("no reason given") : code) + " " + grouped(count));
    else
      rest += count;
  }
  if (rest > 0) lines.push_back(lang("other reasons") + " " + grouped(rest));
  return lines;
}

void leave_out(Step& step, const std::string& heading, std::size_t n, const ReasonCounts& reasons,
               const Language& lang) {
  if (n > 0) step.left_out.push_back(reason_lines(heading, n, reasons, lang));
}

ReasonCounts reasons_of(const FlowCounts& counts, Status status) {
  const auto found = counts.reasons.find(status);
  return found == counts.reasons.end() ? ReasonCounts{} : found->second;
}

std::vector<Step> ledger_steps(const FlowCounts& counts, const Language& lang) {
  std::vector<Step> steps;
  if (counts.files_found && counts.files_in_cases) {
    Step files{{counted_words(lang("Files found"), *counts.files_found)}, {}};
    leave_out(files, lang("Files in no case"),
              *counts.files_found - std::min(*counts.files_found, *counts.files_in_cases), counts.unassigned,
              lang);
    steps.push_back(std::move(files));
  }
  Step cases{{counted_words(lang("Cases"), counts.cases)}, {}};
  const std::size_t skipped = counts.by_status.at(Status::skipped);
  leave_out(cases, lang("Not eligible, by rule"), skipped, reasons_of(counts, Status::skipped), lang);
  steps.push_back(std::move(cases));
  Step eligible{{counted_words(lang("Eligible cases"), counts.eligible)}, {}};
  leave_out(eligible, lang("Refused"), counts.by_status.at(Status::refused),
            reasons_of(counts, Status::refused), lang);
  leave_out(eligible, lang("Failed"), counts.by_status.at(Status::failed), reasons_of(counts, Status::failed),
            lang);
  leave_out(eligible, lang("Interrupted"), counts.by_status.at(Status::interrupted),
            reasons_of(counts, Status::interrupted), lang);
  if (skipped > 0) {
    steps.push_back(std::move(eligible));
  } else {
    steps.back().left_out = std::move(eligible.left_out);  // all cases are eligible
  }
  steps.push_back({{counted_words(lang("Cases with a result"), counts.done)}, {}});
  return steps;
}

void add_unit_steps(std::vector<Step>& steps, const FlowCounts& counts, const Language& lang) {
  const FlowUnits& units = *counts.units;
  const std::size_t usable = units.labelled - units.without_result;
  if (!units.are_patients)
    leave_out(steps.back(), lang("Without a label"), counts.done - std::min(counts.done, usable), {}, lang);
  Step labelled{{counted_words(units.are_patients ? lang("Patients with a label and a result")
                                                  : lang("Cases with a label and a result"),
                               usable)},
                {}};
  leave_out(labelled, lang("Not in the test set"), units.not_test, {}, lang);
  leave_out(labelled, lang("Truth or score missing"), units.not_judged, {}, lang);
  steps.push_back(std::move(labelled));
  Step analysed{{counted_words(units.are_patients ? lang("Patients analysed") : lang("Cases analysed"),
                               units.analysed)},
                {}};
  if (units.patients && !units.are_patients)
    analysed.words.push_back(counted_words(lang("Patients"), *units.patients));
  steps.push_back(std::move(analysed));
}

struct Block {
  std::string svg;
  double height = 0;
};

/// `words` in a box at the place; long lines are wrapped.
Block box(double x, double y, double width, const Words& words, const std::string& kind) {
  std::string text;
  double line = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    for (const std::string& piece : wrapped(words[i], width - 2 * PADDING, 3, i == 0 ? 11.5 : SMALL_TEXT)) {
      text += label(x + PADDING, y + PADDING + LINE * (line + 0.72), i == 0 ? "strong small" : "soft",
                    html::escape(piece));
      ++line;
    }
  }
  const double height = LINE * line + 2 * PADDING - 3;
  return {rectangle(x, y, width, height, kind) + text, height};
}

std::string arrow(double x1, double y1, double x2, double y2) {
  const double dx = x2 > x1 ? 1 : 0, dy = y2 > y1 ? 1 : 0;
  const std::string head = "M" + number(x2) + " " + number(y2) + "L" + number(x2 - 6 * dx - 3.5 * dy) + " " +
                           number(y2 - 6 * dy - 3.5 * dx) + "L" + number(x2 - 6 * dx + 3.5 * dy) + " " +
                           number(y2 - 6 * dy + 3.5 * dx) + "Z";
  return line(x1, y1, x2 - 4 * dx, y2 - 4 * dy, "arrow") + "<path class=\"arrow-head\" d=\"" + head + "\"/>";
}

/// The step's box and its side boxes below one another; the height reaches to where the next box begins.
Block step_picture(const Step& step, double y, bool is_last) {
  constexpr double MIDDLE = MAIN_WIDTH / 2;
  const Block main = box(0.5, y, MAIN_WIDTH, step.words, "box");
  Block out{main.svg, main.height};
  if (is_last) return out;
  double side_y = y + main.height + 6;
  std::string sides;
  for (const Words& words : step.left_out) {
    const Block side = box(SIDE_LEFT, side_y, SIDE_WIDTH, words, "box aside");
    sides += side.svg + arrow(MIDDLE, side_y + side.height / 2, SIDE_LEFT, side_y + side.height / 2);
    side_y += side.height + 6;
  }
  const double next = step.left_out.empty() ? y + main.height + GAP : side_y + 4;
  out.svg += arrow(MIDDLE, y + main.height, MIDDLE, next) + sides;
  out.height = next - y;
  return out;
}

/// Of one finding: who has it and who was called, side by side below the last box.
Block finding_boxes(const FlowFinding& finding, double y, const Language& lang) {
  constexpr double WIDTH = (NARROW - 14) / 2 - 0.5;
  auto words = [&](const std::string& heading, std::size_t n, std::size_t called, std::size_t not_called) {
    Words lines{counted_words(heading, n)};
    if (finding.has_decisions) {
      lines.push_back(counted_words(lang("called positive"), called));
      lines.push_back(counted_words(lang("called negative"), not_called));
    }
    return lines;
  };
  const double top = y + GAP + 6;
  const Block with =
      box(0.5, top, WIDTH,
          words(lang("With the finding"), finding.positive, finding.true_positive, finding.false_negative),
          "box");
  const Block without =
      box(NARROW - WIDTH - 0.5, top, WIDTH,
          words(lang("Without the finding"), finding.negative, finding.false_positive, finding.true_negative),
          "box");
  const double from = MAIN_WIDTH / 2, across = NARROW - WIDTH / 2;
  return {with.svg + without.svg + arrow(from, y, from, top) + line(from, y + 10, across, y + 10, "arrow") +
              arrow(across, y + 10, across, top),
          top + std::max(with.height, without.height) - y};
}

std::string in_words(const FlowCounts& counts) {
  std::vector<std::string> parts;
  for (const auto& [status, n] : counts.by_status)
    if (n > 0) parts.push_back(std::to_string(n) + " " + std::string(name(status)));
  std::string text = "Of " + counted(counts.cases, "case") + ": " + join(parts, ", ") + ".";
  if (counts.units)
    text += " Analysed: " + counted(counts.units->analysed, counts.units->are_patients ? "patient" : "case") +
            ".";
  return text;
}

}  // namespace

std::string flow_chart(const FlowCounts& counts, const Language& lang) {
  if (counts.cases == 0) return {};
  std::vector<Step> steps = ledger_steps(counts, lang);
  if (counts.units) add_unit_steps(steps, counts, lang);
  std::string inner;
  double y = 1;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Block block = step_picture(steps[i], y, i + 1 == steps.size());
    inner += block.svg;
    y += block.height;
  }
  if (counts.units && counts.units->findings.size() == 1 &&
      counts.units->findings[0].positive + counts.units->findings[0].negative > 0) {
    const Block boxes = finding_boxes(counts.units->findings[0], y, lang);
    inner += boxes.svg;
    y += boxes.height;
  }
  return picture(NARROW, y + 1, "flow", lang("What happened to the cases"), in_words(counts), inner);
}

}  // namespace radbatch
