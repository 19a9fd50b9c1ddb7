#include "radbatch/model/contract.hpp"

#include <doctest/doctest.h>

#include "example_bundle.hpp"

using namespace radbatch;
using radbatch::testing::message_of;

namespace {

InputSpec ct_volume() {
  InputSpec input;
  input.name = "ct";
  input.modality = {"CT", "PT"};
  input.dims = {3};
  input.channels = {1};
  input.spacing_range_mm = {0.3, 5.0};
  return input;
}

const ImageFacts good{"CT", 3, 1, {0.7, 0.7, 5.0}};

std::string refusal(const ImageFacts& facts) {
  return message_of([&] { check_input(ct_volume(), facts); });
}

}  // namespace

TEST_CASE("an image that fits has no flags") {
  CHECK(check_input(ct_volume(), good).empty());
}

TEST_CASE("what does not fit is refused with what was found and expected") {
  CHECK(refusal({"MR", 3, 1, {1, 1, 1}}) == "the modality is MR; input 'ct' takes CT, PT");
  CHECK(refusal({"CT", 2, 1, {1, 1}}) == "the image has 2 dimensions; input 'ct' takes 3");
  CHECK(refusal({"CT", 3, 3, {1, 1, 1}}) == "the image has 3 channels; input 'ct' takes 1");
  CHECK(refusal({"CT", 3, 1, {0.5, 0.5, 7.5}}) ==
        "the spacing is 0.5 x 0.5 x 7.5 mm; input 'ct' takes 0.3 to 5 mm along every axis");
}

TEST_CASE("each refusal has its own reason") {
  const auto reason = [](const ImageFacts& facts) {
    try {
      check_input(ct_volume(), facts);
    } catch (const Error& problem) {
      return problem.reason();
    }
    return std::optional<Reason>();
  };
  CHECK(reason({"MR", 3, 1, {}}) == Reason::modality);
  CHECK(reason({"CT", 2, 1, {}}) == Reason::dimension);
  CHECK(reason({"CT", 3, 3, {}}) == Reason::channels);
  CHECK(reason({"CT", 3, 1, {9, 9, 9}}) == Reason::spacing);
}

TEST_CASE("what a format does not say is flagged, not refused") {
  CHECK(check_input(ct_volume(), {"", 3, 1, {}}) ==
        std::vector<std::string>{"W_MODALITY_UNKNOWN", "W_SPACING_UNKNOWN"});
}

TEST_CASE("the photometric interpretation of the file can be asked for") {
  InputSpec input = ct_volume();
  input.photometric = {"MONOCHROME1", "MONOCHROME2"};
  const auto facts = [](const std::string& photometric) {
    return ImageFacts{"CT", 3, 1, {1, 1, 1}, photometric};
  };
  CHECK(check_input(input, facts("MONOCHROME1")).empty());
  CHECK(check_input(input, facts("")) == std::vector<std::string>{"W_PHOTOMETRIC_UNKNOWN"});
  CHECK(message_of([&] { check_input(input, facts("PALETTE COLOR")); }) ==
        "the PhotometricInterpretation is PALETTE COLOR; input 'ct' takes MONOCHROME1, MONOCHROME2");
  try {
    check_input(input, facts("RGB"));
    FAIL("no refusal");
  } catch (const Error& problem) {
    CHECK(problem.reason() == Reason::photometric);
  }
}

TEST_CASE("a spacing that is not a number is outside the range") {
  CHECK(refusal({"CT", 3, 1, {1, 1, std::nan("")}}).starts_with("the spacing is 1 x 1 x nan mm"));
}

TEST_CASE("values are compared with the declared range") {
  InputSpec input = ct_volume();
  CHECK_NOTHROW(check_values(input, -5000, 5000));
  input.value_range = {-1024, 3071};
  CHECK_NOTHROW(check_values(input, -1024, 3071));
  CHECK(message_of([&] { check_values(input, 0, 4095); }) ==
        "the values run from 0 to 4095; input 'ct' takes -1024 to 3071");
}
