// Which of the cohort's cases a run takes: --only, --exclude, --sample, --limit, --shard.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "radbatch/batch/run_options.hpp"
#include "radbatch/study/cohort.hpp"

namespace radbatch {

/// The cases that --only, --exclude, --sample and --limit leave, sorted by id. Ids in the options may be
/// unique prefixes, or "@file" with one a line. --sample takes the cases whose keyed hash is smallest, so it
/// does not depend on the order in which they were found. Throws Error(ExitCode::usage) naming an id that no
/// case has.
std::vector<Case> filtered(std::vector<Case> cases, const RunOptions& options);
/// The options that filtered() looks at, as a shard records them for merge, and back.
Json filter_json(const RunOptions& options);
void apply_filter_json(const Json& filter, RunOptions& options);
std::vector<std::string> ids_of(std::span<const Case> cases);
/// Whether this process's shard takes the case.
bool is_in_shard(const Case& one, const Shard& shard);

}  // namespace radbatch
