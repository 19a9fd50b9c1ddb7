// The lines of --stream: what the next tool in a pipe reads.
#pragma once

#include <string>

#include "radbatch/batch/run_options.hpp"
#include "radbatch/batch/run_tally.hpp"
#include "radbatch/batch/tool.hpp"

namespace radbatch {

std::string stream_header_line(const Tool& tool, const RunOptions& options);
/// `secret` is that of patient_key.
std::string stream_case_line(const Tool& tool, const Case& one, const CaseOutcome& outcome,
                             const std::string& secret);
std::string stream_end_line(const RunTally& tally);

}  // namespace radbatch
