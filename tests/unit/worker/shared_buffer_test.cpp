#include "radbatch/worker/shared_buffer.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error_text.hpp"

using namespace radbatch;
using namespace radbatch::test;

constexpr std::size_t MIB = std::size_t{1} << 20;

TEST_CASE("a buffer has at least the bytes asked for, in whole MiB") {
  BufferPool pool;
  CHECK(pool.lease(0)->bytes == MIB);
  CHECK(pool.lease(MIB)->bytes == MIB);
  CHECK(pool.lease(MIB + 1)->bytes == 2 * MIB);
}

TEST_CASE("a buffer that came back is used again, the smallest that fits") {
  BufferPool pool;
  auto large = pool.lease(3 * MIB), small = pool.lease(MIB), other = pool.lease(2 * MIB);
  const auto small_id = small->id, other_id = other->id, large_id = large->id;
  pool.give_back(std::move(large));
  pool.give_back(std::move(small));
  pool.give_back(std::move(other));
  pool.give_back(nullptr);
  auto first = pool.lease(MIB + 5), second = pool.lease(5), third = pool.lease(5), fourth = pool.lease(5);
  CHECK(first->id == other_id);
  CHECK(second->id == small_id);
  CHECK(third->id == large_id);
  CHECK(fourth->id == 4);
}

TEST_CASE("a buffer that is given up loses its memory at once, although a worker still maps it") {
  BufferPool pool;
  BufferMap worker;
  auto buffer = pool.lease(2 * MIB);
  const std::uint64_t id = buffer->id;
  worker.add(id, FileDescriptor(::dup(buffer->fd.get())), buffer->bytes);
  const FileDescriptor seen(::dup(buffer->fd.get()));
  worker.bytes(id)[0] = std::byte{42};
  pool.give_back(std::move(buffer));
  CHECK(pool.bytes() == 2 * MIB);
  CHECK(pool.has_free(2 * MIB));
  pool.retire_free();
  struct stat facts {};
  REQUIRE(::fstat(seen.get(), &facts) == 0);
  CHECK(facts.st_blocks == 0);
  CHECK(worker.bytes(id)[0] == std::byte{0});
  CHECK(pool.bytes() == 0);
  CHECK_FALSE(pool.has_free(1));
  CHECK(pool.take_retired() == std::vector{id});
}

TEST_CASE("buffers are as large as the largest tensor of late, not of all times") {
  UsualSize usual;
  CHECK(usual.bytes() == MIB);
  usual.saw(9 * MIB);
  for (int i = 0; i < 63; ++i) usual.saw(2 * MIB);
  CHECK(usual.bytes() == 9 * MIB);
  usual.saw(2 * MIB);
  CHECK(usual.bytes() == 2 * MIB);
}

TEST_CASE("nobody can shrink, grow or unseal a buffer") {
  BufferPool pool;
  const auto buffer = pool.lease(MIB);
  CHECK(::ftruncate(buffer->fd.get(), 4096) == -1);
  CHECK(::ftruncate(buffer->fd.get(), static_cast<off_t>(2 * MIB)) == -1);
  CHECK(::fcntl(buffer->fd.get(), F_ADD_SEALS, F_SEAL_WRITE) == -1);
  CHECK(::fcntl(buffer->fd.get(), F_GET_SEALS) == (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL));
}

TEST_CASE("memory that is not there is an error of the case") {
  BufferPool pool;
  CHECK(error_of([&] { pool.lease(std::size_t{1} << 63); }) ==
        "E_OUT_OF_MEMORY: no shared memory for a tensor of 8388608.0 TiB");
}

TEST_CASE("what one side writes the other side reads, until the buffer is dropped") {
  BufferPool pool;
  BufferMap worker;
  const auto buffer = pool.lease(100);
  worker.add(buffer->id, FileDescriptor(::dup(buffer->fd.get())), buffer->bytes);
  CHECK(worker.bytes(buffer->id).size() == MIB);
  worker.bytes(buffer->id)[MIB - 1] = std::byte{42};
  CHECK(Mapping(buffer->fd.get(), buffer->bytes).bytes()[MIB - 1] == std::byte{42});
  worker.drop(buffer->id);
  CHECK(error_of([&] { worker.bytes(buffer->id); }) == "1: buffer 1 was never sent to this worker");
  CHECK(error_of([&] { Mapping(-1, 4096); }) ==
        "E_OUT_OF_MEMORY: cannot map a tensor buffer: Bad file descriptor");
}
