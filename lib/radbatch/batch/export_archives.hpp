// Files of a run that lay in archives: unpacked again for an export, since a finished run removes them.
#pragma once

#include "radbatch/base/reporter.hpp"
#include "radbatch/batch/exported_run.hpp"
#include "radbatch/batch/run_options.hpp"
#include "radbatch/worker/pool.hpp"

namespace radbatch {

/// Unpacks, below private/ of the run folder, the archives that the cases that are done need; of those that
/// are gone or have changed since the run none; FileRecord::stored says where the files are. Returns whether
/// anything was unpacked: whoever called removes it with Archives::remove_unpacked. Incomplete when a stop
/// signal came. Throws Error(ExitCode::output) when the disk is full.
bool unpack_for_export(ExportedRun& run, WorkerPool& pool, const RunOptions& options, Reporter& reporter);

}  // namespace radbatch
