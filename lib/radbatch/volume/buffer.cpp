#include "radbatch/volume/buffer.hpp"

#include <malloc.h>
#include <sys/mman.h>

#include <cstdlib>
#include <mutex>
#include <new>
#include <utility>

namespace radbatch {
namespace {

constexpr std::size_t alignment = 64;
// From here on the first touch of new pages costs more than what is done with them.
constexpr std::size_t large = std::size_t{4} << 20;
constexpr std::size_t large_alignment = std::size_t{2} << 20;  // of a huge page

std::byte* allocate(std::size_t bytes) {
  const std::size_t unit = bytes < large ? alignment : large_alignment;
  const std::size_t rounded = (bytes + unit - 1) / unit * unit;
  if (rounded < bytes) throw std::bad_alloc();
  auto* block = static_cast<std::byte*>(std::aligned_alloc(unit, rounded));
  if (block == nullptr) throw std::bad_alloc();
  if (bytes >= large) ::madvise(block, rounded, MADV_HUGEPAGE);
  return block;
}

/// The large block that was given back last. A worker reads one volume after the other of about the same
/// size: reading a CT into pages it has already takes a fifth of the time. One block and no more, and it goes
/// before another is asked for, so that at no time more is allocated than without.
class SpareBlock {
 public:
  std::byte* take(std::size_t bytes) {
    std::byte* block = nullptr;
    std::size_t size = 0;
    {
      const std::lock_guard lock(mutex_);
      block = std::exchange(block_, nullptr);
      size = block != nullptr ? ::malloc_usable_size(block) : 0;
    }
    if (size >= bytes && size / 2 <= bytes) return block;
    std::free(block);
    return nullptr;
  }

  void put(std::byte* block) {
    {
      const std::lock_guard lock(mutex_);
      std::swap(block, block_);
    }
    std::free(block);
  }

 private:
  std::mutex mutex_;
  std::byte* block_ = nullptr;
};

SpareBlock& spare() {
  static SpareBlock one;
  return one;
}

}  // namespace

Buffer::Buffer(std::size_t bytes) : size_(bytes) {
  if (bytes == 0) return;
  if (bytes >= large) bytes_.reset(spare().take(bytes));
  if (!bytes_) bytes_.reset(allocate(bytes));
}

void Buffer::Free::operator()(std::byte* bytes) const {
  if (::malloc_usable_size(bytes) >= large) {
    spare().put(bytes);
  } else {
    std::free(bytes);
  }
}

}  // namespace radbatch
