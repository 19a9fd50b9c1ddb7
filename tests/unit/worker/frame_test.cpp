#include "radbatch/worker/frame.hpp"

#include <doctest/doctest.h>

#include <random>

#include "error_text.hpp"

using namespace radbatch;
using namespace radbatch::test;
using namespace std::string_literals;

namespace {

// magic, version 1, 2 descriptors, 8 bytes of JSON
const std::string golden = "RADB\x01\0\x02\0\x08\0\0\0{\"id\":7}"s;

std::string header(std::uint16_t version, std::uint16_t descriptors, std::uint32_t length) {
  std::string bytes = "RADB";
  for (int shift : {0, 8}) bytes += static_cast<char>(version >> shift);
  for (int shift : {0, 8}) bytes += static_cast<char>(descriptors >> shift);
  for (int shift : {0, 8, 16, 24}) bytes += static_cast<char>(length >> shift);
  return bytes;
}

std::string frame_of(const std::string& body) {
  return header(1, 0, static_cast<std::uint32_t>(body.size())) + body;
}

std::string refusal_of(const std::string& bytes) {
  return error_of([&] {
    FrameReader reader;
    reader.feed(bytes);
    reader.next();
  });
}

}  // namespace

TEST_CASE("the bytes of a frame") {
  CHECK(encode_frame({{"id", 7}}, 2) == golden);
}

TEST_CASE("a frame comes back, whole or byte by byte") {
  FrameReader reader;
  for (std::size_t i = 0; i < golden.size(); ++i) {
    CHECK_FALSE(reader.next().has_value());
    reader.feed(golden.substr(i, 1));
  }
  const std::optional<Frame> frame = reader.next();
  REQUIRE(frame.has_value());
  CHECK(frame->body == Json{{"id", 7}});
  CHECK(frame->descriptors == 2);
  CHECK_FALSE(reader.next().has_value());
}

TEST_CASE("frames that arrive together are taken one by one") {
  FrameReader reader;
  reader.feed(encode_frame({{"n", 1}}, 0) + encode_frame({{"n", 2}}, 1) + golden.substr(0, 5));
  CHECK(reader.next()->body["n"] == 1);
  CHECK(reader.next()->body["n"] == 2);
  CHECK_FALSE(reader.next().has_value());
  reader.feed(golden.substr(5));
  CHECK(reader.next()->body["id"] == 7);
}

TEST_CASE("every malformed frame is refused as a fault of the worker") {
  CHECK(refusal_of("RADC" + golden.substr(4)) == "1: worker message without its mark");
  CHECK(refusal_of("HTTP/1.1 200 OK\r\n") == "1: worker message without its mark");
  CHECK(refusal_of(header(2, 0, 2) + "{}") == "1: worker speaks protocol 2, not 1");
  CHECK(refusal_of(header(1, 9, 2) + "{}") == "1: worker message of impossible size");
  CHECK(refusal_of(header(1, 0, (64 << 20) + 1)) == "1: worker message of impossible size");
  CHECK(refusal_of(header(1, 0, 0xFFFFFFFF)) == "1: worker message of impossible size");
  for (const char* body : {"", "[]", "null", "7", "{", "{}{}", "{\"a\":NaN}", "{\"a\":\"\xFF\"}"}) {
    CAPTURE(body);
    CHECK(refusal_of(frame_of(body)) == "1: worker message is not a JSON object");
  }
}

TEST_CASE("a message nested deep enough to exhaust a stack is refused") {
  const std::string deep(1000000, '[');
  CHECK(refusal_of(frame_of("{\"a\":" + deep)) == "1: worker message is nested too deeply");
  CHECK(refusal_of(frame_of("{\"a\":" + deep + std::string(1000000, ']') + "}")) ==
        "1: worker message is nested too deeply");
  CHECK(refusal_of(frame_of("{\"a\":" + std::string(60, '[') + std::string(60, ']') + "}")) ==
        "nothing thrown");
}

TEST_CASE("the sender keeps to the limits too") {
  CHECK(error_of([] {
          encode_frame({{"x", std::string(65 << 20, 'a')}}, 0);
        }) == "1: a worker message exceeds 64 MiB");
  CHECK(error_of([] { encode_frame({{"x", 1}}, 9); }) == "1: a worker message has too many descriptors");
}

TEST_CASE("damaged and random bytes give frames or refusals, nothing else") {
  std::mt19937 random(20261122);
  const std::string good = golden + encode_frame({{"op", "scan"}, {"records", {1, 2.5, "胸"}}}, 0);
  std::size_t taken = 0, refused = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string bytes = good;
    for (auto flips = 1 + random() % 4; flips > 0; --flips)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    if (round % 4 == 0) std::ranges::generate(bytes, [&] { return static_cast<char>(random()); });
    if (round % 8 == 0) bytes.replace(0, 6, golden, 0, 6);
    FrameReader reader;
    try {
      for (std::size_t at = 0; at < bytes.size();) {
        const std::size_t n = 1 + random() % 40;
        reader.feed(std::string_view(bytes).substr(at, n));
        at += n;
        while (const auto frame = reader.next()) {
          taken += frame->body.is_object() && frame->descriptors <= MAX_FRAME_DESCRIPTORS;
        }
      }
    } catch (const Error& problem) {
      refused += problem.exit_code() == ExitCode::internal && !problem.reason();
    }
  }
  CHECK(taken > 1000);
  CHECK(refused > 10000);
}
