#include "radbatch/image/parallel_slices.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace radbatch {
namespace {

class SliceLoop {
 public:
  SliceLoop(std::size_t n, const std::function<void(std::size_t)>& work) : end_(n), work_(work) {}

  // Slices begin in order, so when one fails all before it have begun and will end: the smallest fault is
  // the same for any number of threads.
  void run() {
    for (std::size_t k = next_++; k < end_; k = next_++) {
      try {
        work_(k);
      } catch (...) {
        const std::lock_guard lock(mutex_);
        if (k < end_) end_ = k, fault_ = std::current_exception();
      }
    }
  }

  void rethrow() const {
    if (fault_) std::rethrow_exception(fault_);
  }

 private:
  std::atomic<std::size_t> next_ = 0;
  std::atomic<std::size_t> end_;
  const std::function<void(std::size_t)>& work_;
  std::mutex mutex_;
  std::exception_ptr fault_;
};

}  // namespace

void for_each_slice(std::size_t n, std::size_t threads, const std::function<void(std::size_t)>& work) {
  SliceLoop loop(n, work);
  std::vector<std::jthread> others;
  try {
    for (std::size_t i = 1; i < std::min(threads, n); ++i) others.emplace_back([&loop] { loop.run(); });
  } catch (const std::system_error&) {  // no thread to be had: those that run do the work
  }
  loop.run();
  others.clear();
  loop.rethrow();
}

}  // namespace radbatch
