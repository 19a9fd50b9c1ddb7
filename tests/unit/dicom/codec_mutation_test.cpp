// Damaged streams: every codec either decodes them or says no; it never writes beside its frame, hangs or
// throws anything else. Under the sanitizers (preset asan) this is the proof; RADBATCH_MUTATIONS makes it
// longer.
#include <doctest/doctest.h>

#include <cstdlib>
#include <map>
#include <random>

#include "coded_frames.hpp"
#include "jpeg_lossless_encoder.hpp"
#include "radbatch/base/error.hpp"

using namespace radbatch;
using namespace radbatch::test;

namespace {

using Bytes = std::vector<std::uint8_t>;

struct Seed {
  std::string name, transfer_syntax;
  Bytes stream;
  FrameFormat format;
};

// 16-bit samples: two byte planes with a run per row.
Bytes run_length_frame() {
  Bytes frame(64);
  frame[0] = 2, frame[4] = 64, frame[8] = 64 + 2 * coded_rows;
  for (int i = 0; i < 2 * coded_rows; ++i) {
    frame.push_back(static_cast<std::uint8_t>(257 - coded_columns));
    frame.push_back(static_cast<std::uint8_t>(i));
  }
  return frame;
}

std::vector<Seed> seeds() {
  std::vector<Seed> all;
  for (const CodedFrame& f : coded_frames()) {
    // OpenJPEG 2.5.0's decoder of high-throughput blocks has an assertion that damaged ones reach (its issue
    // 1500): there the worker's death is the refusal.
    if (f.name == std::string("htj2k_12")) continue;
    all.push_back({f.name, f.transfer_syntax, f.stream(), coded_format(f.samples, f.bits)});
  }
  all.push_back({"rle", "1.2.840.10008.1.2.5", run_length_frame(), coded_format(1, 16)});
  const LosslessJpeg plain{.predictor = 6, .restart_rows = 3}, colour{.precision = 8, .components = 3};
  all.push_back(
      {"jpeg_lossless", "1.2.840.10008.1.2.4.57", encode_lossless(grey12(), plain), coded_format(1, 12)});
  all.push_back(
      {"jpeg_lossless_rgb", "1.2.840.10008.1.2.4.57", encode_lossless(rgb8(), colour), coded_format(3, 8)});
  return all;
}

Bytes mutated(Bytes bytes, std::mt19937& random) {
  const auto any = [&](std::size_t n) { return random() % std::max<std::size_t>(n, 1); };
  for (std::size_t n = 1 + any(4); n > 0 && !bytes.empty(); --n) {
    const std::size_t at = any(bytes.size());
    const auto where = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    switch (any(6)) {
      case 0:
        bytes[at] ^= static_cast<std::uint8_t>(1U << any(8));
        break;
      case 1:
        bytes[at] = static_cast<std::uint8_t>(random());
        break;
      case 2:
        bytes[at] = any(2) == 0 ? 0xff : 0;
        break;
      case 3:
        bytes.erase(where,
                    where + static_cast<std::ptrdiff_t>(any(std::min<std::size_t>(8, bytes.size() - at))));
        break;
      case 4:
        bytes.insert(where, any(8), static_cast<std::uint8_t>(random()));
        break;
      default:
        // Headers are what decoders believe.
        bytes[any(std::min<std::size_t>(bytes.size(), 80))] = static_cast<std::uint8_t>(random());
    }
  }
  return bytes;
}

/// Decodes into the middle of a larger buffer and looks at its margins.
bool decodes(const Seed& seed, const Bytes& stream) {
  constexpr std::size_t margin = 64;
  const std::size_t size = frame_bytes(seed.format);
  std::vector<std::byte> buffer(size + 2 * margin, std::byte{0xa5});
  bool decoded = true;
  try {
    decode_frame(seed.transfer_syntax, stream, seed.format, std::span(buffer).subspan(margin, size));
  } catch (const Error& error) {
    CHECK(error.reason());
    decoded = false;
  }
  for (std::size_t i = 0; i < margin; ++i)
    REQUIRE((buffer[i] == std::byte{0xa5} && buffer[margin + size + i] == std::byte{0xa5}));
  return decoded;
}

}  // namespace

TEST_CASE("damaged frames of every codec are decoded or refused, nothing else") {
  const char* wanted = std::getenv("RADBATCH_MUTATIONS");
  const int mutations = wanted != nullptr ? std::atoi(wanted) : 300;
  std::mt19937 random(20261128);
  for (const Seed& seed : seeds()) {
    CAPTURE(seed.name);
    CHECK(decodes(seed, seed.stream));
    int refused = 0;
    for (int i = 0; i < mutations; ++i) refused += decodes(seed, mutated(seed.stream, random)) ? 0 : 1;
    CHECK(refused > mutations / 10);
  }
}
