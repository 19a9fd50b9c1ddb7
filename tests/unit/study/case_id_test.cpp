#include "radbatch/study/case_id.hpp"

#include <doctest/doctest.h>

#include <set>

#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"

using namespace radbatch;
using Ids = std::vector<std::string>;

namespace {
Ids ids_of(const Ids& paths) {
  return file_case_ids(paths);
}
}  // namespace

TEST_CASE("a study's id is 20 digits of SHA-256(PatientID NUL StudyInstanceUID)") {
  const std::vector<GroupKey> study{{"StudyInstanceUID", "1.2.3"}};
  // printf 'P1\0001.2.3' | sha256sum
  CHECK(dicom_case_id("P1", study) == "study-" + sha256_hex(std::string("P1\0"
                                                                        "1.2.3",
                                                                        8))
                                                     .substr(0, 20));
  CHECK(dicom_case_id("P1", study) == "study-7f79199290f49938d197");
  CHECK(dicom_case_id("P2", study) != dicom_case_id("P1", study));
}

TEST_CASE("other grouping keywords are hashed in with their names") {
  const std::vector<GroupKey> series{{"SeriesInstanceUID", "1.2.3"}}, sop{{"SOPInstanceUID", "1.2.3"}};
  CHECK(dicom_case_id("P1", series) != dicom_case_id("P1", sop));
}

TEST_CASE("file ids are readable and drop the ending") {
  CHECK(ids_of({"sub-01/anat/sub-01_T1w.nii.gz"}) == Ids{"sub-01__anat__sub-01_T1w"});
  CHECK(ids_of({"hand.JPEG"}) == Ids{"hand"});
  CHECK(ids_of({"notes.v2"}) == Ids{"notes.v2"});
}

TEST_CASE("endings are kept where ids would be equal, whatever the order") {
  CHECK(ids_of({"a.nii", "a.png", "b.png"}) == Ids{"a.nii", "a.png", "b"});
  CHECK(ids_of({"b.png", "a.png", "a.nii"}) == Ids{"b", "a.png", "a.nii"});
  CHECK(ids_of({"a.nii", "a.png", "a.nii.png"}) == Ids{"a.nii", "a.png", "a.nii.png"});
}

TEST_CASE("odd names become plain, and none meets another") {
  CHECK(encoded_path("a b") == "a_x20b");
  CHECK(encoded_path("胸片/1") == "_xe8_x83_xb8_xe7_x89_x87__1");
  CHECK(encoded_path("\xD0\xD8") == "_xd0_xd8");
  CHECK(encoded_path("-rf") == "_x2drf");
  CHECK(encoded_path("../x") == "_x2e.__x");
  CHECK(encoded_path("a;$(x)\n\"") == "a_x3b_x24_x28x_x29_x0a_x22");
  const Ids paths{"a/b",   "a__b", "a_b",   "a_/b", "a/_b", "a_x2fb", "a_/_b",
                  "a___b", "a//b", "a_x5f", "a_",   "a__",  "A_"};
  std::set<std::string> encoded;
  for (const std::string& path : paths) {
    encoded.insert(encoded_path(path));
    CHECK(is_case_id(encoded_path(path)));
  }
  CHECK(encoded.size() == paths.size());
}

TEST_CASE("every pair of short paths has two ids") {
  const std::string letters = "_/xf5a.";
  std::set<std::string> encoded;
  std::size_t n = 0;
  for (std::size_t length = 1; length <= 5; ++length) {
    std::size_t total = 1;
    for (std::size_t i = 0; i < length; ++i) total *= letters.size();
    for (std::size_t number = 0; number < total; ++number, ++n) {
      std::string path;
      for (std::size_t i = 0, rest = number; i < length; ++i, rest /= letters.size()) {
        path += letters[rest % letters.size()];
      }
      encoded.insert(encoded_path(path));
    }
  }
  CHECK(encoded.size() == n);
}

TEST_CASE("long names are cut and stay unique") {
  const std::string folder(300, 'a');
  const Ids ids = ids_of({folder + "/1.png", folder + "/2.png"});
  CHECK(ids[0].size() == 113);
  CHECK(ids[0].substr(0, 101) == std::string(100, 'a').append("-"));
  CHECK(ids[0] != ids[1]);
}

TEST_CASE("cohort digest does not depend on order and sees every id") {
  CHECK(cohort_sha256(Ids{"b", "a"}) == cohort_sha256(Ids{"a", "b"}));
  CHECK(cohort_sha256(Ids{"a", "b"}) == sha256_hex("a\nb\n"));
  CHECK(cohort_sha256(Ids{"ab"}) != cohort_sha256(Ids{"a", "b"}));
}

TEST_CASE("patient keys need the key and a PatientID") {
  CHECK(patient_key("k", "P1") == hmac_sha256_hex("k", "P1").substr(0, 16));
  CHECK(patient_key("other", "P1") != patient_key("k", "P1"));
  CHECK(patient_key("k", "") == "");
}

TEST_CASE("shards are fixed by the id alone and about equal") {
  std::vector<int> counts(4, 0);
  for (int i = 0; i < 1000; ++i) ++counts[shard_of("case" + std::to_string(i), 4)];
  for (int count : counts) CHECK(std::abs(count - 250) < 50);
  CHECK(shard_of("study-1", 1) == 0);
  CHECK(shard_of("study-1", 7) == 6);
}

TEST_CASE("a unique prefix names a case") {
  const Ids ids{"study-3f2a", "study-3f77", "hand"};
  CHECK(find_case(ids, "h") == 2);
  CHECK(find_case(ids, "study-3f7") == 1);
  CHECK(find_case(Ids{"ab", "abc"}, "ab") == 0);
  CHECK_THROWS_WITH_AS(find_case(ids, "study-3f"), "2 cases begin with 'study-3f': study-3f2a, study-3f77",
                       Error);
  CHECK_THROWS_WITH_AS(find_case(ids, "head"), "no case begins with 'head'", Error);
}
