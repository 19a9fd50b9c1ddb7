#include "radbatch/batch/conformal_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/store/table.hpp"

namespace radbatch {
namespace {

std::string prefix_of(const Bundle& bundle, const Head& head) {
  return bundle.heads.size() > 1 ? head.name + "_" : "";
}

/// One calibration table, asked for the scores of one column after the other.
class CalibrationTable {
 public:
  CalibrationTable(const Bundle& bundle, const std::filesystem::path& path, const std::string& text)
      : bundle_(bundle),
        what_(path.filename().string()),
        table_(read_csv(text, what_)),
        status_(table_.find("status")) {}

  std::vector<double> true_scores(const ConformalColumn& column, ConformalMethod method) const {
    const Head& head = bundle_.heads[column.head];
    const std::size_t label = label_column(column);
    std::vector<std::size_t> values;
    for (std::size_t f = 0; f < head.findings.size(); ++f) {
      if (!column.finding || *column.finding == f)
        values.push_back(needed(prefix_of(bundle_, head) + "p_" + head.findings[f].slug));
    }
    std::vector<double> scores;
    for (std::size_t row = 0; row < table_.rows().size(); ++row) {
      if (const auto p = probabilities(row, values, label, column.finding.has_value()))
        scores.push_back(conformal_scores(method, *p).at(label_of(row, label, head, column)));
    }
    return scores;
  }

 private:
  std::size_t needed(const std::string& name) const {
    if (const auto found = table_.find(name)) return *found;
    throw Error(ExitCode::usage, fmt::format("{} has no column '{}'", printable(what_), name),
                "it needs the columns of predictions.csv and the truth: docs/beyond-a-score.md");
  }

  std::size_t label_column(const ConformalColumn& column) const {
    const Head& head = bundle_.heads[column.head];
    const std::string label = prefix_of(bundle_, head) + "label";
    if (!column.finding) return needed(label);
    const std::string own = label + "_" + head.findings[*column.finding].slug;
    if (head.kind == HeadKind::binary && !table_.find(own)) return needed(label);
    return needed(own);
  }

  /// Nothing for a row without label, score or the status done.
  std::optional<std::vector<double>> probabilities(std::size_t row, const std::vector<std::size_t>& columns,
                                                   std::size_t label, bool is_binary) const {
    if (table_.text(row, label).empty()) return std::nullopt;
    if (status_ && table_.text(row, *status_) != "done") return std::nullopt;
    std::vector<double> values;
    for (const std::size_t column : columns) {
      const std::string text = table_.text(row, column);
      if (text.empty()) return std::nullopt;
      values.push_back(probability(text, row, column));
    }
    if (is_binary) values.insert(values.begin(), 1 - values.front());
    return values;
  }

  double probability(const std::string& text, std::size_t row, std::size_t column) const {
    float value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc() && end == text.data() + text.size() && value >= 0 && value <= 1) return value;
    fail(row, fmt::format("'{}' in the column '{}' is no probability", printable(text),
                          table_.columns()[column].name));
  }

  std::size_t label_of(std::size_t row, std::size_t column, const Head& head,
                       const ConformalColumn& wanted) const {
    const std::string text = table_.text(row, column);
    if (wanted.finding) {
      // "1.0" is what pandas makes of a column that also has missing values.
      if (text == "0" || text == "0.0") return 0;
      if (text == "1" || text == "1.0") return 1;
      fail(row, fmt::format("the label '{}' is neither 0 nor 1", printable(text)));
    }
    const auto found = std::ranges::find_if(
        head.findings, [&](const Finding& finding) { return finding.slug == text || finding.name == text; });
    if (found != head.findings.end()) return static_cast<std::size_t>(found - head.findings.begin());
    std::vector<std::string> slugs;
    for (const Finding& finding : head.findings) slugs.push_back(finding.slug);
    fail(row,
         fmt::format("the label '{}' is no finding of the model ({})", printable(text), join(slugs, ", ")));
  }

  [[noreturn]] void fail(std::size_t row, const std::string& why) const {
    throw Error(ExitCode::usage, fmt::format("{}: line {}: {}", printable(what_), table_.line_of(row), why));
  }

  const Bundle& bundle_;
  std::string what_;
  Table table_;
  std::optional<std::size_t> status_;
};

std::string read_table(const std::filesystem::path& path) {
  try {
    return read_file(path);
  } catch (const Error& problem) {
    throw Error(ExitCode::usage, problem.message(), problem.hint());
  }
}

std::string set_text(const std::vector<std::size_t>& set, const Head& head, bool is_binary) {
  std::vector<std::string> words;
  for (const std::size_t label : set)
    words.push_back(is_binary ? std::to_string(label) : head.findings[label].slug);
  return words.empty() ? "{}" : join(words, " ");
}

}  // namespace

std::vector<ConformalColumn> conformal_columns(const Bundle& bundle) {
  std::vector<ConformalColumn> columns;
  for (std::size_t h = 0; h < bundle.heads.size(); ++h) {
    const Head& head = bundle.heads[h];
    const std::string name = prefix_of(bundle, head) + "conformal_set";
    if (head.kind == HeadKind::multi_class) columns.push_back({name, h, std::nullopt});
    if (head.kind != HeadKind::binary && head.kind != HeadKind::multi_label) continue;
    for (std::size_t f = 0; f < head.findings.size(); ++f)
      columns.push_back({name + "_" + head.findings[f].slug, h, f});
  }
  return columns;
}

ConformalRule read_conformal_table(const Bundle& bundle, const std::filesystem::path& table,
                                   ConformalMethod method, double alpha) {
  const std::string text = read_table(table);
  const CalibrationTable calibration(bundle, table, text);
  ConformalRule rule{method, alpha, {}, {}, sha256_hex(text)};
  for (const ConformalColumn& column : conformal_columns(bundle)) {
    std::vector<double> scores = calibration.true_scores(column, method);
    rule.cases.push_back(scores.size());
    try {
      rule.thresholds.push_back(conformal_threshold(std::move(scores), alpha));
    } catch (Error& problem) {
      throw problem.within(printable(table.filename().string()) + ": " + column.name);
    }
  }
  if (rule.thresholds.empty())
    throw Error(ExitCode::usage, "conformal sets are of probabilities; the model gives none");
  return rule;
}

std::vector<std::string> conformal_cells(const Bundle& bundle, const ConformalRule& rule,
                                         const CaseScores& scores) {
  std::vector<std::string> cells;
  for (const ConformalColumn& column : conformal_columns(bundle)) {
    const std::vector<float>& values = scores.heads[column.head].values;
    std::vector<double> p(values.begin(), values.end());
    if (column.finding) p = {1 - p[*column.finding], p[*column.finding]};
    const auto set = conformal_set(rule.method, rule.thresholds.at(cells.size()), p);
    cells.push_back(set_text(set, bundle.heads[column.head], column.finding.has_value()));
  }
  return cells;
}

Json to_json(const ConformalRule& rule) {
  return {{"method", name(rule.method)},
          {"alpha", rule.alpha},
          {"thresholds", rule.thresholds},
          {"cases", rule.cases},
          {"table_sha256", rule.table_sha256}};
}

ConformalRule conformal_rule_from_json(const Json& json) {
  return {parse_conformal_method(json.at("method").get<std::string>()), json.at("alpha").get<double>(),
          json.at("thresholds").get<std::vector<double>>(), json.at("cases").get<std::vector<std::size_t>>(),
          json.at("table_sha256").get<std::string>()};
}

}  // namespace radbatch
