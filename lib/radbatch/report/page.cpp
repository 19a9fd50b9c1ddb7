#include "radbatch/report/page.hpp"

#include "radbatch/base/text.hpp"
#include "radbatch/report/html.hpp"

namespace radbatch {
namespace {

using namespace html;

std::string key_figures(const ReportContent& content) {
  const RunData& run = content.run;
  const std::size_t done = run.count(Status::done);
  const std::size_t skipped = run.count(Status::skipped);
  std::string cards = key_figure(grouped(run.cases.size()), run.cases.size() == 1 ? "case" : "cases");
  cards += key_figure(grouped(done), "with a result");
  if (skipped > 0) cards += key_figure(grouped(skipped), "skipped by rule");
  cards += key_figure(grouped(run.cases.size() - done - skipped), "refused, failed or interrupted");
  return element("div", "class=\"figures\"", cards);
}

std::string navigation(const ReportContent& content) {
  std::string links = "<a href=\"#cases\">Cases</a>";
  if (content.evaluation) links += "<a href=\"#labels\">Labels</a>";
  if (!content.run.findings.empty()) links += "<a href=\"#scores\">Scores</a>";
  if (content.explanations.n_explained > 0) links += "<a href=\"#explanations\">Explanations</a>";
  return element("nav", "", links + "<a href=\"#provenance\">Provenance</a>");
}

/// Model, version and the day of the last sitting, as far as run.json says.
std::string subtitle(const RunData& run) {
  std::vector<std::string> parts;
  const std::string model = text_at(run.run, {"model", "name"});
  const std::string version = text_at(run.run, {"model", "version"});
  if (!model.empty()) parts.push_back("Model " + model + (version.empty() ? "" : " " + version));
  if (run.run.contains("sittings") && run.run["sittings"].is_array() && !run.run["sittings"].empty()) {
    const std::string day = text_at(run.run["sittings"].back(), {"ended"}).substr(0, 10);
    if (!day.empty()) parts.push_back(day);
  }
  return escape(join(parts, " · "));
}

std::string page_header(const ReportContent& content) {
  const std::string line = subtitle(content.run);
  return element("header", "",
                 element("p", "class=\"eyebrow\"", "radbatch report") +
                     element("h1", "", escape(content.title)) +
                     (line.empty() ? "" : element("p", "class=\"subtitle\"", line)) +
                     element("p", "class=\"banner\"", "For research only. Not for clinical use.") +
                     key_figures(content) + navigation(content)) +
         "\n";
}

}  // namespace

std::string render_page(const ReportContent& content) {
  const std::string body =
      page_header(content) +
      element("main", "",
              "\n" + outcome_section(content) + evaluation_section(content) + scores_section(content) +
                  frames_section(content) + explanations_section(content.explanations) +
                  provenance_section(content)) +
      "\n" + element("footer", "", "Made by radbatch. Not for clinical use.") + "\n";
  return document(content.title, style_sheet(), body);
}

}  // namespace radbatch
