#include "radbatch/image/deflate.hpp"

#include <doctest/doctest.h>
#include <zlib.h>

#include <random>
#include <vector>

using namespace radbatch;

namespace {

using Bytes = std::vector<std::byte>;

/// `n` bytes in which every second one is noise, as in a CT.
Bytes noisy(std::size_t n, unsigned seed = 1) {
  std::mt19937 random(seed);
  Bytes bytes(n);
  for (std::size_t i = 0; i < n; ++i)
    bytes[i] = i % 2 == 0 ? std::byte(random() % 64) : std::byte(i / 5000 % 3);
  return bytes;
}

std::string packed_by(std::initializer_list<std::span<const std::byte>> parts, Packing packing, int threads) {
  std::string out;
  const std::vector<std::span<const std::byte>> all(parts);
  pack(all, packing, threads, [&out](std::span<const std::byte> piece) {
    out.append(reinterpret_cast<const char*>(piece.data()), piece.size());
  });
  return out;
}

/// What zlib makes of it; `used` is how much of the stream it read. MAX_WBITS + 32 takes gzip and zlib.
std::string unpacked(std::string stream, std::size_t& used) {
  z_stream state{};
  REQUIRE(inflateInit2(&state, MAX_WBITS + 32) == Z_OK);
  state.next_in = reinterpret_cast<Bytef*>(stream.data());
  state.avail_in = static_cast<uInt>(stream.size());
  std::string out;
  std::vector<char> room(1 << 16);
  int status = Z_OK;
  while (status == Z_OK) {
    state.next_out = reinterpret_cast<Bytef*>(room.data());
    state.avail_out = static_cast<uInt>(room.size());
    status = inflate(&state, Z_NO_FLUSH);
    out.append(room.data(), room.size() - state.avail_out);
  }
  used = stream.size() - state.avail_in;
  inflateEnd(&state);
  CHECK(status == Z_STREAM_END);  // checksum and length agreed
  return out;
}

std::string text(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

TEST_CASE("any number of threads packs to the same single member that zlib reads") {
  const Bytes header = noisy(352, 7), samples = noisy(5'300'001);
  for (const Packing packing : {Packing::gzip, Packing::zlib}) {
    const std::string one = packed_by({header, samples}, packing, 1);
    std::size_t used = 0;
    CHECK(unpacked(one, used) == text(header) + text(samples));
    CHECK(used == one.size());
    CHECK(one.size() < samples.size());
    for (const int threads : {2, 3, 16}) CHECK(packed_by({header, samples}, packing, threads) == one);
  }
}

TEST_CASE("nothing, one byte, a whole piece and bytes that cannot be packed") {
  std::mt19937 random(3);
  Bytes chaos(3'000'000);
  for (std::byte& byte : chaos) byte = std::byte(random());
  for (const Bytes& bytes :
       {Bytes(), noisy(1), noisy(1 << 20), noisy((1 << 20) + 1), Bytes(9'000'000), chaos}) {
    std::size_t used = 0;
    CHECK(unpacked(packed_by({bytes}, Packing::gzip, 2), used) == text(bytes));
    CHECK(unpacked(packed(bytes, Packing::zlib), used) == text(bytes));
  }
}

TEST_CASE("a sink that throws ends the packing") {
  const Bytes samples = noisy(9'000'000);
  const std::span<const std::byte> part(samples);
  CHECK_THROWS_WITH(
      pack(std::span(&part, 1), Packing::gzip, 2, [](auto) { throw std::runtime_error("full"); }), "full");
}
