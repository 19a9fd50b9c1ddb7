#include "radbatch/report/label_table.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "error_text.hpp"
#include "radbatch/report/label_words.hpp"

using namespace radbatch;

namespace {

const std::vector<Finding> FINDINGS{{"Hand", "hand", "p_hand", {}, {}},
                                    {"Lung Opacity", "lung", "p_lung", {}, {}},
                                    {"气胸", "pneumothorax", "p_pneumothorax", {}, {}}};
const std::vector<Finding> ONE{FINDINGS[0]};
const std::vector<Finding> AGE{{"Age", "age", "brain_age", {}, {}}};
const std::vector<Finding> GRADES{{"KL 0", "kl_0", "p_kl_0", {}, {}},
                                  {"KL 1", "kl_1", "p_kl_1", {}, {}},
                                  {"KL 2", "kl_2", "p_kl_2", {}, {}}};

LabelTable read(std::string_view text, LabelOptions options = {}, LabelColumns columns = {},
                const std::vector<Finding>& findings = FINDINGS) {
  return read_label_table(text, "labels.csv", findings, columns, options);
}

std::string fault(std::string_view text, LabelOptions options = {}, LabelColumns columns = {},
                  const std::vector<Finding>& findings = FINDINGS) {
  return test::error_of([&] { read(text, options, columns, findings); });
}

/// Row by row, a letter per finding: + - ?
std::string truth(const LabelTable& table) {
  std::string text;
  for (std::size_t row = 0; row < table.size(); ++row) {
    for (const auto& answers : table.truth)
      text += answers[row] == Answer::yes ? '+' : answers[row] == Answer::no ? '-' : '?';
    text += ' ';
  }
  return text;
}

}  // namespace

TEST_CASE("one finding per row by name, slug, column and in any letter case") {
  const LabelTable table = read("case_id;label\na;Hand\nb;lung\nc;P_LUNG\nd;lung opacity\ne;气胸\nf;\ng;?\n");
  CHECK(table.kind == TruthKind::classes);
  CHECK(table.true_class == std::vector<std::int32_t>{0, 1, 1, 1, 2, -1, -1});
  CHECK(truth(table) == "+-- -+- -+- -+- --+ ??? ??? ");
  CHECK(table.is_uncertain[0] == std::vector<std::uint8_t>{0, 0, 0, 0, 0, 0, 1});
}

TEST_CASE("columns of findings take the usual words for yes, no, perhaps and nothing") {
  const LabelTable table = read("id,Hand,lung\na,1,阴性\nb,Yes,0.0\nc,-1,\nd, POSITIVE ,否\ne,１,NaN\n");
  CHECK(table.kind == TruthKind::findings);
  CHECK(truth(table) == "+-? +-? ??? +-? +?? ");
  CHECK(table.kind_text == "yes or no per finding, 2 columns of 3 findings");
}

TEST_CASE("what is uncertain or blank counts as asked for") {
  const char* text = "id,Hand\na,-1\nb,\n";
  LabelOptions options;
  options.uncertain = UncertainPolicy::positive;
  CHECK(truth(read(text, options)) == "+?? ??? ");
  options.uncertain = UncertainPolicy::negative;
  options.blank_is_negative = true;
  CHECK(truth(read(text, options)) == "-?? -?? ");
  options.uncertain = UncertainPolicy::all;
  const LabelTable all = read(text, options);
  CHECK(truth(all) == "??? -?? ");
  CHECK(all.is_uncertain[0] == std::vector<std::uint8_t>{1, 0});
}

TEST_CASE("words can be given, and a word means one thing") {
  LabelOptions options;
  options.positive = {"malignant", "0"};
  options.negative = {"benign"};
  CHECK(truth(read("id,Hand\na,Malignant\nb,benign\nc,0\n", options)) == "+?? -?? +?? ");
  CHECK(fault("id,Hand\na,1\n", options)
            .starts_with(
                "2: labels.csv: line 2, column Hand: '1' means neither yes (malignant, 0) nor no (benign)"));
  options.negative = {"MALIGNANT"};
  CHECK(fault("id,Hand\na,0\n", options) ==
        "2: 'malignant' is in --positive and in --negative [leave it in one of them]");
}

TEST_CASE("names are mapped, columns and labels alike") {
  LabelOptions options;
  options.map = {"Pleural Air=气胸", "Paw=", "truth=label"};
  CHECK(truth(read("id,Pleural Air\na,1\n", {.map = {"pleural air=气胸"}})) == "??+ ");
  CHECK(truth(read("id,truth\na,Pleural Air\nb,Paw\n", options)) == "--+ ??? ");
  CHECK(fault("id,Hand\na,1\n", {.map = {"Foot=Hnad"}}) ==
        "2: --map: 'Hnad' is no finding of the model [did you mean 'Hand'? the model's findings are: Hand, "
        "Lung "
        "Opacity, 气胸]");
}

TEST_CASE("several findings in one cell; those that the model has not are counted") {
  const LabelTable table =
      read("Image Index,label\na.png,Hand|Lung Opacity\nb.png,No Finding\nc.png,Effusion|Hand\n");
  CHECK(truth(table) == "++- --- +-- ");
  CHECK(table.other_findings == std::map<std::string, std::size_t>{{"Effusion", 1}});
  CHECK(fault("id,label\na,Hand|Lung Opacitty\n")
            .starts_with("2: labels.csv: line 2, column label: 'Lung Opacitty' is no finding of the model"));
}

TEST_CASE("a model with one finding takes its only column of answers") {
  CHECK(truth(read("case_id,label\na,0\nb,1\n", {}, {}, ONE)) == "- + ");
  CHECK(truth(read("case_id,cancer,age\na,no,50\nb,yes,60\n", {}, {}, ONE)) == "- + ");
  CHECK(fault("case_id,x,y\na,0,1\nb,1,0\n", {}, {}, ONE).find("several columns hold yes and no (x, y)") !=
        std::string::npos);
}

TEST_CASE("numbers are the truth of a regression") {
  const LabelTable table = read("id,Age\na,64.5\nb,\nc,7\n", {}, {}, AGE);
  CHECK(table.kind == TruthKind::continuous);
  CHECK(table.true_value[0][0] == 64.5);
  CHECK(std::isnan(table.true_value[0][1]));
}

TEST_CASE("findings that are numbered are grades") {
  const LabelTable table = read("id,label\na,KL 2\nb,1\nc,0\n", {}, {}, GRADES);
  CHECK(table.kind == TruthKind::ordinal);
  CHECK(table.true_class == std::vector<std::int32_t>{2, 1, 0});
}

TEST_CASE("other columns are covariates, unless they may tell who a patient is") {
  const LabelTable table = read("id,label,site,PatientName,mrn,\na,Hand,A,Doe^J,7,x\n");
  REQUIRE(table.covariates.size() == 1);
  CHECK(table.covariates[0].name == "site");
  CHECK(table.identifying == std::vector<std::string>{"PatientName", "mrn"});
  CHECK(table.cluster_column == "mrn");
  CHECK(table.clusters == std::vector<std::string>{"7"});
}

TEST_CASE("readers' columns hold answers, grades or names") {
  const LabelTable one = read("id,label,r1,r2\na,1,yes,4\nb,0,,2\n", {}, {.readers = {"r1", "r2"}}, ONE);
  REQUIRE(one.readers.size() == 2);
  CHECK(one.readers[0].decisions[0] == std::vector<Answer>{Answer::yes, Answer::unknown});
  CHECK(one.readers[1].scores[0] == std::vector<double>{4, 2});
  const LabelTable named = read("id,label,r1\na,Hand,lung\n", {}, {.readers = {"r1"}});
  CHECK(named.readers[0].top == std::vector<std::int32_t>{1});
  const LabelTable columns = read("id,Hand,r1_hand,r1 Lung Opacity\na,1,0,1\n", {}, {.readers = {"r1"}});
  CHECK(columns.readers[0].decisions[0][0] == Answer::no);
  CHECK(columns.readers[0].decisions[1][0] == Answer::yes);
}

TEST_CASE("errors name line and column and say what to write") {
  CHECK(fault("case_id,label\na,Hand\nb,Lung Opacitty\n") ==
        "2: labels.csv: line 3, column label: 'Lung Opacitty' is no finding of the model [did you mean 'Lung "
        "Opacity'? the model's findings are: Hand, Lung Opacity, 气胸; --map 'Lung Opacitty=FINDING' says "
        "which "
        "one it is, --map 'Lung Opacitty=' leaves it out]");
  CHECK(
      fault("case_id,hand\na,2\n").starts_with("2: labels.csv: line 2, column hand: '2' is neither 0 nor 1"));
  CHECK(fault("key,label\na,Hand\n")
            .starts_with("2: labels.csv: there is no column case_id; there are: key, label"));
  CHECK(fault("case_id,truth\na,1\n")
            .starts_with("2: labels.csv: there is neither a column label nor one named like a finding"));
  CHECK(fault("id,Hand,hand\na,1,1\n").starts_with("2: labels.csv: two columns are about Hand"));
  CHECK(fault("id,label\na,Hand\n", {}, {.key = "accesion"})
            .starts_with("2: labels.csv: there is no column 'accesion' for --key"));
}
