// How the network runs, chosen once and kept.
//
// A classify worker tries several forms of a network and takes the fastest, which moves the last bits. So the
// choice belongs to the run folder (journal/engine.json): every worker, shard and later sitting gets it. It
// is remembered for the machine too, so that two fresh runs there agree bit for bit.
#pragma once

#include "radbatch/base/json.hpp"
#include "radbatch/batch/run_folder.hpp"
#include "radbatch/worker/pool.hpp"

namespace radbatch {

/// Tells the classify worker, in its setup, what is known of the choice before it is asked (the older way for
/// a folder whose results are older than choices, else the machine's choice), and where the folder's will be.
void add_engine(Json& setup, const RunFolder& folder, const Json& identity);
/// Whether a worker has to be asked before the first case.
bool needs_engine(const RunFolder& folder);
/// Writes down what the classify worker has chosen. Of several processes that begin at once the first one's
/// choice holds; a worker of this one that chose otherwise is ended, and the next one reads the choice.
/// Nothing when no worker was asked, or it chooses nothing.
void settle_engine(WorkerPool& pool, const RunFolder& folder, const Json& identity);

}  // namespace radbatch
