// Saves a file to the disk beside the work: an fsync on a slow disk takes seconds, in which the loop that
// feeds the workers must not stand still.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

namespace radbatch {

class BackgroundSync {
 public:
  /// `sync` is called on a thread of its own, one call at a time; it returns 0 or an errno.
  explicit BackgroundSync(std::function<int()> sync) : sync_(std::move(sync)) {}
  /// Waits for what was begun.
  ~BackgroundSync() { finish(); }
  BackgroundSync(const BackgroundSync&) = delete;

  /// Begins a call and returns at once. False, and nothing is begun, while the one before is under way.
  bool begin();
  /// Waits for the one under way.
  void finish();
  /// The errno of the first call that failed, 0 when none has. It stays: after a failed fsync the kernel may
  /// have given up what was written, and the next call would say that all is well.
  int error();

 private:
  void run(const std::stop_token& stop);

  std::function<int()> sync_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool is_under_way_ = false;
  int error_ = 0;
  std::jthread thread_;  ///< started at the first call; last: joined before the rest goes
};

}  // namespace radbatch
