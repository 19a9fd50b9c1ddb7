// What the parts about grades, numbers, readers and frames share: estimates into every form in which they
// leave.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "radbatch/report/part.hpp"
#include "radbatch/stats/bootstrap.hpp"

namespace radbatch {

/// A row of a table of measures.
struct Measure {
  std::string metric;  ///< of metrics.csv: "mean_absolute_error"
  std::string name;    ///< as printed: "Mean absolute error"
  Estimate estimate;
  std::string finding = {};  ///< for metrics.csv; empty: that of `add_measures`
};

/// What a table of measures is about.
struct Subject {
  std::string model;    ///< of metrics.csv
  std::string finding;  ///< of metrics.csv
};

/// A value that is not finite becomes none, and says so; an interval that is not is left out.
Estimate finite(Estimate estimate);

/// Rows of metrics.csv, and a JSON object {metric: estimate} for the part's numbers.
Json add_measures(ReportPart& part, const Subject& subject, const std::vector<Measure>& measures);

/// Measure, value, interval, how the interval was made, n: one row each.
ReportTable measure_table(const PartContext& context, const std::string& id, const std::string& title,
                          const std::vector<Measure>& measures);

/// Three significant digits or so, never an exponent: "0.123", "12.3", "1,234".
std::string readable(double value);
/// "0.912 (0.880–0.941)" by `readable`; where there is no value, why.
std::string readable(const Estimate& estimate);

/// "1,234 cases", "1 patient": units by what they are.
std::string counted_units(const AnalysisData& data, std::size_t n);

/// The page's bootstrap: seed, number and level of the report, clusters named for what they are.
BootstrapPlan bootstrap_plan(const PartContext& context);
Estimate estimate_of(const Bootstrapped& result, std::size_t n, std::size_t n_positive = 0);

/// Units of an analysis, their clusters numbered from 0 without gaps.
struct UnitSet {
  std::vector<std::uint32_t> unit;  ///< positions in AnalysisData
  CompactClusters clusters;
  bool is_clustered = false;  ///< some cluster has several of the units

  std::size_t size() const { return unit.size(); }
};
UnitSet unit_set(const AnalysisData& data, std::vector<std::uint32_t> units);
/// [unit of the set] how often its cluster was drawn.
std::vector<double> weights_of(const UnitSet& units, ClusterCounts counts);

/// Share of the units with a 1 in `among` (empty: of all) that have a 1 in `right`. Wilson's interval; where
/// patients have several units that of clustered_proportion.
Estimate share_of_units(const UnitSet& units, const std::vector<std::uint8_t>& right,
                        const std::vector<std::uint8_t>& among, double level);

/// The finding that the rater called for a unit of several: `top`, else its only positive decision, else the
/// highest of its scores, the first of equals. -1: none.
std::int32_t called_class(const AnalysisData& data, const Rater& rater, std::size_t unit);

}  // namespace radbatch
