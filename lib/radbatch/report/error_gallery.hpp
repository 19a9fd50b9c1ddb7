// Pictures of cases that were called right and wrong, per finding, the most confident errors first.
#pragma once

#include <cstddef>

#include "radbatch/base/choices.hpp"
#include "radbatch/report/part.hpp"
#include "radbatch/report/run_data.hpp"

namespace radbatch {

inline constexpr std::size_t MOST_WRONG_SHOWN = 6;  ///< of each finding: false positives, false negatives
inline constexpr std::size_t MOST_RIGHT_SHOWN = 3;  ///< of each finding: true positives, true negatives

/// Empty without labels or decisions. Pictures are taken in turn over the findings until `most_bytes` of
/// HTML; how many gave way is said.
ReportPart error_gallery_part(const PartContext& ctx, const RunData& run, Thumbnails which,
                              std::size_t most_bytes);

}  // namespace radbatch
