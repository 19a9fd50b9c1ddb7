// How the network runs, chosen once and kept.
//
// A classify worker tries several forms of a network and takes the fastest, which moves the last bits. So the
// choice belongs to the run folder (journal/engine.json): every worker, shard and later sitting gets it. It
// is remembered for the machine too, so that two fresh runs there agree bit for bit.
#pragma once

#include "radbatch/base/json.hpp"
#include "radbatch/batch/run_folder.hpp"
#include "radbatch/model/bundle.hpp"
#include "radbatch/worker/pool.hpp"

namespace radbatch {

/// All that a choice hangs on. Not the number of threads: another one must not change a result.
Json engine_circumstances(const Bundle& bundle, const Backend& backend, const std::string& device,
                          const std::string& precision);

/// What is known before a worker has been asked, for its setup: the folder's choice, the older way for a
/// folder whose results are older than choices, the machine's choice; null when there is none yet.
Json known_engine(const RunFolder& folder, const Json& circumstances);
/// Whether a worker has to be asked before the first case.
bool needs_engine(const RunFolder& folder);
/// Writes down what the classify worker has chosen. Of several processes that begin at once the first one's
/// choice holds, and this one's workers are told. Nothing when no worker was asked, or it chooses nothing.
void settle_engine(WorkerPool& pool, const RunFolder& folder, const Json& circumstances);

}  // namespace radbatch
