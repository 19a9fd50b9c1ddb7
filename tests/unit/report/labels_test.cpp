#include "radbatch/report/labels.hpp"

#include <doctest/doctest.h>

#include "example_run.hpp"
#include "radbatch/base/error.hpp"

using namespace radbatch;

namespace {

const std::vector<Finding> findings{{"Hand", "hand", "p_hand", {}, {}},
                                    {"Lung Opacity", "lung", "p_lung", {}, {}}};

Labels read(std::string_view text) {
  return read_labels(text, "labels.csv", findings);
}

std::string hint_of(std::string_view text) {
  try {
    read(text);
  } catch (const Error& error) {
    return error.hint();
  }
  return "no error";
}

using Truth = std::vector<std::optional<bool>>;

}  // namespace

TEST_CASE("one label per case by name, slug or in another case; an empty one says nothing") {
  const Labels labels = read("case_id,label,site\na,Hand,x\nb,lung,\nc,lung opacity,\nd,,\n");
  CHECK(labels.one_per_case);
  CHECK(labels.truth.at("a") == Truth{true, false});
  CHECK(labels.truth.at("b") == Truth{false, true});
  CHECK(labels.truth.at("c") == Truth{false, true});
  CHECK_FALSE(labels.truth.contains("d"));
  CHECK(labels.ignored_columns == std::vector<std::string>{"site"});
}

TEST_CASE("0/1 per finding, unknown where empty") {
  const Labels labels = read("case_id,p_lung,Hand\na,1,0\nb,,1\n");
  CHECK_FALSE(labels.one_per_case);
  CHECK(labels.truth.at("a") == Truth{false, true});
  CHECK(labels.truth.at("b") == Truth{true, std::nullopt});
}

TEST_CASE("a model with one finding takes 0 and 1 as labels") {
  const std::vector<Finding> one{findings[0]};
  CHECK(read_labels("case_id,label\na,0\nb,1\n", "l", one).truth.at("b") == Truth{true});
}

TEST_CASE("errors name line and column and say what to write") {
  CHECK_THROWS_WITH_AS(read("case_id,label\na,Hand\nb,Lung Opacitty\n"),
                       "labels.csv: line 3, column label: 'Lung Opacitty' is no finding of the model", Error);
  CHECK(hint_of("case_id,label\nb,Lung Opacitty\n") ==
        "did you mean 'Lung Opacity'? the model's findings are: Hand, Lung Opacity");
  CHECK_THROWS_WITH_AS(read("case_id,hand\na,2\n"), "labels.csv: line 2, column hand: '2' is neither 0 nor 1",
                       Error);
  CHECK_THROWS_WITH_AS(read("id,label\na,Hand\n"),
                       "labels.csv: there is no column case_id; there are: id, label", Error);
  CHECK_THROWS_WITH_AS(read("case_id,truth\na,1\n"),
                       "labels.csv: there is neither a column label nor one named like a finding", Error);
  CHECK_THROWS_WITH_AS(read("case_id,label\na,Hand\nb,Hand\na,Hand\n"),
                       "labels.csv: line 4, column case_id: case a was on line 2 already", Error);
  CHECK_THROWS_WITH_AS(read("case_id,label\n,Hand\n"),
                       "labels.csv: line 2, column case_id: the id is missing", Error);
}

TEST_CASE("labels and run are joined and what does not fit is listed") {
  const RunData run = load_run(make_example_run("join"));
  const Labels labels = read("case_id,label\na,Hand\nb,lung\ne,Hand\nz,Hand\n");
  const LabelJoin joined = join_labels(run, labels, "labels.csv");
  CHECK(joined.n_labelled == 4);
  CHECK(joined.n_matched == 2);
  CHECK(joined.without_score == std::vector<std::string>{"e"});
  CHECK(joined.unlabelled == std::vector<std::string>{"c", "d"});
  CHECK(joined.unknown == std::vector<std::string>{"z"});
  CHECK_THROWS_WITH_AS(join_labels(run, read("case_id,label\nz,Hand\n"), "labels.csv"),
                       "labels.csv: no labelled case is in the run", Error);
}
