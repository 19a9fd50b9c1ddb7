#include "radbatch/report/checklist.hpp"

#include <doctest/doctest.h>

#include <set>

#include "radbatch/base/atomic_file.hpp"
#include "small_study.hpp"

using namespace radbatch;

namespace {

RunData small_run() {
  RunData run;
  run.cases = {{.id = "a"}, {.id = "b", .status = Status::failed, .reason = "E_IO"}};
  run.run = Json::parse(R"({"tool": "radbatch-infer", "version": "0.1.0", "git_revision": "abc",
    "plan_sha256": "77", "plan": [{"name": "Resize"}, {"name": "ScaleIntensity"}],
    "model": {"name": "cxr", "version": "2", "sha256": "99", "licence": "MIT", "intended_use": "triage"}})");
  return run;
}

std::map<Fact, std::string> facts_of(const AnalysisData& data, std::span<const ReportPart> parts = {}) {
  const Language lang;
  return known_facts({.data = data, .lang = lang}, small_run(), parts);
}

}  // namespace

TEST_CASE("the lists have as many items as published, each number once") {
  const std::map<std::string_view, std::size_t> published{
      {"claim-2024", 44}, {"tripod-ai", 52}, {"stard-ai", 48}};
  for (const Checklist& checklist : checklists()) {
    std::set<std::string_view> numbers;
    for (const ChecklistItem& item : checklist.items) numbers.insert(item.number);
    CHECK(numbers.size() == checklist.items.size());
    CHECK(checklist.items.size() == published.at(checklist.id));
  }
}

TEST_CASE("facts come from the run, the labels and the report's parts") {
  ReportPart part{.id = "table1", .heading = "Patients", .html = "x"};
  part.metrics = {
      {"m", "Mass", "auroc", {0.7, Interval{0.6, 0.8, 0.95, "DeLong, logit scale"}, 9, 3, ""}, ""}};
  const auto facts = facts_of(small_study(), std::span(&part, 1));
  CHECK(facts.at(Fact::flow) == "Of 2 cases: 1 done, 1 failed.");
  CHECK(facts.at(Fact::preparation).starts_with("Steps in MONAI's terms: Resize, ScaleIntensity;"));
  CHECK(facts.at(Fact::eligibility) == "Of data: cases without a result, by reason: E_IO 1.");
  CHECK(facts.at(Fact::thresholds) == "Declared by the model: Effusion 0.500 (tests); Mass 0.500.");
  CHECK(facts.at(Fact::uncertainty) == "Intervals: DeLong, logit scale.");
  CHECK(facts.at(Fact::characteristics) == "Report, section 'Patients'.");
  CHECK(facts.at(Fact::missing_data)
            .starts_with("1 missing label left out finding by finding; 1 labelled unit"));
  CHECK_FALSE(facts.contains(Fact::calibration));
}

TEST_CASE("what is not known is left to the authors, in files too") {
  const auto folder = std::filesystem::temp_directory_path() / "radbatch-unit-report-checklists";
  std::filesystem::remove_all(folder);
  write_checklists(facts_of(small_study()), folder);
  const std::string csv = read_file(folder / "claim-2024.csv");
  CHECK(csv.find("44,Other information,Funding,For the authors.,\n") != std::string::npos);
  CHECK(read_file(folder / "stard-ai.md").find("| 40b | Other information |") != std::string::npos);
}
