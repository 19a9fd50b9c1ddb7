#include "radbatch/batch/background_sync.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <cerrno>
#include <future>

using namespace radbatch;

TEST_CASE("a call runs beside its caller, and one at a time") {
  std::promise<void> disk;
  const std::shared_future<void> is_free = disk.get_future().share();
  std::atomic<int> n = 0;
  BackgroundSync sync([&] {
    is_free.wait();
    ++n;
    return 0;
  });
  CHECK(sync.begin());
  CHECK_FALSE(sync.begin());
  CHECK(n == 0);
  disk.set_value();
  sync.finish();
  CHECK(n == 1);
  CHECK(sync.begin());
  sync.finish();
  CHECK(n == 2);
  CHECK(sync.error() == 0);
}

TEST_CASE("the first error stays") {
  int next = EIO;
  BackgroundSync sync([&] { return std::exchange(next, 0); });
  for (int i = 0; i < 2; ++i) {
    sync.begin();
    sync.finish();
    CHECK(sync.error() == EIO);
  }
}

TEST_CASE("one that was never asked has nothing to wait for") {
  BackgroundSync sync([] { return EIO; });
  sync.finish();
  CHECK(sync.error() == 0);
}
