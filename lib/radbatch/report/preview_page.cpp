#include "radbatch/report/preview_page.hpp"

#include <algorithm>

#include "radbatch/base/text.hpp"
#include "radbatch/report/html.hpp"
#include "radbatch/report/page.hpp"

namespace radbatch {
namespace {

using namespace html;

constexpr std::size_t most_ids = 20;

constexpr std::string_view preview_style = R"css(
.sheet { margin: 0 0 2.2rem; } .sheet img { display: block; max-width: 100%; height: auto; background: #000; }
.sheet figcaption { font-weight: 400; margin-bottom: .5rem; } .sheet code { font-weight: 600; }
.alarm { display: inline-block; padding: 0 .5rem; border-radius: .7rem; font-size: .78rem; line-height: 1.4rem; background: var(--badge-failed); color: var(--on-strong); }
.empty { padding: .8rem 1rem; background: var(--wash); color: var(--soft); font-size: .9rem; }
)css";

std::string alarm_badges(const std::vector<std::string>& alarms) {
  std::string badges;
  for (const std::string& alarm : alarms) badges += " " + element("span", "class=\"alarm\"", escape(alarm));
  return badges;
}

std::string figure_of(const PreviewCase& one) {
  std::string caption = element("code", "", escape(one.case_id)) + " " +
                        element("span", "class=\"soft\"", escape(join(one.why, ", "))) +
                        alarm_badges(one.alarms);
  if (!one.facts.empty()) caption += "<br>" + element("span", "class=\"soft\"", escape(one.facts));
  std::string picture = element("p", "class=\"empty\"", escape(one.absence));
  if (!one.png.empty()) {
    picture = "<img alt=\"The image of " + escape(one.case_id) +
              " as it was read and as the network sees it\" src=\"data:image/png;base64," +
              to_base64(one.png) + "\">";
  }
  return element("figure", "class=\"sheet\" id=\"" + escape(one.case_id) + "\"",
                 element("figcaption", "", caption) + picture) +
         "\n";
}

std::string ids_text(const std::vector<std::string>& ids, const PreviewContent& content) {
  std::string text;
  for (std::size_t i = 0; i < ids.size() && i < most_ids; ++i) {
    const bool is_shown =
        std::ranges::find(content.cases, ids[i], &PreviewCase::case_id) != content.cases.end();
    const std::string id = element("code", "", escape(ids[i]));
    text += (i > 0 ? ", " : "") + (is_shown ? element("a", "href=\"#" + escape(ids[i]) + "\"", id) : id);
  }
  if (ids.size() > most_ids) text += ", ...";
  return text;
}

std::string alarm_section(const PreviewContent& content) {
  const std::string scope = content.has_looked_at_all ? "all prepared cases" : "the cases below";
  if (content.alarms.empty()) {
    return section("alarms", "Alarms", element("p", "", "None among " + scope + "."));
  }
  std::string rows;
  for (const auto& [alarm, ids] : content.alarms) {
    rows +=
        element("tr", "",
                cell(element("span", "class=\"alarm\"", escape(alarm.name))) + cell(escape(alarm.meaning)) +
                    number_cell(grouped(ids.size())) + cell(ids_text(ids, content)));
  }
  return section(
      "alarms", "Alarms",
      element("p", "class=\"note\"", "Among " + scope + ". An alarm is a reason to look, not a fault.") +
          table("", header_row({"alarm", "what it means", "#cases", "which"}), rows));
}

std::string page_header(const PreviewContent& content) {
  const auto drawn = static_cast<std::size_t>(
      std::ranges::count_if(content.cases, [](const PreviewCase& one) { return !one.png.empty(); }));
  std::string cards = key_figure(grouped(content.n_cases), content.n_cases == 1 ? "case" : "cases");
  cards += key_figure(grouped(drawn), "shown");
  cards += key_figure(grouped(content.alarms.size()), "kinds of alarm");
  return element("header", "",
                 element("p", "class=\"eyebrow\"", "radbatch preview") +
                     element("h1", "", escape(content.title)) +
                     element("p", "class=\"subtitle\"", escape(content.subtitle)) +
                     element("p", "class=\"banner\"", "For research only. Not for clinical use.") +
                     element("div", "class=\"figures\"", cards)) +
         "\n";
}

}  // namespace

std::string render_preview_page(const PreviewContent& content) {
  std::string figures = element(
      "p", "class=\"note\"",
      "Above or at the left the image as it was read, below or at the right the tensor that the network "
      "takes, over the tensor's own range of values. Letters at the edges: R L right and left of the "
      "patient, A P front and back, H F head and feet. Bars: all values, heights by the square root.");
  for (const PreviewCase& one : content.cases) figures += figure_of(one);
  const std::string body =
      page_header(content) +
      element("main", "id=\"main\"", "\n" + alarm_section(content) + section("cases", "Cases", figures)) +
      "\n" + element("footer", "", "Made by radbatch. Not for clinical use.") + "\n";
  return document(content.title, style_sheet() + std::string(preview_style), body);
}

}  // namespace radbatch
