// A confusion matrix: rows the truth, columns the call, each cell with its count and share of the row.
#pragma once

#include <string>
#include <vector>

namespace radbatch {

struct ConfusionChart {
  std::string title;                             ///< for screen readers
  std::string description;                       ///< for screen readers
  std::vector<std::string> names;                ///< of the classes, plain text
  std::vector<std::vector<std::size_t>> counts;  ///< [truth][call]
  std::string truth_title = "Label", call_title = "Predicted";
};

/// The strength of a cell is its share of the row, blue on the diagonal and orange beside it. From 13 classes
/// on the cells hold counts only.
std::string confusion_chart(const ConfusionChart& chart);

/// Opacity of a cell's colour over the paper; from STRONG_CELL on its words are white.
double cell_opacity(double share);
inline constexpr double STRONG_CELL = 0.6;

}  // namespace radbatch
