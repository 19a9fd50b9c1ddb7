#include "radbatch/batch/beyond_columns.hpp"

#include <algorithm>

#include "radbatch/model/uncertainty.hpp"

namespace radbatch {
namespace {

std::vector<ScoreColumn> score_columns_of(const Bundle& bundle) {
  std::vector<ScoreColumn> columns = score_columns(bundle);
  std::erase_if(columns, [](const ScoreColumn& column) {
    return column.kind != ColumnKind::probability && column.kind != ColumnKind::value;
  });
  return columns;
}

std::string entropy_name(const Bundle& bundle, const Head& head) {
  return bundle.heads.size() > 1 ? head.name + "_entropy" : "entropy";
}

ResultColumn number(std::string name, std::string description, std::string unit, Json properties = nullptr) {
  Column column{name,  ColumnType::float32,  std::move(description), std::move(unit),
                false, std::move(properties)};
  return {std::move(column), [name = std::move(name)](const Json& result) -> Cell {
            const auto found = result.find(name);
            if (found == result.end() || found->is_null()) return std::monostate{};
            return static_cast<double>(found->get<float>());
          }};
}

ResultColumn text(std::string name, std::string description, Json properties) {
  Column column{name, ColumnType::text, std::move(description), {}, false, std::move(properties)};
  return {std::move(column), [name = std::move(name)](const Json& result) -> Cell {
            const auto found = result.find(name);
            if (found == result.end() || found->is_null()) return std::monostate{};
            return found->get<std::string>();
          }};
}

std::string set_description(const ConformalColumn& column) {
  const std::string what = column.finding ? "which of 0 and 1 fit" : "the findings that fit";
  return "conformal set: " + what + ", separated by spaces; {} where none does";
}

}  // namespace

std::vector<ResultColumn> spread_columns(const Bundle& bundle) {
  std::vector<ResultColumn> columns;
  for (const ScoreColumn& score : score_columns_of(bundle))
    columns.push_back(number(score.name + "_sd",
                             "standard deviation over folds and test-time sights, before calibration", ""));
  return columns;
}

void add_spread(const Bundle& bundle, const MemberScores& scores, Json& result) {
  for (const ScoreColumn& score : score_columns_of(bundle))
    result[score.name + "_sd"] = static_cast<float>(scores.sd[score.head][score.finding]);
}

std::vector<ResultColumn> entropy_columns(const Bundle& bundle) {
  std::vector<ResultColumn> columns;
  for (const Head& head : bundle.heads) {
    if (head.kind == HeadKind::regression) continue;
    columns.push_back(
        number(entropy_name(bundle, head), "entropy of the probabilities of " + head.name, "nat"));
  }
  return columns;
}

void add_entropy(const Bundle& bundle, const CaseScores& scores, Json& result) {
  for (std::size_t h = 0; h < bundle.heads.size(); ++h) {
    const Head& head = bundle.heads[h];
    if (const auto nats = entropy(head.kind, scores.heads[h].values))
      result[entropy_name(bundle, head)] = static_cast<float>(*nats);
  }
}

std::vector<ResultColumn> set_columns(const Bundle& bundle, const ConformalRule& rule) {
  std::vector<ResultColumn> columns;
  for (const ConformalColumn& column : conformal_columns(bundle)) {
    const std::size_t i = columns.size();
    columns.push_back(text(column.name, set_description(column),
                           {{"conformal_method", name(rule.method)},
                            {"alpha", rule.alpha},
                            {"conformal_threshold", rule.thresholds.at(i)},
                            {"calibration_cases", rule.cases.at(i)}}));
  }
  return columns;
}

void add_sets(const Bundle& bundle, const ConformalRule& rule, const CaseScores& scores, Json& result) {
  const std::vector<std::string> cells = conformal_cells(bundle, rule, scores);
  const std::vector<ConformalColumn> columns = conformal_columns(bundle);
  for (std::size_t i = 0; i < columns.size(); ++i) result[columns[i].name] = cells[i];
}

ResultColumn distance_column(const Bundle& bundle, const std::string& kind) {
  const Reference& reference = bundle.reference;
  const bool is_features = kind == "features";
  const bool is_wasserstein = !is_features && reference.histogram->distance == HistogramDistance::wasserstein;
  const std::optional<double> limit = is_features ? reference.features->limit : reference.histogram->limit;
  Json properties = {{"ood_kind", is_features      ? "mahalanobis"
                                  : is_wasserstein ? "wasserstein"
                                                   : "jensen-shannon"}};
  if (limit) properties["limit"] = *limit;
  return number("ood_score", "distance from the training data: of the " + kind, "", std::move(properties));
}

}  // namespace radbatch
