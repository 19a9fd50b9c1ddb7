#include "radbatch/batch/background_sync.hpp"

#include <signal.h>

namespace radbatch {
namespace {

/// A new thread inherits what is blocked: signals are for the thread that waits for the workers.
std::jthread without_signals(const std::function<void(std::stop_token)>& work) {
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  std::jthread thread(work);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace

bool BackgroundSync::begin() {
  {
    const std::scoped_lock lock(mutex_);
    if (is_under_way_) return false;
    is_under_way_ = true;
  }
  if (!thread_.joinable()) thread_ = without_signals([this](const std::stop_token& stop) { run(stop); });
  changed_.notify_all();
  return true;
}

void BackgroundSync::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, stop, [this] { return is_under_way_; })) {
    lock.unlock();
    const int error = sync_();
    lock.lock();
    if (error_ == 0) error_ = error;
    is_under_way_ = false;
    changed_.notify_all();
  }
}

void BackgroundSync::finish() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !is_under_way_; });
}

int BackgroundSync::error() {
  const std::scoped_lock lock(mutex_);
  return error_;
}

}  // namespace radbatch
