// The same work on many items, by several threads, with the result of one.
#pragma once

#include <cstddef>
#include <functional>

namespace radbatch {

/// Calls work(0) ... work(count - 1), each once, by up to `threads` threads (the calling one among them; 1:
/// no thread is started). The calls must not depend on each other. Where some throw, the exception of the
/// lowest index comes out, as if they had run in order; items that have not begun by then may never run.
void parallel_for(std::size_t count, std::size_t threads, const std::function<void(std::size_t)>& work);

}  // namespace radbatch
