// The report's pictures as SVG: labelled in the picture, told in words for screen readers, told apart by
// place and pattern as well as by colour.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "radbatch/base/reason.hpp"
#include "radbatch/report/run_data.hpp"
#include "radbatch/stats/auroc.hpp"

namespace radbatch {

/// Fill class of a status in the style sheet: "done", "skipped", ...; every status has one.
std::string status_class(Status status);

/// Files -> cases -> how they ended, widths by number.
std::string outcome_flow(const RunData& run);

struct Histogram {
  double low = 0;
  double high = 1;
  std::vector<std::size_t> counts;
};

/// `n_bins` equal bins over [0, 1], or over the values' range when one lies outside.
Histogram histogram(std::span<const double> values, double low, double high, std::size_t n_bins);

struct HistogramChart {
  std::string name;
  Histogram up;                   ///< all cases, or those with the finding
  std::optional<Histogram> down;  ///< those without the finding
  std::optional<double> threshold;
};
std::string histogram_chart(const HistogramChart& chart);

std::string roc_chart(const std::string& name, const std::vector<RocPoint>& points);

}  // namespace radbatch
