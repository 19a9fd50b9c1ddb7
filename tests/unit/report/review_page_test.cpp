#include "radbatch/report/review_page.hpp"

#include <doctest/doctest.h>

#include "radbatch/base/atomic_file.hpp"
#include "small_study.hpp"

using namespace radbatch;

namespace {

namespace fs = std::filesystem;

RunData run_with_linkage(const std::string& name) {
  RunData run;
  run.folder = fs::temp_directory_path() / ("radbatch-unit-report-" + name);
  fs::remove_all(run.folder);
  make_folder(run.folder / "private", true);
  write_file_atomically(
      run.folder / "private/linkage.csv",
      "case_id,patient_key,PatientID,AccessionNumber,StudyInstanceUID,StudyDate,source_path\n"
      "u3,k3,P3,00123,1.2.3,20240105,/x\nu4,k4,<script>,A4,1.2.4,20240106,/y\n");
  return run;
}

}  // namespace

TEST_CASE("errors are listed with what the PACS asks for, for their owner's eyes only") {
  const AnalysisData data = small_study();
  const Language lang;
  const RunData run = run_with_linkage("review");
  const auto page = write_review({.data = data, .lang = lang}, run);
  REQUIRE(page);
  CHECK(read_file(run.folder / "private/review.csv") ==
        "finding,outcome,score,case_id,AccessionNumber,PatientID,StudyDate,StudyInstanceUID\n"
        "Effusion,false-positive,0.9,u3,00123,P3,20240105,1.2.3\n"
        "Effusion,false-negative,0.2,u4,A4,<script>,20240106,1.2.4\n");
  const std::string html = read_file(*page);
  CHECK(html.find("<code>00123</code>") != std::string::npos);
  CHECK(html.find("<code>&lt;script&gt;</code>") != std::string::npos);
  CHECK(html.find("<script") == std::string::npos);
  CHECK(html.find("default-src 'none'") != std::string::npos);
  CHECK(fs::status(*page).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
}

TEST_CASE("a patient's cases are all listed where patients are counted") {
  AnalysisData data = small_study();
  const Language lang;
  data.unit_ids[3] = "k3";
  const auto files = review_files({.data = data, .lang = lang}, run_with_linkage("review-patients"));
  REQUIRE(files);
  CHECK(files->csv.find("Effusion,false-positive,0.9,u3,00123,P3") != std::string::npos);
}

TEST_CASE("an earlier list goes when there is nothing to review") {
  AnalysisData data = small_study();
  const Language lang;
  const RunData run = run_with_linkage("review-gone");
  write_review({.data = data, .lang = lang}, run);
  data.truth.clear();
  CHECK_FALSE(write_review({.data = data, .lang = lang}, run));
  CHECK_FALSE(fs::exists(run.folder / "private/review.html"));
  CHECK_FALSE(fs::exists(run.folder / "private/review.csv"));
}
