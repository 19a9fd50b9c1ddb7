#include "radbatch/study/cohort.hpp"

#include <doctest/doctest.h>

#include "radbatch/base/error.hpp"
#include "radbatch/study/attributes.hpp"
#include "radbatch/study/cohort_tables.hpp"
#include "records.hpp"

using namespace radbatch;
using namespace radbatch::test;
using Strings = std::vector<std::string>;

namespace {

/// What must not depend on the order of discovery, with paths instead of indices.
Json summary(const Cohort& cohort, const std::vector<FileRecord>& records) {
  Json all = Json::array();
  for (const Case& one : cohort.cases) {
    Json item{{"id", one.id}, {"files", Json::array()}, {"images", Json::array()}};
    for (std::size_t file : one.files) item["files"].push_back(records[file].path);
    for (const Candidate& candidate : one.candidates) {
      item["images"].push_back({candidate.source.files, candidate.attributes, candidate.detail});
    }
    all.push_back(item);
  }
  for (const UnassignedFile& u : cohort.unassigned) all.push_back({records[u.file].path, u.detail});
  return all;
}

}  // namespace

TEST_CASE("a study is one case, a series one image in slice order") {
  std::vector<FileRecord> records = series_of("2", 3) + series_of("1", 2);
  std::swap(records[0], records[2]);
  const Cohort cohort = cohort_of(records);
  REQUIRE(cohort.cases.size() == 1);
  REQUIRE(cohort.cases[0].candidates.size() == 2);
  const Candidate& second = cohort.cases[0].candidates[1];
  CHECK(second.series == "1.2");
  CHECK(second.source.files == Strings{"/data/study/2.1", "/data/study/2.2", "/data/study/2.3"});
  CHECK(second.source.lps->m[2] == std::array<double, 4>{0, 0, 3, 3});
  CHECK(second.attributes["n_slices"] == 3);
  CHECK(second.attributes["dims"] == 3);
  CHECK(second.attributes["slice_step_mm"] == 3.0);
  CHECK(second.attributes["spacing_mm"] == Json{0.25, 0.5, 3.0});
  CHECK(second.attributes["size"] == Json{256, 512, 3});
  CHECK(second.attributes["orientation"] == "LPS");
}

TEST_CASE("no identifier reaches an image's attributes") {
  const Cohort cohort = cohort_of(series_of("1", 2, 3, {{"AcquisitionDate", "20200101"}, {"EchoTime", 2.5}}));
  const Candidate& image = cohort.cases[0].candidates[0];
  for (const Json& attributes : {image.attributes, image.source.attributes}) {
    CHECK(attributes.dump().find("Secret") == std::string::npos);
    CHECK(attributes.dump().find("20200101") == std::string::npos);
    CHECK_FALSE(attributes.contains("PatientID"));
    CHECK(attributes["EchoTime"] == 2.5);
  }
}

TEST_CASE("two patients who share a StudyInstanceUID are two cases") {
  CHECK(cohort_of({slice("1", 1, 0), slice("2", 1, 0, {{"PatientID", "P2"}})}).cases.size() == 2);
}

TEST_CASE("the order of discovery changes nothing") {
  std::vector<FileRecord> records = series_of("1", 4) + series_of("2", 3, 3, {{"PatientID", "P2"}});
  records.push_back(records[1]);
  records.back().path = "copy/of it";
  for (const char* path : {"a.png", "a.nii", "胸片/1.png", "odd\xFFname.png"})
    records.push_back(image_file(path));
  records.push_back(image_file("notes.txt", FileKind::none));
  const Json expected = summary(cohort_of(records), records);
  std::mt19937 random(7);
  for (int round = 0; round < 20; ++round) {
    std::shuffle(records.begin(), records.end(), random);
    CHECK(summary(cohort_of(records), records) == expected);
  }
}

TEST_CASE("echoes, phases, planes and sizes of one series are images of their own") {
  const auto n_images = [](const std::vector<FileRecord>& records) {
    return cohort_of(records).cases.at(0).candidates.size();
  };
  CHECK(n_images(series_of("1", 3, 3, {{"EchoNumbers", 1}}) +
                 std::vector{slice("1", 4, 3, {{"EchoNumbers", 2}})}) == 2);
  CHECK(n_images({slice("1", 1, 0), slice("1", 2, 3, {{"TemporalPositionIdentifier", 2}})}) == 2);
  CHECK(n_images({slice("1", 1, 0), slice("1", 2, 3, {{"ImageOrientationPatient", {0, 1, 0, 0, 0, -1}}})}) ==
        2);
  CHECK(n_images({slice("1", 1, 0), slice("1", 2, 3, {{"Rows", 100}})}) == 2);
  CHECK(n_images({slice("1", 1, 0), slice("1", 2, 3, {{"ImageType", "ORIGINAL\\PRIMARY\\LOCALIZER"}})}) == 2);
  CHECK(n_images(
            {slice("1", 1, 0), slice("1", 2, 3, {{"ImageOrientationPatient", {1, 1e-5, 0, 0, 1, 0}}})}) == 1);
  CHECK(n_images({slice("1", 1, 0), slice("1", 2, 3, {{"AcquisitionNumber", 2}})}) == 1);
}

TEST_CASE("slices at one position are split by acquisition, or refused") {
  std::vector<FileRecord> records = series_of("1", 3, 3, {{"AcquisitionNumber", 1}});
  for (int i = 1; i <= 3; ++i) records.push_back(slice("1", 10 + i, 3 * i, {{"AcquisitionNumber", 2}}));
  CHECK(cohort_of(records).cases[0].candidates.size() == 2);
  for (FileRecord& record : records) record.attributes.erase("AcquisitionNumber");
  const Candidate image = cohort_of(records).cases[0].candidates.at(0);
  CHECK(image.reason == Reason::duplicate_slices);
  CHECK(image.detail == "slices 1 and 2 of 6 lie at one position (3 such pairs)");
}

TEST_CASE("a frontal and a lateral view in one series are two images") {
  const Json view{{"Modality", "DX"}};
  const Cohort cohort = cohort_of({slice("1", 1, 0, view), slice("1", 2, 0, view)});
  REQUIRE(cohort.cases[0].candidates.size() == 2);
  CHECK(cohort.cases[0].candidates[0].instance == "9.1.1");
  CHECK(cohort.cases[0].candidates[0].attributes["dims"] == 2);
  CHECK_FALSE(cohort.cases[0].candidates[0].source.lps.has_value());
}

TEST_CASE("a multi-frame instance is an image of its own: slices for MR, time for ultrasound") {
  const Cohort cohort = cohort_of({slice("1", 1, 0, {{"Modality", "MR"}, {"NumberOfFrames", 24}}),
                                   slice("2", 1, 0, {{"Modality", "US"}, {"NumberOfFrames", 30}})});
  CHECK(cohort.cases[0].candidates[0].attributes["n_slices"] == 24);
  CHECK(cohort.cases[0].candidates[0].attributes["dims"] == 3);
  CHECK(cohort.cases[0].candidates[1].attributes["frames"] == 30);
  CHECK(cohort.cases[0].candidates[1].attributes["dims"] == 2);
}

TEST_CASE("a copy is unassigned, another file with its SOPInstanceUID spoils the series") {
  std::vector<FileRecord> records = series_of("1", 3);
  records.push_back(records[1]);
  records.back().path = "backup/x";
  const Cohort copied = cohort_of(records);
  CHECK_FALSE(copied.cases[0].candidates[0].reason.has_value());
  REQUIRE(copied.unassigned.size() == 1);
  CHECK(records[copied.unassigned[0].file].path == "study/1.2");
  CHECK(copied.unassigned[0].detail ==
        "a copy of another file of case " + copied.cases[0].id + ": same SOPInstanceUID and bytes");
  CHECK(copied.cases[0].flags == Strings{"W_COPIES_DROPPED"});
  records.back().size = 101;
  const Cohort changed = cohort_of(records);
  CHECK(changed.unassigned.empty());
  CHECK(changed.cases[0].candidates[0].reason == Reason::duplicate_slices);
  CHECK(changed.cases[0].candidates[0].detail ==
        "file 2 of 4: another file has the same SOPInstanceUID and differs");
}

TEST_CASE("a damaged slice spoils its series and is named by its number") {
  std::vector<FileRecord> records = series_of("1", 4);
  records[2].reason = Reason::truncated_pixels;
  records[2].detail = "pixel data is 1 byte, 8192 expected";
  CHECK(cohort_of(records).cases[0].candidates[0].detail ==
        "file 3 of 4: pixel data is 1 byte, 8192 expected");
  records[2].attributes.erase("ImagePositionPatient");
  const Cohort cohort = cohort_of(records);
  REQUIRE(cohort.cases[0].candidates.size() == 1);
  CHECK(cohort.cases[0].candidates[0].reason == Reason::truncated_pixels);
  CHECK(cohort.cases[0].candidates[0].files.size() == 4);
}

TEST_CASE("slices without positions are refused, one picture is not") {
  const Json nowhere{{"ImagePositionPatient", nullptr}};
  const Candidate image = cohort_of(series_of("1", 3, 3, nowhere)).cases[0].candidates.at(0);
  CHECK(image.reason == Reason::bad_header);
  CHECK(image.detail ==
        "3 slices have no ImagePositionPatient, ImageOrientationPatient or PixelSpacing to order them by");
  CHECK_FALSE(cohort_of({slice("1", 1, 0, nowhere)}).cases[0].candidates[0].reason.has_value());
}

TEST_CASE("reports are members of their study, strangers are unassigned") {
  FileRecord report = slice("5", 1, 0, {{"Modality", "SR"}, {"Rows", nullptr}});
  report.reason = Reason::not_image;
  FileRecord directory = image_file("DICOMDIR", FileKind::dicom);
  directory.attributes = Json::object();
  directory.reason = Reason::not_image;
  FileRecord empty = image_file("empty.dcm", FileKind::none);
  empty.reason = Reason::empty_file;
  const Cohort cohort = cohort_of({slice("1", 1, 0), report, directory, empty});
  REQUIRE(cohort.cases.size() == 1);
  REQUIRE(cohort.cases[0].members.size() == 1);
  CHECK(cohort.cases[0].members[0].series == "1.5");
  REQUIRE(cohort.unassigned.size() == 2);
  CHECK(cohort.unassigned[0].reason == Reason::not_image);
  CHECK(cohort.unassigned[1].reason == Reason::empty_file);
}

TEST_CASE("slices without StudyInstanceUID are one case per folder, flagged") {
  std::vector<FileRecord> records = anonymous("b/series 1", 3) + anonymous("a", 2) + anonymous("", 2);
  const Cohort cohort = cohort_of(records);
  CHECK(case_ids(cohort) == Strings{"a", "b__series_x201", "folder"});
  const Case& one = cohort.cases[1];
  REQUIRE(one.candidates.size() == 1);
  CHECK(one.files.size() == 3);
  CHECK(one.candidates[0].attributes["n_slices"] == 3);
  CHECK(one.candidates[0].source.files[2] == "/data/b/series 1/3.dcm");
  CHECK(one.candidates[0].source.lps->m[2] == std::array<double, 4>{0, 0, 3, 3});
  CHECK(flags_of(one.candidates[0]) == Strings{"W_NO_STUDY_UID"});
  for (FileRecord& record : records) record.root = "/moved/elsewhere";
  CHECK(case_ids(cohort_of(records)) == case_ids(cohort));
}

TEST_CASE("a folder of slices without UIDs is split by what is the same all through a series") {
  const auto n_images = [](const Json& more) {
    std::vector<FileRecord> records = anonymous("a", 2) + anonymous("a", 2, more);
    for (std::size_t i = 2; i < 4; ++i) records[i].path += "2";
    return cohort_of(records).cases.at(0).candidates.size();
  };
  CHECK(n_images({{"FrameOfReferenceUID", "5"}}) == 2);
  CHECK(n_images({{"ImageOrientationPatient", {0, 1, 0, 0, 0, -1}}}) == 2);
  CHECK(n_images({{"Rows", 100}}) == 2);
  CHECK(n_images({{"Modality", "PT"}}) == 2);
  CHECK(n_images({{"SeriesNumber", 7}}) == 2);
  CHECK(n_images({{"ConvolutionKernel", "Br59f"}}) == 2);
  CHECK(n_images({{"AcquisitionNumber", 2}}) == 2);
  CHECK(n_images({{"ImagePositionPatient", {0, 0, 9}}, {"AcquisitionNumber", 2}}) == 1);
}

TEST_CASE("what is no slice without a study stays a case of its own") {
  const std::vector<FileRecord> records = anonymous("a", 2) + anonymous("a", 1, {{"Modality", "DX"}}) +
                                          anonymous("b", 2, {{"ImagePositionPatient", nullptr}});
  std::vector<FileRecord> distinct = records;
  distinct[2].path = "a/x.dcm";
  const Cohort cohort = cohort_of(distinct);
  CHECK(case_ids(cohort) == Strings{"a", "a__x", "b__1", "b__2"});
  CHECK(flags_of(cohort.cases[1].candidates[0]) == Strings{"W_NO_STUDY_UID"});
}

TEST_CASE("two patients in one folder without UIDs are two cases, whose ids show neither") {
  const Json other{{"PatientID", "P2"}};
  std::vector<FileRecord> records = anonymous("a", 2, {{"PatientID", "P1"}}) + anonymous("a", 2, other);
  for (std::size_t i = 2; i < 4; ++i) records[i].path += "2";
  const Cohort cohort = cohort_of(records);
  REQUIRE(cohort.cases.size() == 2);
  for (const Case& one : cohort.cases) {
    CHECK(one.files.size() == 2);
    CHECK(one.id.starts_with("study-"));
    CHECK(one.id.size() == 26);
  }
  records.resize(2);
  CHECK(case_ids(cohort_of(records)) == Strings{"a"});
  CHECK(cohort_of(records).cases[0].patient_id == "P1");
}

TEST_CASE("a folder and a file of one name keep apart, two inputs of one name are an error") {
  CHECK(case_ids(cohort_of(anonymous("a", 2) + std::vector{image_file("a.png")})) == Strings{"a", "a.png"});
  std::vector<FileRecord> records = anonymous("", 1) + anonymous("", 1);
  records[1].root = "/other";
  CHECK_THROWS_WITH_AS(build_cohort(records), "two cases have the id folder: /data/1.dcm and /other/1.dcm",
                       Error);
}

TEST_CASE("grouping by instance leaves slices without UIDs alone, grouping by patient does not") {
  CHECK(cohort_of(anonymous("a", 3), {{"SOPInstanceUID"}}).cases.size() == 3);
  CHECK(cohort_of(anonymous("a", 3), {{"SeriesInstanceUID"}}).cases.size() == 1);
  CHECK(cohort_of(anonymous("a", 3), {{"PatientID"}}).cases.size() == 1);
  CHECK(
      cohort_of(anonymous("a", 3, {{"PatientID", "P1"}}), {{"PatientID"}}).cases[0].id.starts_with("study-"));
}

TEST_CASE("other files are a case each, damaged ones with their reason") {
  FileRecord damaged = image_file("b/x.nii", FileKind::nifti);
  damaged.reason = Reason::truncated_pixels;
  damaged.detail = "the file ends early";
  const Cohort cohort = cohort_of(
      {image_file("a.png"), damaged, slice("1", 1, 0, {{"StudyInstanceUID", nullptr}, {"Modality", "CR"}})});
  REQUIRE(cohort.cases.size() == 3);
  CHECK(cohort.cases[0].id == "a");
  CHECK(cohort.cases[1].id == "b__x");
  CHECK(cohort.cases[1].candidates[0].detail == "the file ends early");
  CHECK(cohort.cases[2].id == "study__1.1");
}

TEST_CASE("two cases with one id are an error that names both") {
  std::vector<FileRecord> records{image_file("x.png"), image_file("x.png")};
  records[1].root = "/other";
  CHECK_THROWS_WITH_AS(build_cohort(records), "two cases have the id x.png: /data/x.png and /other/x.png",
                       Error);
}

TEST_CASE("cases can be grouped by series, instance or patient") {
  const std::vector<FileRecord> records =
      series_of("1", 2) + series_of("2", 1) + std::vector{slice("3", 1, 0, {{"StudyInstanceUID", "7.7"}})};
  const auto n_cases = [&](const char* by) { return cohort_of(records, {parse_case_by(by)}).cases.size(); };
  CHECK(n_cases("StudyInstanceUID") == 2);
  CHECK(n_cases("SeriesInstanceUID") == 3);
  CHECK(n_cases("SOPInstanceUID") == 4);
  CHECK(n_cases("PatientID") == 1);
  CHECK_THROWS_WITH_AS(parse_case_by("PatientId"), "cases cannot be grouped by 'PatientId'", Error);
}

TEST_CASE("patients without a PatientID are not one patient") {
  const Json nameless{{"PatientID", nullptr}}, other{{"PatientID", nullptr}, {"StudyInstanceUID", "7.7"}};
  CHECK(cohort_of({slice("1", 1, 0, nameless), slice("2", 1, 0, other)}, {{"PatientID"}}).cases.size() == 2);
}

TEST_CASE("the accounting notices lost and doubled files") {
  Cohort cohort = cohort_of(series_of("1", 3));
  cohort.cases[0].files = {0, 0};
  CHECK_THROWS_WITH_AS(check_accounting(cohort, 3),
                       "of 3 files, 2 are in no case and not unassigned, and 1 are there more than once",
                       Error);
}

TEST_CASE("uneven and tilted stacks carry flags") {
  std::vector<FileRecord> records{slice("1", 1, 0), slice("1", 2, 3), slice("1", 3, 9), slice("1", 4, 12)};
  CHECK(flags_of(cohort_of(records).cases[0].candidates[0]) ==
        Strings{"W_UNEVEN_SLICES", "W_MISSING_SLICES"});
  const Json tilt{{"ImageOrientationPatient", {1, 0, 0, 0, 0.9483237, -0.3173047}}};
  CHECK(flags_of(cohort_of(series_of("1", 3, 4.22, tilt)).cases[0].candidates[0]) ==
        Strings{"W_GANTRY_TILT"});
  CHECK(flags_of(cohort_of({image_file("a.png")}).cases[0].candidates[0]) == Strings{"W_MODALITY_UNKNOWN"});
}

TEST_CASE("studies and series become rows without identifiers") {
  std::vector<FileRecord> records =
      series_of("1", 2, 3, {{"PatientAge", "006M"}, {"SeriesDescription", "头颅"}}) +
      std::vector{image_file("a.png")};
  const Cohort cohort = cohort_of(records);
  const TextTable studies = studies_table(cohort.cases, records), series = series_table(cohort.cases);
  CHECK(studies.columns == Strings{"case_id", "StudyInstanceUID", "PatientSex", "PatientAge",
                                   "StudyDescription", "PatientIdentityRemoved", "DeidentificationMethod",
                                   "age_years", "modalities", "n_series", "n_images", "n_files"});
  REQUIRE(studies.rows.size() == 2);
  CHECK(studies.rows[0] == Strings{"a", "", "", "", "", "", "", "", "", "0", "1", "1"});
  CHECK(studies.rows[1] ==
        Strings{cohort.cases[1].id, "1.2.3", "", "006M", "", "", "", "0.5", "CT", "1", "1", "2"});
  REQUIRE(series.rows.size() == 2);
  const auto cell = [&](const std::string& column) {
    return series.rows[1][static_cast<std::size_t>(std::ranges::find(series.columns, column) -
                                                   series.columns.begin())];
  };
  CHECK(series.rows[1].size() == series.columns.size());
  CHECK(cell("SeriesDescription") == "头颅");
  CHECK(cell("PixelSpacing") == "0.5\\0.25");
  CHECK(cell("slice_step_mm") == "3");
  CHECK(cell("is_uneven") == "0");
  CHECK(cell("n_files") == "2");
}

TEST_CASE("ages of every unit become years") {
  CHECK(age_years("045Y") == "45");
  CHECK(age_years("018M") == "1.5");
  CHECK(age_years("026W") == "0.5");
  CHECK(age_years("073D") == "0.2");
  CHECK(age_years("45") == "");
}
