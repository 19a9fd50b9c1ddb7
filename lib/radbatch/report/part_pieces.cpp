#include "radbatch/report/part_pieces.hpp"

#include <utility>

#include "radbatch/report/html.hpp"
#include "radbatch/store/table.hpp"

namespace radbatch {

using namespace html;

namespace {

/// With the sign that is as wide as a digit.
std::string signed_number(double value, int decimals, bool with_plus) {
  const std::string digits = fixed(value, decimals);
  if (digits.starts_with('-')) return "−" + digits.substr(1);
  return (with_plus && value > 0 ? "+" : "") + digits;
}

}  // namespace

void add_heading(ReportPart& part, const std::string& text) {
  part.html += element("h3", "", escape(text));
}

void add_note(ReportPart& part, const std::string& text) {
  part.html += element("p", "class=\"note\"", escape(text));
  part.numbers["notes"].push_back(text);
}

void add_table(ReportPart& part, ReportTable table) {
  part.html += html_table(table);
  if (!table.note.empty()) part.numbers["notes"].push_back(table.note);
  part.tables.push_back(std::move(table));
}

void add_folded_table(ReportPart& part, const std::string& summary, ReportTable table) {
  ReportPart inner;
  add_table(inner, table);
  // A long table folds by itself.
  part.html += inner.html.starts_with("<details")
                   ? inner.html
                   : element("details", "", element("summary", "", escape(summary)) + inner.html);
  if (!table.note.empty()) part.numbers["notes"].push_back(table.note);
  part.tables.push_back(std::move(table));
}

void add_figure(ReportPart& part, Figure figure) {
  part.html += html_figure(figure);
  part.numbers["captions"].push_back(figure.caption);
  part.figures.push_back(std::move(figure));
}

void add_list(ReportPart& part, CaseList list) {
  if (list.units.empty()) return;
  part.html += element("p", "", list_link(list.id, escape(list.title) + ": " + grouped(list.units.size())));
  part.numbers["lists"][list.id] = list.units.size();
  part.lists.push_back(std::move(list));
}

std::string p_text(const std::optional<double>& p) {
  if (!p) return "–";
  return *p < SMALLEST_PRINTED_P ? "< 0.001" : fixed(*p, 3);
}

std::string difference_text(const Estimate& estimate, int decimals) {
  if (!estimate.value) return "–";
  std::string text = signed_number(*estimate.value, decimals, true);
  if (!estimate.interval) return text;
  return text + " (" + signed_number(estimate.interval->low, decimals, false) + " to " +
         signed_number(estimate.interval->high, decimals, false) + ")";
}

std::string value_text(const std::optional<double>& value, int decimals) {
  return value ? signed_number(*value, decimals, false) : "–";
}

std::string level_text(double level) {
  return shortest(level * 100) + " %";
}

Json optional_json(const std::optional<double>& value) {
  return value ? Json(*value) : Json();
}

}  // namespace radbatch
