#include "radbatch/report/page.hpp"

#include "radbatch/report/html.hpp"

namespace radbatch {
namespace {

using namespace html;

std::string key_figures(const PageContent& content) {
  std::string cards;
  for (const KeyFigure& figure : content.key_figures)
    cards += key_figure(grouped(figure.value), escape(figure.words));
  return element("div", "class=\"figures\"", cards);
}

/// What the study found, before how many cases it had.
std::string main_results(const PageContent& content) {
  std::string cards;
  for (const MainResult& result : content.main_results)
    cards += element("a", "class=\"figure\" href=\"#" + escape(result.section) + "\"",
                     element("b", "", escape(result.value)) + element("span", "", escape(result.words)));
  return cards.empty() ? "" : element("div", "class=\"figures results\"", cards);
}

std::string navigation(const PageContent& content) {
  std::string links;
  for (const ReportPart& part : content.parts) {
    if (!part.html.empty())
      links += element("a", "href=\"#" + escape(part.id) + "\"", escape(part.heading)) + "\n";
  }
  return element("nav", "aria-label=\"Sections\"", links);
}

std::string page_header(const PageContent& content) {
  return element(
             "header", "",
             element("p", "class=\"eyebrow\"", "radbatch report") + element("h1", "", escape(content.title)) +
                 (content.subtitle.empty() ? ""
                                           : element("p", "class=\"subtitle\"", escape(content.subtitle))) +
                 element("p", "class=\"banner\"", escape(content.banner)) + main_results(content) +
                 key_figures(content) + navigation(content)) +
         "\n";
}

}  // namespace

std::string render_page(const PageContent& content) {
  std::string sections;
  for (const ReportPart& part : content.parts) {
    if (!part.html.empty()) sections += section(escape(part.id), escape(part.heading), part.html);
  }
  const std::string body = page_header(content) + element("main", "id=\"main\"", "\n" + sections) + "\n" +
                           element("footer", "", "Made by radbatch. Not for clinical use.") + "\n";
  return document(content.title, style_sheet(), body, content.lang, content.skip_words);
}

}  // namespace radbatch
