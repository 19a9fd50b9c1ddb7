#include "radbatch/study/case_names.hpp"

#include <doctest/doctest.h>

#include "error_text.hpp"
#include "radbatch/study/attributes.hpp"
#include "radbatch/study/regroup.hpp"
#include "records.hpp"

using namespace radbatch;
using namespace radbatch::test;

namespace {

FileRecord nifti(const std::string& path) {
  return image_file(path, FileKind::nifti);
}

FileRecord sidecar(const std::string& path, Json says) {
  FileRecord record = image_file(path, FileKind::none);
  record.reason = Reason::not_image;
  record.attributes = std::move(says);
  record.attributes["is_sidecar"] = true;
  return record;
}

/// "case: input input | case: ..." and the unassigned paths.
std::string story(const Cohort& cohort, const std::vector<FileRecord>& records) {
  std::string text;
  for (const Case& one : cohort.cases) {
    text += one.id + ":";
    for (const Candidate& image : one.candidates) text += " " + (image.input.empty() ? "-" : image.input);
    text += " | ";
  }
  for (const UnassignedFile& stray : cohort.unassigned) text += "left out " + records[stray.file].path + " ";
  return text;
}

CaseOptions grouped(const std::string& expression) {
  CaseOptions options;
  options.group = expression;
  return options;
}

}  // namespace

TEST_CASE("--group makes cases and inputs of names") {
  const std::vector<FileRecord> records{nifti("s/001_t1.nii.gz"), nifti("s/001_flair.nii.gz"),
                                        nifti("s/002_t1.nii.gz"), nifti("readme.nii.gz")};
  CHECK(story(cohort_of(records, grouped(R"((?<case>.+)_(?<input>t1|flair)\.nii\.gz)")), records) ==
        "s__001: flair t1 | s__002: t1 | left out readme.nii.gz ");
  CHECK(error_of([] { check_group("(?<study>.+)"); }) ==
        "2: --group: the expression has no group (?<case>...) "
        R"([e.g. --group '(?<case>.+)_(?<input>t1|t1c|t2|flair)\.nii\.gz'])");
}

TEST_CASE("BIDS: a session is a case, suffix and entities are fields, derivatives stay out") {
  CaseOptions options;
  options.layout = FileLayout::bids;
  const std::vector<FileRecord> records{nifti("sub-01/ses-a/anat/sub-01_ses-a_T1w.nii.gz"),
                                        nifti("sub-01/ses-a/anat/sub-01_ses-a_ce-gad_T1w.nii.gz"),
                                        nifti("sub-02/anat/sub-02_acq-fast_FLAIR.nii.gz"),
                                        nifti("derivatives/x/sub-02/anat/sub-02_T1w.nii.gz")};
  const Cohort cohort = cohort_of(records, options);
  CHECK(story(cohort, records) ==
        "sub-01_ses-a: - - | sub-02: - | left out derivatives/x/sub-02/anat/sub-02_T1w.nii.gz ");
  const auto field = [&](std::size_t one, std::size_t image, const char* name) {
    return text_of(cohort.cases[one].candidates[image].attributes, name);
  };
  CHECK(field(0, 0, "mr_contrast") == "T1");
  CHECK(field(0, 1, "mr_contrast") == "T1c");
  CHECK(field(1, 0, "mr_contrast") == "FLAIR");
  CHECK(field(1, 0, "bids_acq") == "fast");
  CHECK(field(1, 0, "Modality") == "MR");
  CHECK(field(1, 0, "modality_source") == "rule");
}

TEST_CASE("nnU-Net: channels are inputs, named by dataset.json") {
  CaseOptions options;
  options.layout = FileLayout::nnunet;
  const std::vector<FileRecord> records{
      nifti("imagesTr/brats_001_0000.nii.gz"), nifti("imagesTr/brats_001_0001.nii.gz"),
      nifti("labelsTr/brats_001.nii.gz"),
      sidecar("dataset.json", {{"channel_names", {{"0", "T1"}, {"1", "T2"}}}})};
  CHECK(story(cohort_of(records, options), records) ==
        "imagesTr__brats_001: T1 T2 | left out dataset.json left out labelsTr/brats_001.nii.gz ");
}

TEST_CASE("a sidecar belongs to its image and says what the image cannot") {
  const std::vector<FileRecord> records{nifti("a/x.nii.gz"),
                                        sidecar("a/x.json", {{"Modality", "MR"}, {"EchoTime", 100.0}}),
                                        sidecar("a/y.json", {{"Modality", "CT"}})};
  const Cohort cohort = cohort_of(records);
  REQUIRE(cohort.cases.size() == 1);
  CHECK(cohort.cases[0].files.size() == 2);
  CHECK(text_of(cohort.cases[0].candidates[0].attributes, "Modality") == "MR");
  CHECK(cohort.unassigned.size() == 1);
}

TEST_CASE("DICOM and NIfTI in one cohort") {
  const std::vector<FileRecord> records = series_of("1", 3) + std::vector{nifti("b/vol.nii.gz")};
  const Cohort cohort = cohort_of(records);
  CHECK(cohort.cases.size() == 2);
  CHECK(cohort_of(records, grouped("(?<case>.+)/vol.nii.gz")).cases.size() == 2);
}

TEST_CASE("ids by template") {
  CaseOptions options;
  options.case_id = "{PatientID}_{folder}";
  CHECK(cohort_of(series_of("1", 2), options).cases[0].id == "P1_study");
  options.case_id = "{AccessionNumber}";
  CHECK(error_of([&] {
          cohort_of(series_of("1", 2), options);
        }).starts_with("2: --case-id: a case has no AccessionNumber"));
  options.case_id = "{Modality}";
  const auto two = series_of("1", 2) + series_of("2", 2, 3, {{"StudyInstanceUID", "7"}});
  CHECK(error_of([&] { cohort_of(two, options); }).starts_with("2: two cases have the id CT: "));
}

TEST_CASE("each side of a study, whichever keyword says it") {
  const Json left{{"Modality", "MG"}, {"ImageLaterality", "L"}},
      right{{"Modality", "DX"}, {"Laterality", "R"}};
  CaseOptions options;
  options.case_by = {"StudyInstanceUID", "ImageLaterality"};
  const Cohort cohort =
      cohort_of({slice("1", 1, 0, left), slice("1", 2, 0, left), slice("2", 1, 0, right)}, options);
  REQUIRE(cohort.cases.size() == 2);
  CHECK(cohort.cases[0].candidates.size() + cohort.cases[1].candidates.size() == 3);
}

TEST_CASE("patients without an id are not one patient") {
  CaseOptions options;
  options.case_by = {"ImageLaterality"};
  const Json first{{"PatientID", nullptr}, {"Modality", "MG"}, {"ImageLaterality", "L"}};
  Json second = first;
  second["StudyInstanceUID"] = "8.8";
  CHECK(cohort_of({slice("1", 1, 0, first), slice("2", 1, 0, second)}, options).cases.size() == 2);
}

TEST_CASE("a manifest's cases in another grouping") {
  std::vector<ListedCase> listed(3);
  for (std::size_t i = 0; i < 3; ++i) {
    listed[i].record.case_id = "c" + std::to_string(i);
    listed[i].record.inputs.resize(1);
    listed[i].record.carried = {{"patient", i < 2 ? "A" : "B"}, {"visit", std::to_string(i)}};
    listed[i].files = {{i}};
  }
  const std::vector<FileRecord> records(3);
  const std::vector<ListedCase> patients = regrouped(listed, records, {"patient"});
  REQUIRE(patients.size() == 2);
  CHECK(patients[0].files == std::vector<std::vector<std::size_t>>{{0}, {1}});
  CHECK(patients[0].record.carried == Json{{"patient", "A"}, {"visit", "0\\1"}});
  CHECK(patients[0].record.case_id.starts_with("case-"));
  CHECK(regrouped(listed, records, {"StudyInstanceUID"}).size() == 3);
  CHECK(error_of([&] { regrouped(listed, records, {"pateint"}); }) ==
        "2: --case-by: the manifest has no column 'pateint' [did you mean patient?]");
}

TEST_CASE("a column without a manifest is an error") {
  CaseOptions options;
  options.case_by = {"visit"};
  CHECK(error_of([&] {
          cohort_of(series_of("1", 2), options);
        }).starts_with("2: cases cannot be grouped by 'visit' without a manifest"));
}
