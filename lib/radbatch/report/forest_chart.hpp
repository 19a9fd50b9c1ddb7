// Estimates with their intervals one below the other: subgroups, findings, differences of models.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "radbatch/stats/interval.hpp"

namespace radbatch {

struct ForestRow {
  std::string name = {};    ///< plain text
  std::string count = {};   ///< plain text beside the name: "24 / 310"
  Estimate estimate = {};   ///< without a value: its why_not is written in place of the mark
  bool is_heading = false;  ///< a name that groups the rows below it
  bool is_total = false;    ///< the whole, drawn as a diamond
};

/// Squares have areas by the rows' n, as in Lewis and Clarke, BMJ 322 (2001) 1479-1480; an interval that
/// leaves the axis ends in an arrow.
struct ForestChart {
  std::string title;  ///< for screen readers
  std::string description;
  std::string x_title;
  std::vector<ForestRow> rows;
  std::optional<double> reference;  ///< a vertical line: the overall value, no difference
  int decimals = 3;
  std::string count_title = {};     ///< above the counts: "with / all"
  std::string estimate_title = {};  ///< above the numbers: "AUROC (95% interval)"
};

std::string forest_chart(const ForestChart& chart);

}  // namespace radbatch
