// Bytes that are allocated and not filled: zeroing a CT costs more than reading it.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace radbatch {

/// Owned, uninitialised, 64-byte aligned bytes. Movable only.
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(std::size_t bytes);

  std::byte* data() { return bytes_.get(); }
  const std::byte* data() const { return bytes_.get(); }
  std::size_t size() const { return size_; }

  /// The bytes as values of T; the caller knows the type.
  template <class T>
  std::span<T> as() {
    return {reinterpret_cast<T*>(bytes_.get()), size_ / sizeof(T)};
  }
  template <class T>
  std::span<const T> as() const {
    return {reinterpret_cast<const T*>(bytes_.get()), size_ / sizeof(T)};
  }

 private:
  struct Free {
    void operator()(std::byte* bytes) const;
  };
  std::unique_ptr<std::byte, Free> bytes_;
  std::size_t size_ = 0;
};

}  // namespace radbatch
