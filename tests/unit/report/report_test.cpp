#include "radbatch/report/report.hpp"

#include <doctest/doctest.h>

#include "example_run.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/json.hpp"
#include "radbatch/base/text.hpp"

using namespace radbatch;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string page_of(const ReportRequest& request) {
  return read_file(write_report(request).html);
}

ReportRequest request_for(const std::string& name) {
  ReportRequest request;
  request.inputs.run_folders = {make_example_run(name)};
  return request;
}

}  // namespace

TEST_CASE("the page stands alone: policy first, no script, no address, hostile text escaped") {
  const std::string page = page_of(request_for("alone"));
  CHECK(contains(page,
                 "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
                 "style-src 'unsafe-inline'\">"));
  CHECK(contains(page, "&lt;script&gt;alert(1)&lt;/script&gt;"));
  CHECK(contains(page, "肺 &lt;b&gt;"));
  CHECK_FALSE(contains(page, "<script"));
  CHECK_FALSE(contains(page, "<img src=x"));
  CHECK_FALSE(contains(page, "http:"));
  CHECK_FALSE(contains(page, "https:"));
  CHECK_FALSE(contains(page, "url("));
}

TEST_CASE("a page is a file: folders and devices are left alone") {
  ReportRequest request = request_for("places");
  request.output.page = request.inputs.run_folders[0];
  CHECK_THROWS_WITH_AS(write_report(request), ("-o " + request.output.page.string() + " is a folder").c_str(),
                       Error);
  request.output.page = "/dev/null";
  CHECK_THROWS_WITH_AS(write_report(request), "-o /dev/null is not a regular file", Error);
}

TEST_CASE("the page tells reasons with meaning and advice, and is not for clinical use") {
  const std::string page = page_of(request_for("reasons"));
  CHECK(contains(page, "E_BAD_HEADER"));
  CHECK(contains(page, "The header is contradictory or cannot be parsed."));
  CHECK(contains(page, "For research only. Not for clinical use."));
  CHECK(contains(page, "E_NOT_IMAGE"));
}

TEST_CASE("pictures that may show text appear only when all are asked for") {
  ReportRequest request = request_for("pictures");
  const std::string safe = "base64," + to_base64("\x89PNG\r\n\x1A\n picture a");
  const std::string risky = "base64," + to_base64("\x89PNG\r\n\x1A\n picture c");
  const ReportResult result = write_report(request);
  CHECK(contains(read_file(result.html), safe));
  CHECK_FALSE(contains(read_file(result.html), risky));
  CHECK(result.warnings ==
        std::vector<std::string>{
            "1 picture left out that may show burned-in text; --thumbnails all shows them"});
  request.output.thumbnails = Thumbnails::all;
  CHECK(contains(page_of(request), risky));
  request.output.thumbnails = Thumbnails::none;
  CHECK_FALSE(contains(page_of(request), safe));
}

TEST_CASE("a second report changes nothing") {
  const ReportRequest request = request_for("again");
  CHECK(write_report(request).wrote);
  const auto time = std::filesystem::last_write_time(request.inputs.run_folders[0] / "report.html");
  CHECK_FALSE(write_report(request).wrote);
  CHECK(std::filesystem::last_write_time(request.inputs.run_folders[0] / "report.html") == time);
}

TEST_CASE("labels give numbers in page and report.json") {
  ReportRequest request = request_for("labels");
  request.inputs.labels = request.inputs.run_folders[0] / "labels.csv";
  write_file_atomically(*request.inputs.labels, "case_id,label\na,Hand\nb,\xB7\xCE <b>\nc,lung\nd,lung\n");
  CHECK_THROWS_WITH_AS(write_report(request), "labels.csv: the text is not UTF-8", Error);
  request.inputs.label.encoding = "gb18030";
  const ReportResult result = write_report(request);
  const Json numbers = read_json_file(result.json);
  CHECK(numbers["format_version"] == "2.0");
  CHECK(numbers["parts"]["cases"]["by_reason"]["E_BAD_HEADER"] == 1);
  CHECK(numbers["parts"].contains("discrimination"));
  CHECK(numbers["parts"].contains("label-join"));
  CHECK(numbers["order"][0] == "flow");
  CHECK(read_file(request.inputs.run_folders[0] / "metrics.csv").starts_with("finding,metric,value,"));
}

TEST_CASE("a folder that is no run, or does not add up, is refused") {
  ReportRequest request;
  request.inputs.run_folders = {std::filesystem::temp_directory_path() / "radbatch-unit-report-nothing"};
  CHECK_THROWS_WITH_AS(write_report(request),
                       (request.inputs.run_folders[0].string() + " holds no cases.csv").c_str(), Error);

  request = request_for("lost-case");
  write_file_atomically(request.inputs.run_folders[0] / "predictions.csv",
                        "case_id,status,p_hand,p_lung\na,done,0.9,0.1\n");
  CHECK_THROWS_WITH_AS(write_report(request), "predictions.csv has 1 case, cases.csv 6", Error);

  request = request_for("lost-file");
  write_file_atomically(request.inputs.run_folders[0] / "run.json",
                        R"({"files": {"found": 9, "in_cases": 6, "unassigned": {"E_NOT_IMAGE": 2}}})");
  CHECK_THROWS_WITH_AS(write_report(request), "run.json: 9 files found, but 6 in cases and 2 unassigned",
                       Error);
}

TEST_CASE("a run without run.json, scores or cases still has its report") {
  ReportRequest request = request_for("bare");
  std::filesystem::remove(request.inputs.run_folders[0] / "run.json");
  CHECK(contains(page_of(request), "<h1>6 cases</h1>"));
  std::filesystem::remove(request.inputs.run_folders[0] / "predictions.csv");
  write_file_atomically(request.inputs.run_folders[0] / "cases.csv", "case_id,status,reason,detail\n");
  CHECK(contains(page_of(request), "<h1>0 cases</h1>"));
}

TEST_CASE("a case id that leads out of the folder shows no picture") {
  ReportRequest request = request_for("escape");
  write_file_atomically(request.inputs.run_folders[0] / "secret.png", "\x89PNG\r\n\x1A\n secret");
  write_file_atomically(request.inputs.run_folders[0] / "cases.csv", "case_id,status\n../secret,done\n");
  write_file_atomically(request.inputs.run_folders[0] / "predictions.csv",
                        "case_id,status,p_hand,p_lung\n../secret,done,0.9,0.1\n");
  CHECK_FALSE(contains(page_of(request), "data:image"));
}
