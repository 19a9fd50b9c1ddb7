#include "radbatch/report/metrics_table.hpp"

#include <cmath>

namespace radbatch {
namespace {

Cell number_cell(std::optional<double> value) {
  return value && std::isfinite(*value) ? Cell(*value) : Cell();
}

/// Parts never give a value that is no number; should one, the table says so rather than hide it.
std::string note_of(const Estimate& estimate) {
  if (estimate.value && !std::isfinite(*estimate.value))
    return estimate.why_not.empty() ? "not a finite number" : estimate.why_not;
  return estimate.why_not;
}

}  // namespace

Table metrics_table(std::span<const MetricRow> rows) {
  Table table({{"finding", ColumnType::text, "empty: over all findings"},
               {"metric", ColumnType::category, "what was measured", {}, true},
               {"value", ColumnType::float64, "empty: not defined, see note"},
               {"lower", ColumnType::float64, "lower bound of the interval"},
               {"upper", ColumnType::float64, "upper bound of the interval"},
               {"method", ColumnType::category, "how the interval was made"},
               {"n", ColumnType::integer, "units that it was made from", {}, true},
               {"n_positive", ColumnType::integer, "those with the finding", {}, true},
               {"subgroup", ColumnType::text, "column=value; empty: all"},
               {"model", ColumnType::text, "model, rerun or reader; of a difference \"a - b\""},
               {"level", ColumnType::float64, "confidence level of the interval"},
               {"note", ColumnType::text, "why there is no value or no interval"}});
  for (const MetricRow& row : rows) {
    const Estimate& estimate = row.estimate;
    const auto bound = [&](double Interval::*side) {
      return estimate.interval ? number_cell((*estimate.interval).*side) : Cell();
    };
    table.add_row({text_cell(row.finding), row.metric, number_cell(estimate.value), bound(&Interval::low),
                   bound(&Interval::high), text_cell(estimate.interval ? estimate.interval->method : ""),
                   static_cast<std::int64_t>(estimate.n), static_cast<std::int64_t>(estimate.n_positive),
                   text_cell(row.subgroup), text_cell(row.model), bound(&Interval::level),
                   text_cell(note_of(estimate))});
  }
  return table;
}

}  // namespace radbatch
