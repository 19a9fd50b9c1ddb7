#include "radbatch/batch/image_names.hpp"

#include <doctest/doctest.h>

#include "error_text.hpp"
#include "radbatch/batch/bids_layout.hpp"

using namespace radbatch;
using namespace radbatch::test;

namespace {

Candidate image(Json attributes, const std::string& series = "1.2") {
  Candidate candidate;
  candidate.series = series;
  candidate.attributes = std::move(attributes);
  return candidate;
}

Case with(std::vector<Candidate> images) {
  Case one;
  one.id = "study-1";
  one.patient_id = "Doe^John";
  one.candidates = std::move(images);
  return one;
}

std::vector<std::string> named(const std::string& text, std::vector<Candidate> images) {
  return NameTemplate(text, false).names(with(std::move(images)));
}

std::string refused(const std::string& text, bool keep_phi = false) {
  return error_of([&] { NameTemplate(text, keep_phi); });
}

Candidate mr(Json attributes) {
  attributes["Modality"] = "MR";
  attributes["n_slices"] = 30;
  return image(std::move(attributes));
}

std::string bids(const Candidate& candidate) {
  const BidsPlace place = bids_place(candidate);
  return place.datatype + "/" + place.entities + place.late_entities + place.suffix;
}

}  // namespace

TEST_CASE("a template is filled from harmless keywords, with harmless letters") {
  CHECK(named("{case_id}/{SeriesNumber}_{SeriesDescription}",
              {image({{"SeriesNumber", 2}, {"SeriesDescription", "../../t1 \xE8\x84\x91 (gd)/x"}})}) ==
        std::vector<std::string>{"study-1/2_t1_gd_x"});
  CHECK(named("{Modality}/{case_id}/s{SeriesNumber}", {image({})}) ==
        std::vector<std::string>{"none/study-1/snone"});
}

TEST_CASE("two images never share a name, whatever their letter case") {
  const auto t1 = [](const char* text) { return image({{"SeriesDescription", text}}); };
  CHECK(named("{case_id}/{SeriesDescription}", {t1("T1"), t1("t1"), t1("T1_2"), t1("T1")}) ==
        std::vector<std::string>{"study-1/T1", "study-1/t1_3", "study-1/T1_2", "study-1/T1_4"});
}

TEST_CASE("templates that identify or could mix cases are refused") {
  CHECK(refused("{case_id}/{PatientID}") ==
        "2: --name: {PatientID} identifies a person or an examination [leave it out, or add --keep-phi]");
  CHECK(refused("{case_id}/{PatientID}", true) == "nothing thrown");
  CHECK(refused("{case_id}/{SeriesNumbr}") ==
        "2: --name: unknown field {SeriesNumbr} [did you mean {SeriesNumber}?]");
  CHECK(refused("{case_id}_{SeriesNumber}") ==
        "2: --name: {case_id} must be a folder of its own, or two cases could share a file [begin with "
        "{case_id}/]");
  CHECK(refused("../{case_id}/x") == "2: --name: '../{case_id}/x' has an empty or hidden folder or file");
  CHECK(refused("{case_id}/a b") ==
        "2: --name: '/a b' has other characters than letters, digits, '.', '_', '-' and '/'");
  CHECK(refused("{case_id}/{x") == "2: --name: a { has no }");
}

TEST_CASE("BIDS labels are letters and digits, and differ where texts differ") {
  CHECK(bids_label("study-0ba13b6c") == "0ba13b6c");
  CHECK(bids_label("a-b") != bids_label("ab"));
  CHECK(bids_label("a-b") != bids_label("a_b"));
  CHECK(bids_label("a-b").find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") == std::string::npos);
}

TEST_CASE("BIDS places of MR images") {
  CHECK(bids(mr({{"SeriesDescription", "t1_mprage_sag"}})) == "anat/T1w");
  CHECK(bids(mr({{"SeriesDescription", "t1 se tra gd "}})) == "anat/ce-contrast_T1w");
  CHECK(bids(mr({{"SeriesDescription", "t2_tirm_dark-fluid"}})) == "anat/FLAIR");
  CHECK(bids(mr({{"SeriesDescription", "ax"},
                 {"ScanningSequence", "SE"},
                 {"EchoTime", 90},
                 {"RepetitionTime", 4000}})) == "anat/T2w");
  CHECK(bids(mr({{"SeriesDescription", "ep2d_bold_rest"}, {"frames", 200}, {"RepetitionTime", 2000}})) ==
        "func/task-rest_bold");
  CHECK(bids(mr({{"SeriesDescription", "ep2d_diff"}})) == "other/dwi");
  CHECK(bids(mr({{"SeriesDescription", "t1"}, {"is_localizer", true}})) == "other/localizer");
  CHECK(bids(mr({{"SeriesDescription", "t1"}, {"BodyPartExamined", "KNEE"}})) == "other/mr");
  CHECK(bids(image({{"Modality", "CT"}})) == "ct/ct");
}

TEST_CASE("BIDS names of a case have a run where two are alike") {
  CHECK(bids_names(with({mr({{"SeriesDescription", "t1"}}), mr({{"SeriesDescription", "t2"}}),
                         mr({{"SeriesDescription", "T1"}})}),
                   "abc") == std::vector<std::string>{"sub-abc/ses-1/anat/sub-abc_ses-1_run-1_T1w",
                                                      "sub-abc/ses-1/anat/sub-abc_ses-1_T2w",
                                                      "sub-abc/ses-1/anat/sub-abc_ses-1_run-2_T1w"});
  CHECK(bids_names(with({image({{"Modality", "CT"}})}), "") == std::vector<std::string>{"sub-1/ct/sub-1_ct"});
}
