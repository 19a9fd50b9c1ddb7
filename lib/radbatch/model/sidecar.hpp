// The parts of radbatch.json, read strictly. Used by bundle.cpp only; every function throws
// Error(ExitCode::model) with the place of the fault.
#pragma once

#include <map>
#include <optional>
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
/// Nothing when the sidecar does not say; empty when it forbids all.
std::optional<Tta> read_tta(const Fields& sidecar);
/// Of each kind of backend all are folds or none is, the folds are 0..k-1, and a golden output of folds says
/// whose it is.
void check_folds(const Fields& sidecar, const Bundle& bundle);

}  // namespace radbatch
