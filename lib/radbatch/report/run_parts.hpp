// The parts of a report that say what a run did, labels or not: outcome, scores, pictures, clips, how it was
// made.
#pragma once

#include <cstddef>

#include "radbatch/base/choices.hpp"
#include "radbatch/report/part.hpp"
#include "radbatch/report/run_data.hpp"

namespace radbatch {

/// How the cases ended, failures by reason with advice, files without a case, flags.
ReportPart outcome_part(const PartContext& ctx, const RunData& run);
/// Distributions of the scores, with labels of cases with and without the finding, and a table of cases.
ReportPart scores_part(const PartContext& ctx, const RunData& run);
/// Previews of classified cases, in turn over the predicted findings; `most_bytes` of HTML.
ReportPart gallery_part(const PartContext& ctx, const RunData& run, Thumbnails which, std::size_t most_bytes);
/// Clips over time; empty without clips.
ReportPart frames_part(const PartContext& ctx, const RunData& run);
/// explanations/; empty where nothing was explained.
ReportPart explanations_part(const PartContext& ctx, const RunData& run, Thumbnails which,
                             std::size_t most_bytes);
/// Model, plan, versions, sittings.
ReportPart provenance_part(const PartContext& ctx, const RunData& run);

}  // namespace radbatch
