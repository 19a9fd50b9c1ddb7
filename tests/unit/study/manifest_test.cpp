#include "radbatch/study/manifest.hpp"

#include <doctest/doctest.h>

#include "radbatch/base/error.hpp"
#include "radbatch/study/selection.hpp"
#include "records.hpp"

using namespace radbatch;
using namespace radbatch::test;
using Strings = std::vector<std::string>;

namespace {

std::string error_of(const std::string& text) {
  try {
    parse_manifest(text, "m.jsonl", "/lists");
  } catch (const Error& error) {
    CHECK(error.exit_code() == ExitCode::usage);
    return error.message();
  }
  return "no error";
}

std::vector<CaseRecord> table(const Strings& columns, const std::vector<Strings>& rows) {
  std::vector<std::size_t> lines;
  for (std::size_t i = 0; i < rows.size(); ++i) lines.push_back(i + 2);
  return cases_of_table(columns, rows, lines, "m.csv", "/lists");
}

const std::string header =
    R"({"format":"radbatch-stream","format_version":"1.0","tool":"convert","run_id":"r1"})";

}  // namespace

TEST_CASE("a manifest made by hand: paths from its folder, other fields carried") {
  const Manifest manifest = parse_manifest(
      "\xEF\xBB\xBF"
      R"({"case_id": "a", "inputs": [{"name": "t1", "path": "x/t1.nii"}], "site": "北京", "label": 1})"
      "\r\n\n"
      R"({"case_id": "b", "inputs": [{"path": "/abs/b", "series": "1.2"}], "patient_key": "k"})",
      "m.jsonl", "/lists");
  REQUIRE(manifest.cases.size() == 2);
  CHECK(manifest.cases[0].inputs[0].path == "/lists/x/t1.nii");
  CHECK(manifest.cases[0].inputs[0].name == "t1");
  CHECK(manifest.cases[0].carried == Json{{"site", "北京"}, {"label", 1}});
  CHECK(manifest.cases[1].inputs[0].path == "/abs/b");
  CHECK(manifest.cases[1].inputs[0].series == "1.2");
  CHECK(manifest.cases[1].patient_key == "k");
  CHECK_FALSE(manifest.end.has_value());
}

TEST_CASE("a stream survives the way through text, odd paths too") {
  CaseRecord done;
  done.case_id = "study-1";
  done.status = Status::done;
  done.flags = {"W_GANTRY_TILT"};
  done.patient_key = "abc";
  done.carried = {{"site", 3}};
  InputRecord input;
  input.path = "/out/\xD0\xD8.nii.gz";
  input.series = "1.2";
  input.kind = FileKind::nifti;
  input.attributes = {{"Modality", "CT"}};
  done.inputs.push_back(input);
  CaseRecord failed;
  failed.case_id = "study-2";
  failed.status = Status::failed;
  failed.reason = Reason::truncated_pixels;
  failed.detail = "file 1 of 2";
  const StreamEnd end{2, {{"done", 1}, {"failed", 1}}};
  const std::string text = canonical(to_json(StreamHeader{"convert", "r1", "/out"})) + "\n" +
                           canonical(to_json(done)) + "\n" + canonical(to_json(failed)) + "\n" +
                           canonical(to_json(end)) + "\n";
  const Manifest manifest = parse_manifest(text, "-", "/elsewhere");
  CHECK(manifest.header->tool == "convert");
  CHECK(manifest.header->root == "/out");
  REQUIRE(manifest.cases.size() == 2);
  CHECK(manifest.cases[0].inputs[0].path == input.path);
  CHECK(to_json(manifest.cases[0]) == to_json(done));
  CHECK(to_json(manifest.cases[1]) == to_json(failed));
  CHECK(manifest.end->by_status == end.by_status);
}

TEST_CASE("a stream without its end line was cut off") {
  ManifestReader reader("-", "/");
  reader.next(header);
  reader.next(R"({"case_id":"a","inputs":[{"path":"x"}]})");
  CHECK(reader.is_stream());
  CHECK_FALSE(reader.has_ended());
  reader.next(R"({"end":true,"cases":1,"by_status":{"done":1}})");
  CHECK(reader.has_ended());
}

TEST_CASE("faults name the line and the key") {
  const std::string good = R"({"case_id":"a","inputs":[{"path":"x"}]})";
  CHECK(error_of(good + "\n{nonsense") == "m.jsonl: line 2: not a JSON object");
  CHECK(error_of(good + "\n" + good) == "m.jsonl: line 2: the case_id a was already on line 1");
  CHECK(error_of(R"({"inputs":[{"path":"x"}]})") == "m.jsonl: line 1: there is no \"case_id\"");
  CHECK(error_of(R"({"case_id":7})") == "m.jsonl: line 1: \"case_id\" must be text");
  CHECK(error_of(R"({"case_id":"a/b"})") ==
        "m.jsonl: line 1: the case_id 'a/b' is not 1 to 120 letters, digits, dots, underscores and hyphens");
  CHECK(error_of(R"({"case_id":"a"})") == "m.jsonl: line 1: there are no \"inputs\"");
  CHECK(error_of(R"({"case_id":"a","inputs":[{"name":"t1"}]})") ==
        "m.jsonl: line 1: an input has no \"path\"");
  CHECK(error_of(R"({"case_id":"a","inputs":[{"paht":"x"}]})") ==
        "m.jsonl: line 1: an input has the unknown key \"paht\"");
  CHECK(error_of(R"({"case_id":"a","inputs":[{"path":"x","frames":[0,9]}]})") ==
        "m.jsonl: line 1: \"frames\" is not supported by this version");
  CHECK(error_of(R"({"case_id":"a","inputs":[{"path":"x"}],"roi":{}})") ==
        "m.jsonl: line 1: \"roi\" needs \"center_mm\": three numbers");
  CHECK(error_of(R"({"case_id":"a","inputs":[{"path":"x"}],"mask":{"pfad":"m"}})") ==
        "m.jsonl: line 1: \"mask\" has the unknown key \"pfad\"; known are path, label");
  CHECK(error_of(R"({"case_id":"a","status":"fine"})") ==
        "m.jsonl: line 1: \"status\" is 'fine', which is none of radbatch's");
  CHECK(error_of(R"({"format":"radbatch-stream","format_version":"2.0"})") ==
        "m.jsonl: line 1: the stream has format version '2.0', this tool reads 1.x");
  CHECK(error_of(header + "\n" + R"({"end":true,"cases":1,"by_status":{}})") ==
        "m.jsonl: line 2: the end line counts 1 case, but 0 came");
}

TEST_CASE("a table has one row per input") {
  const auto cases =
      table({"case_id", "path", "name", "site"},
            {{"a", "1.nii", "t1", "x"}, {"b", "2.nii", "t1", "y"}, {"a", "3.nii", "flair", "x"}});
  REQUIRE(cases.size() == 2);
  REQUIRE(cases[0].inputs.size() == 2);
  CHECK(cases[0].inputs[1].path == "/lists/3.nii");
  CHECK(cases[0].inputs[1].name == "flair");
  CHECK(cases[0].carried == Json{{"site", "x"}});
  CHECK_THROWS_WITH_AS(table({"case_id", "file"}, {}), "m.csv: there is no column path", Error);
  CHECK_THROWS_WITH_AS(table({"case_id", "path"}, {{"a", "x"}, {"b"}}),
                       "m.csv: line 3: 1 field, but the header has 2", Error);
  CHECK_THROWS_WITH_AS(table({"case_id", "path", "site"}, {{"a", "x", "1"}, {"a", "y", "2"}}),
                       "m.csv: line 3: the rows of case a differ in the column site", Error);
}

TEST_CASE("a converted volume is still selected as the series it was") {
  const Case scanned = cohort_of(series_of("1", 5) + series_of("2", 9)).cases[0];
  CaseRecord record;
  record.case_id = scanned.id;
  record.status = Status::done;
  std::vector<FileRecord> files;
  std::vector<std::vector<std::size_t>> files_of_input;
  for (const Candidate& candidate : scanned.candidates) {
    const std::string name = candidate.series + ".nii.gz";
    record.inputs.push_back(input_of_candidate(candidate, "/out/" + name, FileKind::nifti));
    files_of_input.push_back({files.size()});
    files.push_back(image_file(name, FileKind::nifti));
  }
  const Case listed = case_from_record(record, files, files_of_input);
  CHECK(listed.files == std::vector<std::size_t>{0, 1});
  CHECK(listed.candidates[1].source.kind == FileKind::nifti);
  CHECK(listed.candidates[1].attributes["n_slices"] == 9);
  SelectionRule rule;
  rule.on_many = OnMany::most_slices;
  const Selection before = select(scanned, rule), after = select(listed, rule);
  CHECK(after.inputs[0].candidate == before.inputs[0].candidate);
  CHECK(after.rows[1].series == before.rows[1].series);
  CHECK(after.rows[1].rule == before.rows[1].rule);
}

TEST_CASE("a listed folder is narrowed to the series asked for") {
  const std::vector<FileRecord> files = series_of("1", 2) + series_of("2", 3);
  CaseRecord record;
  record.case_id = "a";
  record.inputs.emplace_back().series = "1.2";
  const std::vector<std::vector<std::size_t>> files_of_input{{0, 1, 2, 3, 4}};
  const Case one = case_from_record(record, files, files_of_input);
  REQUIRE(one.candidates.size() == 1);
  CHECK(one.candidates[0].attributes["n_slices"] == 3);
  record.inputs[0].series = "7.7";
  CHECK(case_from_record(record, files, files_of_input).candidates.at(0).detail ==
        "no image of the series or instance asked for");
}

TEST_CASE("what failed upstream stays failed") {
  CaseRecord record;
  record.case_id = "a";
  record.status = Status::refused;
  record.reason = Reason::gantry_tilt;
  const Case one = case_from_record(record, {}, {});
  CHECK(one.upstream->status == Status::refused);
  CHECK(one.upstream->reason == Reason::gantry_tilt);
  record.status.reset();
  record.inputs.emplace_back().path = "/gone";
  CHECK(case_from_record(record, {}, {}).candidates.at(0).reason == Reason::io);
}
