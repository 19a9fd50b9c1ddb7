#include "radbatch/image/display_facts.hpp"

#include <doctest/doctest.h>

using namespace radbatch;

namespace {

Display display(const Json& attributes, std::array<std::int64_t, 3> size = {2, 2, 1},
                SampleType type = SampleType::uint16) {
  ImageSource source;
  source.kind = FileKind::dicom;
  source.attributes = attributes;
  return display_of(source, make_volume(size, 1, 1, type)).value();
}

const Json ct{{"Modality", "CT"},
              {"PhotometricInterpretation", "MONOCHROME2"},
              {"WindowCenter", {40, 600}},
              {"WindowWidth", {80, 2800}},
              {"WindowCenterWidthExplanation", "BRAIN\\BONE"}};

}  // namespace

TEST_CASE("windows come with their names and the header's function") {
  Json header = ct;
  header["VOILUTFunction"] = "SIGMOID";
  const Display found = display(header);
  REQUIRE(found.windows.size() == 2);
  CHECK(found.windows[1].center == 600);
  CHECK(found.windows[1].width == 2800);
  CHECK(found.windows[1].explanation == "BONE");
  CHECK(found.function == VoiFunction::sigmoid);
  CHECK(display(ct).function == VoiFunction::linear);
}

TEST_CASE("a window of an inverted image is turned about with its values") {
  // Stored 0 to 1023; a value v became 1023 - v. LINEAR is symmetric about center - 0.5.
  Json header{{"PhotometricInterpretation", "MONOCHROME1"},
              {"BitsStored", 10},
              {"WindowCenter", 300},
              {"WindowWidth", 100}};
  CHECK(display(header).windows.at(0).center == 724);
  header["VOILUTFunction"] = "LINEAR_EXACT";
  CHECK(display(header).windows.at(0).center == 723);
  // With slope 2 and intercept 5 real values run from 5 to 2051.
  header["RescaleSlope"] = 2;
  header["RescaleIntercept"] = 5;
  CHECK(display(header).windows.at(0).center == 5 + 2051 - 300);
}

TEST_CASE("one window must hold for all slices") {
  CHECK(display(ct, {2, 2, 3}).windows.size() == 2);
  Json mr = ct;
  mr["Modality"] = "MR";
  CHECK(display(mr).windows.size() == 2);
  CHECK(display(mr, {2, 2, 3}).windows.empty());
  CHECK(display(mr, {2, 2, 3}).why_no_window ==
        "the slices of the volume may have a window each, and one is to hold for all");
  CHECK(display({}).why_no_window == "the header has no WindowCenter and WindowWidth");
}

TEST_CASE("the largest stored value is known where values are the stored ones") {
  const Json radiograph{{"PhotometricInterpretation", "MONOCHROME1"}, {"BitsStored", 12}};
  CHECK(display(radiograph).largest_stored == 4095.0);
  for (const auto& [keyword, value] :
       std::initializer_list<std::pair<const char*, Json>>{{"RescaleSlope", 2},
                                                           {"RescaleIntercept", -1024},
                                                           {"PixelRepresentation", 1},
                                                           {"PhotometricInterpretation", "RGB"},
                                                           {"BitsStored", nullptr}}) {
    Json other = radiograph;
    other[keyword] = value;
    CAPTURE(keyword);
    CHECK_FALSE(display(other).largest_stored);
  }
}

TEST_CASE("files of other formats say nothing of display") {
  ImageSource source;
  source.kind = FileKind::nifti;
  source.attributes = ct;
  CHECK_FALSE(display_of(source, make_volume({2, 2, 1}, 1, 1, SampleType::uint16)));
}
