// Values that stand apart from the rest of a cohort, judged by what outliers cannot move.
#pragma once

#include <optional>
#include <span>
#include <vector>

namespace radbatch {

/// With fewer values than this nothing is called an outlier.
inline constexpr std::size_t FEWEST_FOR_OUTLIERS = 8;
inline constexpr double OUTLIER_Z = 3.5;

/// Which values have a modified z-score beyond OUTLIER_Z: 0.6745 (x - median) / MAD, where MAD is the median
/// absolute deviation from the median; where more than half of the values are equal, and MAD is 0, (x -
/// median) / (1.2533 mean absolute deviation). After Iglewicz and Hoaglin, How to Detect and Handle Outliers,
/// ASQC 1993. Missing values are no outliers; differences within a millionth of the median count as none.
std::vector<bool> robust_outliers(std::span<const std::optional<double>> values);

}  // namespace radbatch
