#include "radbatch/study/reported_result.hpp"

#include <doctest/doctest.h>

using namespace radbatch;

TEST_CASE("a code is scheme, value and, if it likes, meaning") {
  CHECK(parse_concept("SCT:69536005", "Head") == CodedConcept{"69536005", "SCT", "Head"});
  CHECK(parse_concept("SCT:69536005:Head structure", "Head") ==
        CodedConcept{"69536005", "SCT", "Head structure"});
  for (const char* odd : {"", "69536005", ":1", "SCT:", "SCT:1 2", "AN-UNKNOWN-SCHEME:1", "S\\T:1"}) {
    CAPTURE(odd);
    CHECK_FALSE(parse_concept(odd, "Head"));
  }
}

TEST_CASE("a finding without a code is one of the private scheme") {
  CHECK(private_concept("pneumothorax", "气胸") == CodedConcept{"pneumothorax", "99RADBATCH", "气胸"});
  CHECK(private_concept("mass", "").meaning == "mass");
}

TEST_CASE("a text of VR LO has 64 characters, not bytes, and neither backslash nor control character") {
  std::string chinese;
  for (int i = 0; i < 70; ++i) chinese += "胸";
  CHECK(short_text(chinese) == chinese.substr(0, 3 * 64));
  CHECK(short_text("a\\b") == "a/b");
  CHECK(short_text("a\nb") == "a%0Ab");
}

TEST_CASE("a report and a picture survive the way to the worker") {
  ReportedResult result;
  result.study = {{"/a/\xff"}, {"model", "1.0", {"x"}}, {"20260102030405", "20260102110405"}, "words"};
  result.findings = {{"mass", {"1", "SCT", "Mass"}, "0.5", true, true},
                     {"age", {"2", "SCT", "Age"}, "44", false, {}}};
  result.classes = {{{"h", "99RADBATCH", "head"}, {"1", "SCT", "Mass"}}};
  CHECK(to_json(reported_result_from_json(to_json(result))) == to_json(result));
  const ReportedPicture picture{result.study, "/p.png", "how", true, 2};
  CHECK(to_json(reported_picture_from_json(to_json(picture))) == to_json(picture));
  CHECK_THROWS_AS(reported_result_from_json(Json::object()), Json::exception);
}
