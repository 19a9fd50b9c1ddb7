// A network in half precision must give the scores of the known answers, not their raw numbers: those move by
// more than their tolerance, which was set for float32, while the probabilities made of them hardly do.
#pragma once

#include <span>

#include "radbatch/model/bundle.hpp"
#include "radbatch/model/golden.hpp"
#include "radbatch/model/heads.hpp"

namespace radbatch {

/// Largest difference of a probability that bf16 may show on a known answer; of a regression, relative to the
/// larger of 1 and its value.
inline constexpr double bf16_score_tolerance = 5e-3;

/// Throws Error(ExitCode::model) that names the known answer when an item's scores differ by more than
/// bf16_score_tolerance, another class comes out on top, or the answer lacks the output of a head.
void check_scores(const Bundle& bundle, const Golden& golden, std::span<const HeadOutput> outputs);

}  // namespace radbatch
