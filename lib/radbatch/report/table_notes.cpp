#include "radbatch/report/table_notes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "radbatch/base/text.hpp"

namespace radbatch {

void MethodNotes::add(const std::string& column, const std::string& row, const Estimate& estimate) {
  if (!estimate.interval) return;
  if (std::ranges::find(order_, column) == order_.end()) order_.push_back(column);
  std::vector<std::string>& rows = rows_[column][estimate.interval->method];
  if (rows.empty() || rows.back() != row) rows.push_back(row);
  level_ = estimate.interval->level;
}

std::string MethodNotes::of_column(const ByMethod& methods) {
  const auto most = std::ranges::max_element(methods, {}, [](const auto& one) { return one.second.size(); });
  std::string text = most->first;
  for (const auto& [method, rows] : methods)
    if (method != most->first) text += " (" + join(rows, ", ") + ": " + method + ")";
  return text;
}

std::string MethodNotes::text() const {
  std::vector<std::pair<std::string, std::vector<std::string>>> by_text;
  for (const std::string& column : order_) {
    const std::string methods = of_column(rows_.at(column));
    const auto known = std::ranges::find(by_text, methods, [](const auto& one) { return one.first; });
    if (known == by_text.end()) {
      by_text.push_back({methods, {column}});
    } else {
      known->second.push_back(column);
    }
  }
  if (by_text.empty()) return "";
  std::vector<std::string> parts;
  for (const auto& [methods, columns] : by_text) parts.push_back(join(columns, ", ") + ": " + methods);
  return fmt::format("In brackets {:g} % intervals. {}.", 100 * level_, join(parts, ". "));
}

void ReasonNotes::add(const std::string& column, const std::string& row, const std::string& why) {
  if (!why.empty()) reasons_.push_back({column, row, why});
}

std::string ReasonNotes::of_row(const std::string& row) const {
  std::vector<std::pair<std::string, std::vector<std::string>>> by_why;
  for (const Reason& reason : reasons_) {
    if (reason.row != row) continue;
    auto known = std::ranges::find(by_why, reason.why, [](const auto& one) { return one.first; });
    if (known == by_why.end()) known = by_why.insert(by_why.end(), {reason.why, {}});
    if (!reason.column.empty()) known->second.push_back(reason.column);
  }
  std::vector<std::string> parts;
  for (const auto& [why, columns] : by_why)
    parts.push_back(columns.empty() ? why : join(columns, ", ") + ": " + why);
  return join(parts, "; ");
}

std::string ReasonNotes::text() const {
  std::vector<std::pair<std::string, std::vector<std::string>>> by_reason;
  for (const Reason& reason : reasons_) {
    const std::string key = (reason.column.empty() ? "" : reason.column + " of ") + "\n" + reason.why;
    auto known = std::ranges::find(by_reason, key, [](const auto& one) { return one.first; });
    if (known == by_reason.end()) known = by_reason.insert(by_reason.end(), {key, {}});
    known->second.push_back(reason.row);
  }
  std::string text;
  for (const auto& [key, rows] : by_reason) {
    const std::size_t end = key.find('\n');
    text = sentences(text, key.substr(0, end) + join(rows, ", ") + ": " + key.substr(end + 1) + ".");
  }
  return text;
}

std::string sentences(const std::string& first, const std::string& second) {
  return first.empty() || second.empty() ? first + second : first + " " + second;
}

}  // namespace radbatch
