// One case of an ensemble: what the runs say of it to one outcome.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "radbatch/batch/ensemble.hpp"
#include "radbatch/batch/outcome.hpp"
#include "radbatch/model/bundle.hpp"

namespace radbatch {

/// "run-1", "run-2" ...: how results name the members.
std::vector<std::string> ensemble_members(std::size_t runs);

/// `outcomes` are one per run, `bundle` is the ensemble's. The outcome has the mean of the runs that are
/// done, the sample standard deviation over them without weights, their scores as members; flags of all; the
/// story of the first. With EnsembleRequire::all the first run that is not done decides what becomes of the
/// case.
CaseOutcome ensemble_outcome(const Bundle& bundle, const EnsembleOptions& options,
                             const std::vector<const CaseOutcome*>& outcomes, const std::string& identity);

}  // namespace radbatch
