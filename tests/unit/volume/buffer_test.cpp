#include "radbatch/volume/buffer.hpp"

#include <doctest/doctest.h>

#include <cstdint>

using namespace radbatch;

namespace {

constexpr std::size_t mebibyte = std::size_t{1} << 20;

const std::byte* place_of_freed(std::size_t bytes) {
  const Buffer buffer(bytes);
  return buffer.data();
}

}  // namespace

TEST_CASE("every buffer is aligned and has its size") {
  for (const std::size_t bytes : {std::size_t{1}, std::size_t{65}, mebibyte, 5 * mebibyte + 1}) {
    const Buffer buffer(bytes);
    CHECK(buffer.size() == bytes);
    CHECK(reinterpret_cast<std::uintptr_t>(buffer.data()) % 64 == 0);
  }
  CHECK(Buffer(0).data() == nullptr);
}

TEST_CASE("the large block given back last is used again for about the same size") {
  const std::byte* freed = place_of_freed(40 * mebibyte);
  const Buffer again(39 * mebibyte);
  CHECK(again.data() == freed);
  CHECK(again.size() == 39 * mebibyte);
  const Buffer other(39 * mebibyte);
  CHECK(other.data() != freed);
}
