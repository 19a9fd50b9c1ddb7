#include "radbatch/report/inputs.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "error_text.hpp"
#include "example_run.hpp"
#include "radbatch/report/leaks.hpp"
#include "temporary_folder.hpp"

using namespace radbatch;

namespace {

/// A run of six cases (example_run.hpp) and a label table beside it.
struct Example {
  test::TemporaryFolder folder;
  InputOptions options;

  explicit Example(const std::string& labels, const std::string& run = "inputs") {
    options.run_folders = {make_example_run(run)};
    write_file_atomically(folder / "labels.csv", labels);
    options.labels = folder / "labels.csv";
  }
  void linkage(const std::string& text) const {
    make_folder(options.run_folders[0] / "private", true);
    write_file_atomically(options.run_folders[0] / "private/linkage.csv", text);
  }
  std::filesystem::path table(const std::string& name, const std::string& text) const {
    write_file_atomically(folder / name, text);
    return folder / name;
  }
  LoadedInputs load() const { return load_inputs(options); }
  std::string fault() const {
    return test::error_of([&] { load(); });
  }
};

const std::string LINKAGE =
    "case_id,patient_key,PatientID,AccessionNumber,StudyDate\n"
    "a,k1,P1,0071,20200101\nb,k1,P1,0072,20200201\nc,k2,P2,0073,20200301\nd,k3,P3,0074,\ne,k4,P4,0075,\nf,,,,"
    "\n";

std::vector<std::uint8_t> test_units(const LoadedInputs& in) {
  return in.data.is_test;
}

}  // namespace

TEST_CASE("labelled cases of the run become units, with scores, truth and covariates") {
  const Example example("case_id,label,site\nb,lung,A\na,Hand,B\ne,Hand,\nz,Hand,A\n");
  const LoadedInputs in = example.load();
  CHECK(in.data.unit_ids == std::vector<std::string>{"a", "b", "e"});
  CHECK(in.data.kind == TruthKind::classes);
  CHECK(in.data.true_class == std::vector<std::int32_t>{0, 1, 0});
  CHECK(in.data.is_done == std::vector<std::uint8_t>{1, 1, 0});
  CHECK(in.data.raters[0].scores[0][0] == 0.9);
  CHECK(std::isnan(in.data.raters[0].scores[0][2]));
  CHECK(in.data.raters[0].top == std::vector<std::int32_t>{0, 1, -1});
  CHECK(in.data.find_covariate("site")->values == std::vector<std::string>{"B", "A", ""});
  CHECK_FALSE(in.data.has_patients);
  CHECK(in.data.n_clusters == 3);
  CHECK(in.warnings == std::vector<std::string>{"1 label row without a case in the run; see label_join.csv",
                                                "1 labelled case without a score; see label_join.csv"});
}

TEST_CASE("without labels every case is a unit of a descriptive report") {
  Example example("");
  example.options.labels.reset();
  const LoadedInputs in = example.load();
  CHECK(in.data.size() == 6);
  CHECK(in.data.kind == TruthKind::none);
  CHECK_FALSE(in.has_labels);
  CHECK(labels_part({in.data, Language()}, in).html.empty());
}

TEST_CASE("keys of the hospital lead through private/linkage.csv, and none of them leaves it") {
  Example example("accession,Hand\n0071,1\n0072,0\n73,1\n99,0\n");
  example.linkage(LINKAGE);
  example.options.key.key = "accession=AccessionNumber";
  const LoadedInputs in = example.load();
  CHECK(in.data.unit_ids == std::vector<std::string>{"a", "b"});
  CHECK(in.matching.repairs() == std::map<std::string, std::size_t>{{"leading zeros", 1}});
  CHECK(in.data.has_patients);
  CHECK(in.data.cluster == std::vector<std::uint32_t>{0, 0});
  CHECK(in.data.is_clustered());
  write_label_join(in, example.folder / "report.html");
  CHECK(read_file(example.folder / "label_join.csv").find("0071") == std::string::npos);
  CHECK(read_file(example.options.run_folders[0] / "private/label_join_keys.csv").find("0071") !=
        std::string::npos);
  const ReportPart part = labels_part({in.data, Language()}, in);
  CHECK(part.html.find("0071") == std::string::npos);
  CHECK(part.numbers["outcomes"]["unmatched"] == 2);
  example.options.key.key = "accession=AccesionNumber";
  CHECK(example.fault().starts_with(
      "2: the run has no attribute 'AccesionNumber' to find cases by [did you mean 'AccessionNumber'?"));
}

TEST_CASE("the condition says which units are judged; one that holds nowhere lists what there is") {
  Example example("case_id,Hand,split\na,1,test\nb,0,val\nc,1,test\n");
  example.options.where = "split==\"test\"";
  CHECK(test_units(example.load()) == std::vector<std::uint8_t>{1, 0, 1});
  example.options.where = "split==tset";
  CHECK(example.fault() == "2: --where \"split==tset\" holds for no case [split is one of: test, val]");
}

TEST_CASE("a patient in the test cases and in another split is refused by hash") {
  Example example("case_id,Hand,split\na,1,test\nb,0,val\nc,1,test\n");
  example.linkage(LINKAGE);
  example.options.where = "split==\"test\"";
  CHECK(example.fault().starts_with(
      "2: 1 patient both in the test cases and in the other values of split: k1 ["));
  example.options.allow_leak = true;
  const LoadedInputs in = example.load();
  CHECK(in.data.allows_leak);
  CHECK_NOTHROW(refuse_leak(in.data, {0, 1, 0}, "the threshold"));
  CHECK(test::error_of([&] {
          refuse_leak(in.data, {1, 1, 0}, "the threshold");
        }).starts_with("2: the threshold and the test cases share 1 case"));
}

TEST_CASE("a column of the labels tells the patients apart, and is hashed with what only its owner has") {
  Example example("case_id,Hand,mrn,split\na,1,SECRET,test\nb,0,SECRET,val\n");
  example.options.where = "split==test";
  const std::string fault = example.fault();
  CHECK(fault.starts_with("2: 1 patient both in the test cases"));
  CHECK(fault.find("SECRET") == std::string::npos);
}

TEST_CASE("a patient in two folds is refused") {
  Example example("case_id,Hand,k\na,1,0\nb,0,1\nc,1,1\n");
  example.linkage(LINKAGE);
  example.options.fold_column = "k";
  CHECK(example.fault().starts_with("2: 1 patient in several folds of k: k1 ["));
  example.options.allow_leak = true;
  CHECK(example.load().data.fold == std::vector<std::string>{"0", "1", "1"});
}

TEST_CASE("cases become patients: scores pooled, one yes is a yes") {
  Example example("case_id,Hand\na,0\nb,1\nc,0\n");
  example.linkage(LINKAGE);
  example.options.per_patient = PatientPooling::max;
  AnalysisData data = example.load().data;
  CHECK(data.unit_ids == std::vector<std::string>{"k1", "k2"});
  CHECK(data.unit_noun == "patient");
  CHECK(data.raters[0].scores[0] == std::vector<double>{0.9, 0.6});
  CHECK(data.truth[0] == std::vector<Answer>{Answer::yes, Answer::no});
  CHECK_FALSE(data.is_clustered());
  example.options.per_patient = PatientPooling::mean;
  CHECK(example.load().data.raters[0].scores[0][0] == doctest::Approx(0.55).epsilon(1e-12));
  example.options.per_patient = PatientPooling::last;
  data = example.load().data;
  CHECK(data.raters[0].scores[0][0] == 0.2);
  CHECK(data.truth[0][0] == Answer::yes);
  example.options.per_patient = PatientPooling::first;
  CHECK(example.load().data.truth[0][0] == Answer::no);
}

TEST_CASE("a patient's label is given to all of the patient's cases when patients are counted") {
  Example example("mrn,Hand\nP1,1\nP2,0\n");
  example.linkage(LINKAGE);
  example.options.key.key = "mrn=PatientID";
  CHECK(example.load().matching.count(JoinOutcome::ambiguous) == 1);
  example.options.per_patient = PatientPooling::max;
  CHECK(example.load().data.raters[0].scores[0] == std::vector<double>{0.9, 0.6});
}

TEST_CASE("a table of predictions of any origin is judged like a run") {
  Example example("Image;Patient_ID;Hand;Mass\nx2.png;7;1;0\nx1.png;7;0;1\n");
  example.options.run_folders.clear();
  example.options.predictions = {
      example.table("other.csv", "image,prob_Hand,prob_mass\nx2.png,0.75,1e-3\nx1.png,0.5,\n")};
  const LoadedInputs in = example.load();
  CHECK(in.data.unit_ids == std::vector<std::string>{"x1.png", "x2.png"});
  CHECK(in.data.findings[1].name == "Mass");
  CHECK(in.data.raters[0].name == "other");
  CHECK(in.data.raters[0].scores[0] == std::vector<double>{0.5, 0.75});
  CHECK(std::isnan(in.data.raters[0].scores[1][0]));
  CHECK(in.data.truth[1] == std::vector<Answer>{Answer::yes, Answer::no});
  CHECK(in.data.n_clusters == 1);
}

TEST_CASE(
    "columns without a prefix are scores when the labels know their names; models stand one below the "
    "other") {
  Example example("id,label\n1,Hand\n2,Foot\n");
  example.options.run_folders.clear();
  example.options.predictions = {example.table(
      "p.tsv",
      "id\tmodel\tHand\tFoot\tthreshold\n1\tA\t0.9\t0.1\tx\n2\tA\t0.4\t0.6\tx\n1\tB\t0.5\t0.5\tx\n")};
  const LoadedInputs in = example.load();
  REQUIRE(in.data.raters.size() == 2);
  CHECK(in.data.raters[1].name == "B");
  CHECK(in.data.raters[0].scores[1] == std::vector<double>{0.1, 0.6});
  CHECK(std::isnan(in.data.raters[1].scores[0][1]));
}

TEST_CASE("further runs answer about the same cases") {
  Example example("case_id,Hand\na,1\nb,0\n", "inputs-first");
  const std::filesystem::path other = make_example_run("inputs-second");
  example.options.run_folders.push_back(other);
  LoadedInputs in = example.load();
  REQUIRE(in.data.raters.size() == 2);
  CHECK(in.data.raters[0].name != in.data.raters[1].name);
  CHECK(in.data.raters[1].scores == in.data.raters[0].scores);
  write_file_atomically(other / "cases.csv", "case_id,status\nq,done\n");
  write_file_atomically(other / "predictions.csv", "case_id,p_hand,p_lung\nq,0.1,0.9\n");
  write_file_atomically(other / "run.json",
                        R"({"model": {"name": "another", "findings": [{"name": "Hand"}]}})");
  CHECK(example.fault().ends_with(
      "have no case in common [they are of different models: parts of one cohort have to be run with one]"));
  write_file_atomically(
      other / "run.json",
      R"({"model": {"name": "another", "findings": [{"name": "Foot", "column": "p_lung"}]}})");
  CHECK(example.fault().find("has none of the findings of") != std::string::npos);
}

TEST_CASE("hostile and odd input is said in words") {
  CHECK(Example("case_id,label\nz,Hand\n")
            .fault()
            .starts_with("2: labels.csv: no labelled case is in the run [column"));
  CHECK(Example("case_id,label\n").fault().starts_with("2: labels.csv: there is no row below the header"));
  Example hostile("case_id,Hand,site\na,1,<script>alert(1)</script>\nb,0,\"=cmd|' /C'!A0\"\n");
  const LoadedInputs in = hostile.load();
  CHECK(labels_part({in.data, Language()}, in).html.find("<script") == std::string::npos);
  Example where("case_id,Hand\na,1\n");
  where.options.where = "nothing==1";
  CHECK(where.fault().starts_with("2: --where: the condition \"nothing==1\": character 1"));
  Example nearest("case_id,Hand\na,1\n");
  nearest.options.key.nearest = true;
  CHECK(nearest.fault().starts_with("2: --nearest needs a date"));
  Example missing("");
  missing.options.labels = "/nowhere/labels.csv";
  CHECK(missing.fault() == "2: the label file /nowhere/labels.csv is not there");
}
