// Curves as SVG paths: cut to the frame, and without the points that nobody can see.
#pragma once

#include <string>
#include <vector>

#include "radbatch/report/plot.hpp"

namespace radbatch {

/// A line through the points, cut to the frame and interrupted where a point is not finite. Points within a
/// tenth of a unit of the line without them are left out (Douglas and Peucker, Cartographica 10 (1973)
/// 112-122), so that the ROC curve of a million cases is some kilobytes.
std::string curve_path(const Plot& plot, const std::vector<ChartPoint>& points, bool is_step);
/// The area between low and high, cut to the frame; empty with fewer than two finite places.
std::string band_path(const Plot& plot, const std::vector<ChartBand>& band);

/// Points of `line` whose leaving out would move it by more than `tolerance`, first and last among them.
std::vector<ChartPoint> simplified(const std::vector<ChartPoint>& line, double tolerance);

}  // namespace radbatch
