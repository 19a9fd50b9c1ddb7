#include "radbatch/image/value_flags.hpp"

#include <doctest/doctest.h>

using namespace radbatch;

namespace {

std::size_t n_flags(const Json& attributes, std::int16_t lowest) {
  ImageSource source;
  source.kind = FileKind::dicom;
  source.attributes = attributes;
  Volume volume = make_volume({2, 1, 1}, 1, 1, SampleType::int16);
  volume.samples.as<std::int16_t>()[0] = lowest;
  volume.samples.as<std::int16_t>()[1] = 1100;
  return value_flags(source, volume).size();
}

}  // namespace

TEST_CASE("an original CT without anything below 0 is flagged, other images are not") {
  CHECK(n_flags({{"Modality", "CT"}}, 0) == 1);
  CHECK(n_flags({{"Modality", "CT"}}, -1000) == 0);
  CHECK(n_flags({{"Modality", "MR"}}, 0) == 0);
  CHECK(n_flags({{"Modality", "CT"}, {"RescaleType", "HU"}, {"ImageType", "ORIGINAL\\PRIMARY"}}, 0) == 1);
  CHECK(n_flags({{"Modality", "CT"}, {"ImageType", "DERIVED\\SECONDARY"}}, 0) == 0);
  CHECK(n_flags({{"Modality", "CT"}, {"RescaleType", "MGML"}}, 0) == 0);
}

TEST_CASE("padding is no value, and is rescaled like the values") {
  CHECK(n_flags({{"Modality", "CT"}, {"PixelPaddingValue", -2000}}, -2000) == 1);
  CHECK(n_flags({{"Modality", "CT"}, {"PixelPaddingValue", 0}, {"RescaleIntercept", -1024}}, -1024) == 1);
}
