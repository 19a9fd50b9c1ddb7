#include "radbatch/report/case_lists.hpp"

#include <algorithm>
#include <set>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/report/html.hpp"
#include "radbatch/report/table_files.hpp"

namespace radbatch {
namespace {

using namespace html;

std::string list_html(const AnalysisData& data, const CaseList& list, std::size_t most_ids,
                      const std::string& place) {
  const std::size_t n_shown = std::min(list.units.size(), most_ids);
  std::string items;
  for (std::size_t i = 0; i < n_shown; ++i)
    items += element("li", "", element("code", "", escape(data.unit_ids.at(list.units[i]))));
  const std::string file = element("code", "", escape(place + file_stem(list.id) + ".csv"));
  const std::string rest =
      n_shown < list.units.size() ? "The first " + grouped(n_shown) + " are shown; all are in " : "Also in ";
  const std::string summary =
      escape(list.title) + " " + element("span", "class=\"soft\"", grouped(list.units.size()));
  // The anchor stands inside: a link to what is in closed details opens them.
  const std::string inside = element("div", "id=\"list-" + escape(list.id) + "\"",
                                     (items.empty() ? "" : element("ul", "class=\"ids\"", items)) +
                                         element("p", "class=\"note\"", rest + file + "."));
  return element("details", "", element("summary", "", summary) + inside) + "\n";
}

}  // namespace

std::string case_lists_html(const PartContext& ctx, std::span<const CaseList> lists, std::size_t most_ids,
                            const std::string& place) {
  std::string out;
  for (const CaseList& list : lists) out += list_html(ctx.data, list, most_ids, place);
  return out;
}

Json case_lists_json(std::span<const CaseList> lists) {
  Json json = Json::object();
  for (const CaseList& list : lists) json[list.id] = {{"title", list.title}, {"n", list.units.size()}};
  return json;
}

void write_case_lists(const AnalysisData& data, std::span<const CaseList> lists,
                      const std::filesystem::path& folder) {
  if (lists.empty()) return;
  make_folder(folder);
  for (const CaseList& list : lists) {
    std::string csv = "case_id\n";
    for (const std::uint32_t unit : list.units) csv.append(csv_quoted(data.unit_ids.at(unit))).append("\n");
    write_file_atomically(folder / (file_stem(list.id) + ".csv"), csv);
  }
}

std::string without_dead_links(const std::string& html, std::span<const CaseList> lists) {
  constexpr std::string_view start = "<a href=\"#list-";
  std::set<std::string> known;
  for (const CaseList& list : lists) known.insert(escape(list.id));
  std::string out;
  std::size_t at = 0;
  for (std::size_t link = 0; (link = html.find(start, at)) != std::string::npos;) {
    const std::size_t name = link + start.size();
    const std::size_t quote = html.find('"', name);
    const std::size_t open_end = html.find('>', quote);
    const std::size_t close = html.find("</a>", open_end);
    if (quote == std::string::npos || open_end == std::string::npos || close == std::string::npos) break;
    out.append(html, at, link - at);
    if (known.contains(html.substr(name, quote - name))) {
      out.append(html, link, close + 4 - link);
    } else {
      out.append(html, open_end + 1, close - open_end - 1);
    }
    at = close + 4;
  }
  return out.append(html, at, std::string::npos);
}

}  // namespace radbatch
