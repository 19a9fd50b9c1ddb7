#include "radbatch/volume/buffer.hpp"

#include <cstdlib>
#include <new>

namespace radbatch {
namespace {

constexpr std::size_t alignment = 64;

}  // namespace

Buffer::Buffer(std::size_t bytes) : size_(bytes) {
  if (bytes == 0) return;
  const std::size_t rounded = (bytes + alignment - 1) / alignment * alignment;
  if (rounded < bytes) throw std::bad_alloc();
  bytes_.reset(static_cast<std::byte*>(std::aligned_alloc(alignment, rounded)));
  if (!bytes_) throw std::bad_alloc();
}

void Buffer::Free::operator()(std::byte* bytes) const {
  std::free(bytes);
}

}  // namespace radbatch
