#include "radbatch/volume/volume.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

#include "radbatch/base/error.hpp"

using namespace radbatch;

namespace {

// A turned, stretched and shifted grid with nothing symmetric in it.
const Affine oblique{{{{1.2, 0.3, 0.1, -30}, {-0.25, 1.4, 0.2, 12}, {0.05, -0.1, 2.5, 7}, {0, 0, 0, 1}}}};

}  // namespace

TEST_CASE("the inverse of an oblique affine undoes it") {
  const Affine product = multiply(inverse(oblique), oblique);
  for (std::size_t r = 0; r < 4; ++r) {
    for (std::size_t c = 0; c < 4; ++c) CHECK(std::abs(product.m[r][c] - (r == c ? 1 : 0)) < 1e-14);
  }
}

TEST_CASE("a singular affine has no inverse") {
  Affine flat = oblique;
  flat.m[2] = {0, 0, 0, 0};
  CHECK_THROWS_WITH_AS(inverse(flat), "the voxel axes do not span space (singular affine)", Error);
}

TEST_CASE("spacing is the length of a column") {
  CHECK(oblique.spacing(2) == doctest::Approx(std::sqrt(0.01 + 0.04 + 6.25)));
}

TEST_CASE("LPS to RAS negates two rows and is its own inverse, without negative zeros") {
  const Affine ras = lps_to_ras(Affine{});
  CHECK(ras.m[0] == std::array<double, 4>{-1, 0, 0, 0});
  CHECK(ras.m[1] == std::array<double, 4>{0, -1, 0, 0});
  CHECK(ras.m[2] == std::array<double, 4>{0, 0, 1, 0});
  CHECK_FALSE(std::signbit(ras.m[0][3]));
  CHECK(lps_to_ras(lps_to_ras(oblique)) == oblique);
}

TEST_CASE("rounding to float32 once is enough") {
  const Affine once = rounded_to_float32(oblique);
  CHECK(once.m[0][0] == static_cast<double>(1.2F));
  CHECK(once != oblique);
  CHECK(rounded_to_float32(once) == once);
  CHECK(lps_to_ras(once) == rounded_to_float32(lps_to_ras(oblique)));
}

TEST_CASE("voxels of a 2x3x4 volume lie with i fastest") {
  Volume volume = make_volume({2, 3, 4}, 1, 1, SampleType::int16);
  auto samples = volume.samples.as<std::int16_t>();
  std::iota(samples.begin(), samples.end(), std::int16_t{0});
  const std::vector<float> values = to_float(volume);
  CHECK(values.size() == 24);
  CHECK(values[1 + 2 * (2 + 3 * 3)] == 23);
  CHECK(values[0 + 2 * (1 + 3 * 0)] == 2);
}

TEST_CASE("every sample type becomes float32") {
  for (const SampleType type :
       {SampleType::uint8, SampleType::int16, SampleType::uint16, SampleType::int32}) {
    Volume volume = make_volume({1, 1, 1}, 1, 1, type);
    std::fill_n(volume.samples.data(), bytes_per_sample(type), std::byte{0});
    volume.samples.data()[0] = std::byte{200};
    CHECK(to_float(volume) == std::vector<float>{200});
  }
}

TEST_CASE("impossible sizes are refused before memory is asked for") {
  CHECK_THROWS_WITH_AS(make_volume({2, 0, 4}, 1, 1, SampleType::uint8), "an image axis has 0 samples", Error);
  CHECK_THROWS_WITH_AS(make_volume({1LL << 40, 1LL << 40, 1}, 1, 1, SampleType::uint8),
                       "the image would need more than 2^62 bytes", Error);
}

TEST_CASE("a buffer is aligned and moves without copying") {
  Buffer buffer(100);
  CHECK(reinterpret_cast<std::uintptr_t>(buffer.data()) % 64 == 0);
  const std::byte* bytes = buffer.data();
  const Buffer moved = std::move(buffer);
  CHECK(moved.data() == bytes);
  CHECK(moved.size() == 100);
}
