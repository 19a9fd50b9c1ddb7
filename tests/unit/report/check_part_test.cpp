// What the tests of the parts check in each of them, and that these checks find what they look for.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <regex>
#include <set>

#include "example_analysis.hpp"

namespace radbatch {
namespace {

/// Numbers of a JSON value, those inside of texts too.
void collect_numbers(const Json& json, std::vector<double>& numbers) {
  static const std::regex number(R"(\d+(\.\d+)?(e-?\d+)?)");
  if (json.is_number()) numbers.push_back(json.get<double>());
  if (json.is_structured()) {
    for (const auto& [key, item] : json.items()) {
      if (json.is_object()) collect_numbers(Json(key), numbers);
      collect_numbers(item, numbers);
    }
  }
  if (!json.is_string()) return;
  std::string text = json.get<std::string>();
  std::erase(text, ',');
  for (auto it = std::sregex_iterator(text.begin(), text.end(), number); it != std::sregex_iterator(); ++it)
    numbers.push_back(std::strtod(it->str().c_str(), nullptr));
}

/// The first number in the page's text that `numbers` does not hold, rounded as it is printed; "" when none.
std::string number_without_source(const ReportPart& part) {
  std::vector<double> known;
  collect_numbers(part.numbers, known);
  std::string text = std::regex_replace(part.html, std::regex("<svg[^]*?</svg>|<[^>]*>|&#?[a-z0-9]+;"), " ");
  std::erase(text, ',');
  static const std::regex number(R"(\d+(\.\d+)?(e-?\d+)?)");
  for (auto it = std::sregex_iterator(text.begin(), text.end(), number); it != std::sregex_iterator(); ++it) {
    const double printed = std::strtod(it->str().c_str(), nullptr);
    const std::size_t decimals = (*it)[1].matched ? (*it)[1].length() - 1 : 0;
    const double half = (0.5 + 1e-6) * std::pow(10.0, -static_cast<double>(decimals));
    const double reach = (*it)[2].matched ? 1e-6 * printed : half;
    const bool is_known = std::any_of(known.begin(), known.end(), [&](double value) {
      return std::abs(std::abs(value) - printed) <= reach ||
             std::abs(std::abs(value) * 100 - printed) <= reach;
    });
    if (!is_known) return it->str();
  }
  return "";
}

bool has_only_finite_numbers(const Json& json) {
  if (json.is_number_float()) return std::isfinite(json.get<double>());
  if (!json.is_structured()) return true;
  return std::all_of(json.begin(), json.end(),
                     [](const Json& item) { return has_only_finite_numbers(item); });
}

/// What holds of every part whatever the data: finite numbers, unique ids, tables without ragged rows,
/// nothing of a name as markup, each number of the page in `numbers`, an estimate without a value says why.
}  // namespace

void check_part(const ReportPart& part) {
  CHECK(has_only_finite_numbers(part.numbers));
  CHECK(number_without_source(part) == "");
  for (const char* name : {"肺 <b>", "B <i>", "F <u>"}) CHECK(part.html.find(name) == std::string::npos);
  CHECK(part.html.find("nan") == std::string::npos);
  CHECK(part.html.find("<script") == std::string::npos);
  std::set<std::string> ids;
  for (const ReportTable& table : part.tables) {
    CHECK_MESSAGE(ids.insert("table " + table.id).second, table.id);
    CHECK(table.is_number.size() == table.header.size());
    for (const auto& row : table.rows) CHECK_MESSAGE(row.size() == table.header.size(), table.id);
  }
  for (const Figure& figure : part.figures)
    CHECK_MESSAGE(ids.insert("figure " + figure.id).second, figure.id);
  for (const CaseList& list : part.lists) CHECK_MESSAGE(ids.insert("list " + list.id).second, list.id);
  for (const MetricRow& row : part.metrics) {
    const Estimate& estimate = row.estimate;
    if (estimate.value) CHECK_MESSAGE(std::isfinite(*estimate.value), row.metric);
    if (!estimate.value) CHECK_MESSAGE(!estimate.why_not.empty(), row.metric);
    if (!estimate.interval) continue;
    CHECK(std::isfinite(estimate.interval->low));
    CHECK(std::isfinite(estimate.interval->high));
    CHECK(!estimate.interval->method.empty());
  }
}

TEST_CASE("a number of the page that is not in numbers is found, one that is rounded there is not") {
  ReportPart part;
  part.html = "<td class=\"n3\">0.912</td> of 1,204 McNemar&#39;s <svg><text>7.5</text></svg>";
  part.numbers = {{"auroc", 0.91249}, {"n", 1204}};
  CHECK(number_without_source(part) == "");
  part.numbers["auroc"] = 0.9131;
  CHECK(number_without_source(part) == "0.912");
}

}  // namespace radbatch
