// The parts of a report, in the order of the page. A new analysis is one line here.
#pragma once

#include <cstddef>
#include <vector>

#include "radbatch/report/part.hpp"
#include "radbatch/report/report.hpp"

namespace radbatch {

struct PartSources {
  const PartContext& ctx;
  const LoadedInputs& inputs;
  const ReportRequest& request;

  const RunData& run() const { return inputs.runs.front(); }  ///< the one that is judged
};

/// All but the lists of cases, those without anything to say left out. Pictures share what the rest leaves of
/// `most_bytes`: errors have the first claim, then explanations, then other pictures.
std::vector<ReportPart> make_parts(const PartSources& sources, std::size_t most_bytes);

}  // namespace radbatch
