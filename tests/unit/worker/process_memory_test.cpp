#include "radbatch/worker/process_memory.hpp"

#include <doctest/doctest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>

using namespace radbatch;

namespace {

/// Private pages, touched as long as the object lives.
class Touched {
 public:
  explicit Touched(std::size_t bytes) : bytes_(bytes) {
    pages_ = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    std::memset(pages_, 1, bytes);
  }
  ~Touched() { ::munmap(pages_, bytes_); }

 private:
  void* pages_;
  std::size_t bytes_;
};

}  // namespace

TEST_CASE("a process's memory is read from its status") {
  const auto memory = memory_in_status(
      "Name:\tx\nVmHWM:\t    9000 kB\nVmRSS:\t    8000 kB\nRssAnon:\t    5000 kB\nRssFile:\t    2000 kB\n"
      "RssShmem:\t    1000 kB\n");
  REQUIRE(memory);
  CHECK(memory->private_bytes == 5000 * 1024);
  CHECK(memory->resident_bytes() == 8000 * 1024);
  CHECK(memory->peak_private_bytes() == 6000 * 1024);
  CHECK_FALSE(memory_in_status("Name:\tkernel thread\nRssAnon:\t 1 kB\n"));
  CHECK_FALSE(memory_in_status("\nVmHWM:\n\nRssAnon:\n\nRssFile:\n\nRssShmem:\n"));
}

TEST_CASE("what was given back is in the peak and no longer in what is held") {
  const std::size_t bytes = std::size_t{64} << 20;
  const auto before = memory_of(::getpid());
  { const Touched pages(bytes); }
  const auto after = memory_of(::getpid());
  REQUIRE((before && after));
  CHECK(after->private_bytes < before->private_bytes + bytes / 2);
  CHECK(after->peak_private_bytes() >= before->private_bytes + bytes / 2);
}

TEST_CASE("a process that is not there holds nothing") {
  CHECK_FALSE(memory_of(0x7ffffff0));
}
