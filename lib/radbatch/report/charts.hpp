// The report's pictures as SVG: labelled in the picture, told in words for screen readers, told apart by
// place and pattern as well as by colour.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "radbatch/base/reason.hpp"
#include "radbatch/report/language.hpp"
#include "radbatch/stats/auroc.hpp"

namespace radbatch {

/// Fill class of a status in the style sheet: "done", "skipped", ...; every status has one.
std::string status_class(Status status);

struct Histogram {
  double low = 0;
  double high = 1;
  std::vector<std::size_t> counts;
};

/// `n_bins` equal bins from `low` to `high`; what lies outside is in the outer ones, what is not finite in
/// none.
Histogram histogram(std::span<const double> values, double low, double high, std::size_t n_bins);

struct HistogramChart {
  std::string name;
  Histogram up;                   ///< all cases, or those with the finding
  std::optional<Histogram> down;  ///< those without the finding
  std::optional<double> threshold;
};
std::string histogram_chart(const HistogramChart& chart, const Language& lang = Language());

std::string roc_chart(const std::string& name, const std::vector<RocPoint>& points);

}  // namespace radbatch
