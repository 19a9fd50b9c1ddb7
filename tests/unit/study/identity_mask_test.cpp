#include "radbatch/study/identity_mask.hpp"

#include <doctest/doctest.h>

using namespace radbatch;

namespace {

const Identity anna{{"Leakname^Anna Li", "Wu^Ya=\xE5\xBC\xA0^\xE4\xB8\x89\xE4\xB8\xB0"},
                    {"ID-4711", "20", "123456"},
                    {"19570311"}};

std::string shown(std::string_view text) {
  return masked(text, anna);
}

}  // namespace

TEST_CASE("words of a name go, whatever their case and what stands around them") {
  CHECK(shown("CT LEAKNAME thin") == "CT *** thin");
  CHECK(shown("anna_t1") == "***_t1");
  CHECK(shown("Leaknamect") == "***ct");  // long enough to be looked for inside words
  CHECK(shown("Annales") == "Annales");   // not so long
  CHECK(shown("Leakname^Anna Li") == "*** Li");
  CHECK(shown("Wu Ya, b1000") == "***, b1000");  // two letters alone would be found everywhere
  CHECK(shown("Wu, Wuhan") == "Wu, Wuhan");
}

TEST_CASE("letters of other scripts are found inside words") {
  CHECK(shown("\xE5\xBC\xA0\xE4\xB8\x89\xE4\xB8\xB0\xE8\x83\xB8\xE9\x83\xA8") ==
        "***\xE8\x83\xB8\xE9\x83\xA8");
  CHECK(masked("M\xC3\x9CLLER Kopf", {{"M\xC3\xBCller"}, {}, {}}) == "*** Kopf");
}

TEST_CASE("numbers and dates go as a whole, short ones stay") {
  CHECK(shown("id-4711 20 123456") == "*** 20 ***");
  CHECK(shown("1234567 b1000") == "1234567 b1000");
  CHECK(shown("born 11.03.1957, 1957-03-11") == "born ***, ***");
}

TEST_CASE("words of anatomy and technique stay: series are chosen by them") {
  CHECK(masked("Head CT", {{"Head^Phantom"}, {"HEAD"}, {}}) == "Head CT");
  CHECK(masked("Pancreas", {{"PANCREAS_0001"}, {"PANCREAS_0001"}, {}}) == "Pancreas");
}

TEST_CASE("only free text is masked, and each study by its own identity") {
  Json header = {{"SeriesDescription", "Leakname"}, {"Modality", "CT"}, {"PatientID", "ID-4711"}};
  mask_identity(header, anna);
  CHECK(header == Json{{"SeriesDescription", "***"}, {"Modality", "CT"}, {"PatientID", "ID-4711"}});
  Json other = {{"SeriesDescription", "Leakname"}};
  mask_identity(other, {{"Bo^Other"}, {}, {}});
  CHECK(other["SeriesDescription"] == "Leakname");
}
