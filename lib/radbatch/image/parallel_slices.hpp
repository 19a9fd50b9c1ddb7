// Slices of one stack on several threads. Internal to the module.
#pragma once

#include <cstddef>
#include <functional>

namespace radbatch {

/// Calls `work(k)` for each k below `n`, on at most `threads` threads (this one among them; fewer where the
/// system gives none). When calls throw, the exception of the smallest such k is thrown, as in a plain loop,
/// and nothing after it is begun.
void for_each_slice(std::size_t n, std::size_t threads, const std::function<void(std::size_t)>& work);

}  // namespace radbatch
