#include "radbatch/volume/value_statistics.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

using namespace radbatch;

namespace {

/// The definition, by sorting.
ValueStatistics sorted_statistics(std::vector<float> values) {
  std::ranges::sort(values);
  const auto n = static_cast<double>(values.size());
  const auto at = [&](double p) { return values[static_cast<std::size_t>(p * (n - 1) + 0.5)]; };
  double sum = 0, squares = 0;
  for (const float value : values) sum += value;
  for (const float value : values) squares += std::pow(value - sum / n, 2);
  return {values.front(), values.back(), sum / n, std::sqrt(squares / n), at(0.01), at(0.5), at(0.99)};
}

void check_equal(const ValueStatistics& a, const ValueStatistics& b) {
  for (const NamedStatistic& one : NAMED_STATISTICS) {
    CAPTURE(one.name);
    const bool is_sum = one.name == "mean" || one.name == "sd";
    if (is_sum) CHECK(a.*one.member == doctest::Approx(b.*one.member).epsilon(1e-9));
    if (!is_sum) CHECK(a.*one.member == b.*one.member);
  }
}

template <class Sample>
Volume volume_of(SampleType type, const std::vector<Sample>& samples) {
  Volume volume = make_volume({static_cast<std::int64_t>(samples.size()), 1, 1}, 1, 1, type);
  std::memcpy(volume.samples.data(), samples.data(), samples.size() * sizeof(Sample));
  return volume;
}

}  // namespace

TEST_CASE("statistics of floats are those of the sorted values, signs and tiny values included") {
  std::mt19937 random(7);
  std::normal_distribution<float> normal(-3, 40);
  for (const std::size_t n : {1U, 2U, 3U, 100U, 20001U}) {
    std::vector<float> values(n);
    for (float& value : values) value = normal(random);
    if (n > 3) values[1] = -0.0F, values[2] = 1e-38F, values[3] = -1e30F;
    check_equal(statistics_of(values), sorted_statistics(values));
  }
}

TEST_CASE("the spread of values far from zero is not lost") {
  CHECK(statistics_of(std::vector<float>{1e7F, 1e7F + 1, 1e7F + 2}).sd ==
        doctest::Approx(std::sqrt(2.0 / 3)));
}

TEST_CASE("samples of 8 and 16 bits are counted, over all frames") {
  SampleStatistics statistics;
  CHECK(statistics.is_empty());
  statistics.add(volume_of<std::int16_t>(SampleType::int16, {-1024, -1000, 40, 3071}));
  statistics.add(volume_of<std::int16_t>(SampleType::int16, {-32768, 32767}));
  check_equal(statistics.result(), sorted_statistics({-1024, -1000, 40, 3071, -32768, 32767}));
  SampleStatistics unsigned_samples;
  unsigned_samples.add(volume_of<std::uint16_t>(SampleType::uint16, {0, 65535, 7}));
  check_equal(unsigned_samples.result(), sorted_statistics({0, 65535, 7}));
}

TEST_CASE("samples of float32 and int32 are looked at as they are") {
  SampleStatistics floats, integers;
  floats.add(volume_of<float>(SampleType::float32, {0.5F, -1.5F}));
  check_equal(floats.result(), sorted_statistics({0.5F, -1.5F}));
  integers.add(volume_of<std::int32_t>(SampleType::int32, {100000, -100000}));
  check_equal(integers.result(), sorted_statistics({100000, -100000}));
}

TEST_CASE("a histogram counts every value once") {
  const std::vector<float> values{0, 0.1F, 0.5F, 0.99F, 1, -5, 7};
  CHECK(histogram_of(values, 0, 1, 2) == std::vector<std::uint64_t>{3, 4});
  CHECK(histogram_of(values, 3, 3, 2) == std::vector<std::uint64_t>{7, 0});
}

TEST_CASE("blank planes of a volume lie along its last axis, of pictures they are items") {
  // [1, 1, 2, 1, 3]: planes {0, 3}, {1, 1}, {2, 2}
  const std::vector<std::int64_t> volume{1, 1, 2, 1, 3}, pictures{3, 1, 1, 2};
  const std::vector<float> values{0, 1, 2, 3, 1, 2};
  CHECK(blank_planes(volume, values).n_planes == 3);
  CHECK(blank_planes(volume, values).n_blank == 2);
  CHECK(blank_planes(pictures, std::vector<float>{0, 0, 1, 2, 5, 5}).n_blank == 2);
}
