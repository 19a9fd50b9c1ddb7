#include <doctest/doctest.h>

#include <algorithm>

#include "radbatch/study/attributes.hpp"
#include "radbatch/study/confidentiality_profile.hpp"

using namespace radbatch;

TEST_CASE("the table of the standard is found by keyword") {
  CHECK(is_in_confidentiality_profile("AccessionNumber"));
  CHECK(is_in_confidentiality_profile("XRaySourceID"));
  CHECK(is_in_confidentiality_profile("DateOfInstallation"));
  CHECK_FALSE(is_in_confidentiality_profile("Modality"));
  for (std::string_view keyword : kept_of_confidentiality_profile())
    CHECK(is_in_confidentiality_profile(keyword));
}

TEST_CASE("no column of a table is confidential but those that are kept on purpose") {
  for (const auto words : {series_keywords(), study_keywords()}) {
    for (std::string_view keyword : words) {
      const auto kept = kept_of_confidentiality_profile();
      CAPTURE(keyword);
      CHECK((!is_in_confidentiality_profile(keyword) || std::ranges::find(kept, keyword) != kept.end()));
    }
  }
}

TEST_CASE("what is handed on has no confidential attribute") {
  const Json header = {{"PatientName", "x"},   {"XRaySourceID", "x"},      {"ImageComments", "x"},
                       {"StudyTime", "12"},    {"SomeNewPatientThing", 1}, {"EchoTime", 4},
                       {"PatientSex", "F"},    {"StudyInstanceUID", "1"},  {"DeviceUID", "2"},
                       {"PatientPosition", 1}, {"SeriesDescription", "T1"}};
  CHECK(without_identifiers(header) == Json{{"EchoTime", 4},
                                            {"PatientSex", "F"},
                                            {"StudyInstanceUID", "1"},
                                            {"PatientPosition", 1},
                                            {"SeriesDescription", "T1"}});
}
