// Stop requests from outside. The handler only sets a flag; loops look at it between steps.
#pragma once

namespace radbatch {

/// Catches SIGINT, SIGTERM, SIGHUP (stop at a checkpoint) and SIGUSR1 (checkpoint and exit 10); ignores
/// SIGPIPE and SIGXFSZ, which become errors of the write. A second stop signal ends the process at once.
void catch_signals();
/// The first stop signal that came, or 0.
int stop_signal();

}  // namespace radbatch
