// The parts of radbatch.json, read strictly. Used by bundle.cpp only; every function throws
// Error(ExitCode::model) with the place of the fault.
#pragma once

#include <map>
#include <vector>

#include "radbatch/model/bundle.hpp"
#include "radbatch/model/fields.hpp"

namespace radbatch {

std::vector<Backend> read_backends(const Fields& sidecar);
std::vector<InputSpec> read_inputs(const Fields& sidecar);
std::vector<Head> read_heads(const Fields& sidecar);
/// Refuses a rule that means nothing for one of the heads.
std::map<Level, Pooling> read_pooling(const Fields& sidecar, const std::vector<Head>& heads);
std::vector<GoldenEntry> read_golden_entries(const Fields& sidecar);

}  // namespace radbatch
