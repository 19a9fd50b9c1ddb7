#include "radbatch/report/part.hpp"

#include <algorithm>
#include <cmath>

#include "radbatch/base/hash.hpp"
#include "radbatch/report/html.hpp"

namespace radbatch {

using namespace html;

namespace {

/// Longer tables are opened by who wants them; those of a model's findings stay open.
constexpr std::size_t MOST_OPEN_ROWS = 20;

/// A column of remarks that has none is left out of the page, not of the files.
bool is_empty_column(const ReportTable& table, std::size_t column) {
  return std::ranges::all_of(table.rows, [&](const std::vector<std::string>& row) {
    return column < row.size() && row[column].empty();
  });
}

}  // namespace

std::string html_table(const ReportTable& table) {
  std::vector<bool> is_shown;
  for (std::size_t c = 0; c < table.header.size(); ++c)
    is_shown.push_back(c == 0 || table.rows.empty() || !is_empty_column(table, c));
  std::string header;
  for (std::size_t c = 0; c < table.header.size(); ++c) {
    if (!is_shown[c]) continue;
    header += element("th", table.is_number.at(c) ? "scope=\"col\" class=\"num\"" : "scope=\"col\"",
                      escape(table.header[c]));
  }
  std::string rows;
  for (const std::vector<std::string>& row : table.rows) {
    std::string cells;
    for (std::size_t c = 0; c < row.size(); ++c) {
      if (!is_shown.at(c)) continue;
      const std::string text = escape(row[c]);
      cells += table.is_number.at(c) ? number_cell(text) : c == 0 ? row_head(text) : cell(text);
    }
    rows += element("tr", "", cells);
  }
  const std::string note = table.note.empty() ? "" : element("p", "class=\"note\"", escape(table.note));
  std::string drawn = html::table("", element("tr", "", header), rows, table.title);
  if (table.rows.size() > MOST_OPEN_ROWS)
    drawn = element("details", "", element("summary", "", escape(table.title)) + drawn);
  return drawn + note;
}

std::string html_figure(const Figure& figure) {
  const bool ends = figure.caption.empty() || figure.title.ends_with('.');
  return element("figure", "id=\"figure-" + escape(figure.id) + "\"",
                 figure.svg + element("figcaption", "",
                                      element("b", "", escape(figure.title) + (ends ? "" : ".")) + " " +
                                          element("span", "class=\"soft\"", escape(figure.caption))));
}

std::string list_link(std::string_view list_id, std::string_view inner) {
  return element("a", "href=\"#list-" + escape(list_id) + "\"", inner);
}

std::string file_stem(std::string_view id) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  std::string stem(id.substr(0, 100));
  for (char& c : stem) {
    if (letters.find(c) == std::string_view::npos) c = '-';
  }
  if (stem.starts_with('.')) stem.front() = '-';
  return stem == id && !stem.empty() ? stem : stem + "-" + sha256_hex(id).substr(0, 8);
}

Json estimate_json(const Estimate& estimate) {
  Json json = {{"value", estimate.value ? Json(*estimate.value) : Json()},
               {"n", estimate.n},
               {"n_positive", estimate.n_positive}};
  if (estimate.interval) {
    json["lower"] = estimate.interval->low;
    json["upper"] = estimate.interval->high;
    json["level"] = estimate.interval->level;
    json["method"] = estimate.interval->method;
  }
  if (!estimate.why_not.empty()) json["why_not"] = estimate.why_not;
  return json;
}

std::string estimate_text(const Estimate& estimate, int decimals) {
  auto text_of = [&](double value) -> std::string {
    if (std::isnan(value)) return "–";
    if (std::isinf(value)) return value > 0 ? "∞" : "-∞";
    return fixed(value, decimals);
  };
  if (!estimate.value || std::isnan(*estimate.value)) return "–";
  const std::string text = text_of(*estimate.value);
  if (!estimate.interval) return text;
  // A dash before a minus sign would be read as one number.
  const bool is_negative = estimate.interval->low < 0 || estimate.interval->high < 0;
  return text + " (" + text_of(estimate.interval->low) + (is_negative ? " to " : "–") +
         text_of(estimate.interval->high) + ")";
}

}  // namespace radbatch
