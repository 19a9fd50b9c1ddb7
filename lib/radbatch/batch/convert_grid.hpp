// What convert does with stacks that are no plain grid: --tilt and --uneven.
#pragma once

#include <optional>
#include <string>

#include "radbatch/base/reason.hpp"
#include "radbatch/batch/convert.hpp"
#include "radbatch/study/cohort.hpp"

namespace radbatch {

struct GridRefusal {
  Reason reason;
  std::string detail;
};

/// Throws Error(ExitCode::usage) for a word that is none of an option's.
void check_grid_options(const ConvertOptions& options);
/// Why the options refuse the image, or nothing.
std::optional<GridRefusal> refused_grid(const Candidate& candidate, const ConvertOptions& options);
/// What the image worker shall do to the grid: {"tilt": "fix", "uneven": "resample"}, each where asked for
/// and needed; else an empty object.
Json grid_request(const Candidate& candidate, const ConvertOptions& options);
/// The facts of the candidate that are no longer true of the file written, and what was done:
/// "resampled": ["tilt", "uneven"], "tilt_degrees_before". Empty where nothing was done.
Json changed_facts(const Candidate& candidate, const Json& answer);

}  // namespace radbatch
