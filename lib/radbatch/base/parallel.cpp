#include "radbatch/base/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <limits>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace radbatch {
namespace {

struct Faults {
  std::mutex mutex;
  std::size_t index = std::numeric_limits<std::size_t>::max();
  std::exception_ptr exception;

  void keep_lowest(std::size_t i) {
    const std::scoped_lock lock(mutex);
    if (i >= index) return;
    index = i;
    exception = std::current_exception();
  }
};

}  // namespace

void parallel_for(std::size_t count, std::size_t threads, const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next{0};
  Faults faults;
  // Indices are taken in order, so whatever lies below a faulty one has begun and reports its own fault.
  auto take = [&] {
    for (std::size_t i = next++; i < count; i = next++) {
      try {
        work(i);
      } catch (...) {
        faults.keep_lowest(i);
        next = count;
      }
    }
  };
  const std::size_t helpers = std::min(threads, count);
  std::vector<std::jthread> pool;
  try {
    while (pool.size() + 1 < helpers) pool.emplace_back(take);
  } catch (const std::system_error&) {
    // A limit on threads or memory: the ones there are do the work.
  }
  take();
  pool.clear();
  if (faults.exception) std::rethrow_exception(faults.exception);
}

}  // namespace radbatch
