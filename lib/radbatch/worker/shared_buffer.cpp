#include "radbatch/worker/shared_buffer.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

// Sizes are rounded up, so that cases of nearly the same size share a buffer.
constexpr std::size_t GRAIN = std::size_t{1} << 20;
constexpr std::size_t CASES_REMEMBERED = 64;

std::size_t rounded(std::size_t bytes) {
  return (std::max<std::size_t>(bytes, 1) + GRAIN - 1) / GRAIN * GRAIN;
}

std::unique_ptr<SharedBuffer> make_buffer(std::uint64_t id, std::size_t bytes) {
  auto buffer = std::make_unique<SharedBuffer>();
  buffer->id = id;
  buffer->bytes = rounded(bytes);
  buffer->fd = FileDescriptor(::memfd_create("radbatch-tensor", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  // fallocate: running out of memory is an error here, not a SIGBUS in the middle of a case.
  if (!buffer->fd || ::posix_fallocate(buffer->fd.get(), 0, static_cast<off_t>(buffer->bytes)) != 0) {
    throw Error(Reason::out_of_memory,
                "no shared memory for a tensor of " + human_bytes(static_cast<double>(bytes)));
  }
  ::fcntl(buffer->fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
  return buffer;
}

}  // namespace

Mapping::Mapping(int fd, std::size_t bytes) : size_(bytes) {
  void* address = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (address == MAP_FAILED) {
    throw Error(Reason::out_of_memory, std::string("cannot map a tensor buffer: ") + std::strerror(errno));
  }
  data_ = static_cast<std::byte*>(address);
}

Mapping::Mapping(Mapping&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Mapping& Mapping::operator=(Mapping&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

Mapping::~Mapping() {
  if (data_) ::munmap(data_, size_);
}

std::unique_ptr<SharedBuffer> BufferPool::lease(std::size_t bytes) {
  auto fits = std::ranges::find_if(free_, [&](const auto& buffer) { return buffer->bytes >= bytes; });
  if (fits == free_.end()) {
    // All free ones are too small, and cases of one run are of much the same size: keeping them would only
    // fill memory.
    retire_free();
    std::unique_ptr<SharedBuffer> fresh = make_buffer(next_id_++, bytes);
    bytes_ += fresh->bytes;
    return fresh;
  }
  std::unique_ptr<SharedBuffer> buffer = std::move(*fits);
  free_.erase(fits);
  return buffer;
}

void BufferPool::retire_free() {
  for (const auto& buffer : free_) {
    retired_.push_back(buffer->id);
    bytes_ -= buffer->bytes;
    ::fallocate(buffer->fd.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
                static_cast<off_t>(buffer->bytes));
  }
  free_.clear();
}

bool BufferPool::has_free(std::size_t bytes) const {
  return !free_.empty() && free_.back()->bytes >= bytes;
}

void UsualSize::saw(std::size_t bytes) {
  last_.push_back(bytes);
  if (last_.size() > CASES_REMEMBERED) last_.pop_front();
}

std::size_t UsualSize::bytes() const {
  return last_.empty() ? GRAIN : std::max(GRAIN, *std::ranges::max_element(last_));
}

void BufferPool::give_back(std::unique_ptr<SharedBuffer> buffer) {
  if (!buffer) return;
  const auto larger = [&](const auto& other) { return other->bytes > buffer->bytes; };
  free_.insert(std::ranges::find_if(free_, larger), std::move(buffer));
}

void BufferMap::add(std::uint64_t id, FileDescriptor fd, std::size_t bytes) {
  mappings_.erase(id);
  mappings_.emplace(id, Mapping(fd.get(), bytes));
}

std::span<std::byte> BufferMap::bytes(std::uint64_t id) const {
  const auto found = mappings_.find(id);
  if (found == mappings_.end()) {
    throw Error(ExitCode::internal, "buffer " + std::to_string(id) + " was never sent to this worker");
  }
  return found->second.bytes();
}

}  // namespace radbatch
