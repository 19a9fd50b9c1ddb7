#include "radbatch/dicom/hounsfield.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace radbatch;

namespace {

std::string verdict(std::vector<std::int16_t> values, std::optional<double> padding = {}) {
  Volume volume = make_volume({static_cast<std::int64_t>(values.size()), 1, 1}, 1, 1, SampleType::int16);
  std::ranges::copy(values, volume.samples.as<std::int16_t>().begin());
  return implausible_hu(volume, padding).value_or("plausible");
}

}  // namespace

TEST_CASE("values from air or fat to bone can be HU") {
  CHECK(verdict({-1024, 40, 1500}) == "plausible");
  CHECK(verdict({-120, 40, 300}) == "plausible");  // a small field of view inside the body
  CHECK(verdict({-2048, 0}) == "plausible");
}

TEST_CASE("stored values without their rescale, windows and air alone cannot") {
  CHECK(verdict({0, 1064, 2500}) == "no value is below 0: neither air nor fat");
  CHECK(verdict({-2000, 24, 1064}, -2000) == "no value is below 0: neither air nor fat");
  CHECK(verdict({-1024, -1000}) == "no value is above -200: air alone");
  CHECK(verdict({-2000, -2000}, -2000) == "every pixel is padding");
}

TEST_CASE("a rescale of the wrong size gives itself away") {
  Volume volume = make_volume({2, 1, 1}, 1, 1, SampleType::float32);
  volume.samples.as<float>()[0] = -1000;
  volume.samples.as<float>()[1] = 4e6F;
  CHECK(implausible_hu(volume, {}) == "there are values beyond 100000");
}
