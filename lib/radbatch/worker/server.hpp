// The worker's side: one request, one answer, until the socket closes.
#pragma once

#include <functional>

#include "radbatch/worker/channel.hpp"
#include "radbatch/worker/shared_buffer.hpp"

namespace radbatch {

/// What a handler gets besides the request: the mapped buffers and the descriptors that came with it.
struct WorkerContext {
  BufferMap& buffers;
  std::vector<FileDescriptor>& descriptors;
};

/// Fills the answer's members for one request; throws Error for a fault of the case or of the run.
using WorkerHandler = std::function<Json(const Json& request, WorkerContext& context)>;

/// What a worker does ahead while it waits for the next request: a small piece, of some milliseconds. False
/// when there is nothing to do. Must not throw.
using WorkAhead = std::function<bool()>;

/// Says hello with `facts`, then serves until the tool closes the socket (descriptor 3). Exceptions become
/// error answers: {"id", "error": {"code", "detail", "hint"}} for a case, {"id", "fault": {"exit", "message",
/// "hint"}} for the run. Returns the process's exit status.
int serve_worker(const Json& facts, const WorkerHandler& handler, const WorkAhead& work_ahead = {});

/// Enters the sandbox and, where the setup request's "read_only" names folders, closes all others. To be
/// called by a handler at the end of its setup, before it reads anything untrusted; the result is the
/// answer's "sandbox" member.
Json confine(const Json& setup);

/// Lets the stack of the main thread grow as far as the tool has allowed (WorkerLimits::stack_growth_bytes):
/// for parsers that call themselves once per nested sequence. Threads keep their size.
void grow_stack();

/// The descriptor on which every worker finds its socket.
inline constexpr int WORKER_SOCKET_FD = 3;

}  // namespace radbatch
