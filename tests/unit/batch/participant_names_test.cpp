#include "radbatch/batch/participant_names.hpp"

#include <doctest/doctest.h>

#include "radbatch/base/error.hpp"
#include "radbatch/batch/clinic_export.hpp"

using namespace radbatch;

namespace {
std::string found(const char* path) {
  const ParticipantName name = participant_in_path(path);
  return name.participant + " " + name.session;
}
}  // namespace

TEST_CASE("participant and session of a BIDS path") {
  CHECK(found("/data/sub-01/ses-2/anat/sub-01_ses-2_T1w.nii.gz") == "sub-01 ses-2");
  CHECK(found("/data/sub-01/anat/sub-01_T1w.nii.gz") == "sub-01 ");
}

TEST_CASE("a folder that only looks so is no participant") {
  CHECK(found("/sub-marine/images/1.dcm") == " ");
  CHECK(found("/sub-0 1/sub-0 1_T1w.nii.gz") == " ");
  CHECK(found("/a/sub-01_T1w.nii.gz") == " ");
  CHECK(found("") == " ");
}

TEST_CASE("folder and stem of a name") {
  const ParticipantName name{"sub-01", "ses-2", 3};
  CHECK(name.folder() == "sub-01/ses-2/");
  CHECK(name.stem() == "sub-01_ses-2_run-3_");
}

TEST_CASE("a line of a BIDS table") {
  CHECK(tsv_line(std::vector<std::string>{"a", "", "b\tc\nd"}) == "a\tn/a\tb c d\n");
}

TEST_CASE("formats of an export") {
  CHECK(parse_export_formats("bids,dicom-sr,bids") == std::vector<std::string>{"bids", "dicom-sr"});
  CHECK_THROWS_WITH_AS(parse_export_formats("dicom"), "unknown format 'dicom'", Error);
  CHECK_THROWS_AS(parse_export_formats(""), Error);
}
