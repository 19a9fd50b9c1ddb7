#include "radbatch/report/label_matching.hpp"

#include <doctest/doctest.h>

#include "error_text.hpp"

using namespace radbatch;

namespace {

/// Cases c0, c1, ... with a score each, and what a label table has to match.
struct Example {
  RunData run;
  std::vector<std::string> keys, dates, attributes, attribute_dates;
  std::vector<std::uint32_t> line;
  std::string answers;  ///< what each label row says

  Example(std::vector<std::string> of_cases, std::vector<std::string> of_rows)
      : keys(std::move(of_rows)), attributes(std::move(of_cases)) {
    run.scores.resize(1);
    for (std::size_t i = 0; i < attributes.size(); ++i) {
      run.cases.push_back({"c" + std::to_string(i), Status::done, {}, {}, {}, {}});
      run.scores[0].push_back(0.5);
    }
    for (std::uint32_t i = 0; i < keys.size(); ++i) line.push_back(i + 2);
    answers.assign(keys.size(), '1');
  }

  LabelMatching match(const KeyOptions& options = {}, bool is_patient = false) const {
    return match_labels(
        {run, "l.csv", "acc", "AccessionNumber", line, keys, dates, attributes, attribute_dates, is_patient,
         [this](auto a, auto b) { return answers[a] == answers[b]; }},
        options);
  }

  std::string csv(const KeyOptions& options = {}, bool is_patient = false) const {
    return label_join_csv(match(options, is_patient), run);
  }
};

const std::string HEADER = "line,case_id,outcome,why,hint\n";

}  // namespace

TEST_CASE("every row and every unlabelled case is accounted for") {
  Example example({"A1", "A2", "A3", "A3", "A5", "A6"}, {"A2", "A1", "zz", "A3", "A1", "", "A6"});
  example.run.cases[1].status = Status::failed;
  CHECK(example.csv() ==
        HEADER +
            "2,c1,no_score,the case has no score,`radbatch why OUT CASE` tells what happened\n"
            "3,c0,matched,,\n"
            "4,,unmatched,no case has this key,\n"
            "5,,ambiguous,2 cases have this key,\"tell the cases apart with --date, or count patients with "
            "--per "
            "patient\"\n"
            "6,c0,duplicate,line 3 says the same of this case,\n"
            "7,,unmatched,the key is empty,\n"
            "8,c5,matched,,\n"
            ",c2,unlabelled,no row names the case,\n"
            ",c3,unlabelled,no row names the case,\n"
            ",c4,unlabelled,no row names the case,\n");
}

TEST_CASE("rows that contradict each other leave their case out") {
  Example example({"A1", "A2"}, {"A1", "A2", "A1"});
  example.answers = "110";
  const LabelMatching matching = example.match();
  REQUIRE(matching.labelled.size() == 1);
  CHECK(matching.labelled[0].case_index == 1);
  CHECK(matching.count(JoinOutcome::ambiguous) == 2);
  CHECK(why_text(matching.rows[0]) == "line 4 says something else of this case, which is left out");
  CHECK(matching.count(JoinOutcome::unlabelled) == 0);
}

TEST_CASE("keys that differ by what spreadsheets do are told, and matched only when asked") {
  Example example({"00123", "4567", "89", "ab.1", "1234567", "x"},
                  {"123", "'4567", "89.0", "AB.1", "1.234567E+06", "x"});
  CHECK(example.match().count(JoinOutcome::matched) == 1);
  CHECK(example.match().repairs() == std::map<std::string, std::size_t>{{"leading zeros", 1},
                                                                        {"quotes", 1},
                                                                        {"a trailing .0", 1},
                                                                        {"upper and lower case", 1},
                                                                        {"an exponent (1.23E+02)", 1}});
  CHECK(example.match({.repair = true}).count(JoinOutcome::matched) == 6);
  CHECK(why_text(example.match({.repair = true}).rows[0]) == "matched after a repair: leading zeros");
}

TEST_CASE("a key that a spreadsheet has rounded is never repaired") {
  const Example example({"120000000000", "x"}, {"1.2E+11", "x"});
  const LabelMatching matching = example.match({.repair = true});
  CHECK(matching.rows[0].outcome == JoinOutcome::unmatched);
  CHECK(hint_text(matching.rows[0]) == "export the column as text");
}

TEST_CASE("a repair that leads to two different keys is no repair") {
  const Example example({"0012", "012", "x"}, {"12", "x"});
  CHECK(example.match({.repair = true}).rows[0].outcome == JoinOutcome::ambiguous);
}

TEST_CASE("the fewest repairs are named") {
  CHECK(names_of(repairs_between("１２３", "0123")) ==
        std::vector<std::string>{"full-width characters", "leading zeros"});
  CHECK(names_of(repairs_between("dir/00000001_000.png", "00000001_000")) ==
        std::vector<std::string>{"folder or ending of a file name"});
  CHECK(repairs_between("a", "a") == 0);
}

TEST_CASE("of several studies the one that is near in time is meant") {
  Example example({"M", "M", "M", "N"}, {"M", "M", "N"});
  example.attribute_dates = {"20200101", "20200301", "20210101", ""};
  example.dates = {"2020-03-11", "2019-06-01", "2020-01-01"};
  CHECK(example.csv({.date = "d=StudyDate", .within_days = 90, .nearest = true}) ==
        HEADER +
            "2,c1,matched,,\n"
            "3,,unmatched,the nearest case with this key is 214 days away,allow more time with --within\n"
            "4,,unmatched,the cases with this key have no date,\n"
            ",c0,unlabelled,no row names the case,\n"
            ",c2,unlabelled,no row names the case,\n"
            ",c3,unlabelled,no row names the case,\n");
  Example two({"M", "M", "N"}, {"M", "N"});
  two.attribute_dates = {"20200101", "20200110", "20200101"};
  two.dates = {"2020-01-05", "2020-01-01"};
  CHECK(why_text(two.match({.within_days = 30}).rows[0]) ==
        "2 cases have this key and a date that is near enough");
}

TEST_CASE("of two rows about one study the nearer one counts") {
  Example example({"M"}, {"M", "M"});
  example.attribute_dates = {"20200101"};
  example.dates = {"2020-01-05", "2020-01-02"};
  example.answers = "01";
  const LabelMatching matching = example.match({.within_days = 30, .nearest = true});
  CHECK(matching.labelled[0].row == 1);
  CHECK(why_text(matching.rows[0]) == "line 3 is nearer to this case in time");
}

TEST_CASE("a patient's row labels all of the patient's cases") {
  const Example example({"P", "P", "Q"}, {"P"});
  const LabelMatching matching = example.match({}, true);
  CHECK(matching.labelled.size() == 2);
  CHECK(matching.count(JoinOutcome::matched) == 1);
  CHECK(why_text(matching.rows[0]) == "a patient's row: it labels 2 cases");
}

TEST_CASE("when nothing matches, both sides' forms are shown and no key") {
  const Example example({"0012345678"}, {"12345678"});
  CHECK(
      test::error_of([&] { example.match(); }) ==
      "2: l.csv: no labelled case is in the run [column acc begins with a key of 8 digits, AccessionNumber "
      "of "
      "the run with one of 10 digits; 1 key would match but for leading zeros: --repair-keys accepts that]");
  CHECK(key_form("AB-12.é") == "2 letters, '-', 2 digits, '.', 1 letter");
}

TEST_CASE("dates in the forms that mean one day") {
  for (const char* date : {"20190304", "2019-03-04", "2019/3/4", "2019.03.04", "4.3.2019", "2019年3月4日",
                           "2019-03-04 12:30:00", "20190304 1230"})
    CHECK(day_of(date) == 17959);
  for (const char* date : {"", "03/04/2019", "2019-13-01", "2019-02-30", "today", "43528"})
    CHECK(day_of(date) == std::nullopt);
}

TEST_CASE("the keys themselves are in the private table only") {
  const Example example({"LEAK1", "x"}, {"LEAK1", "LEAK2"});
  CHECK(example.csv().find("LEAK") == std::string::npos);
  CHECK(label_join_keys_csv(example.match(), example.keys, example.run) ==
        "line,key,case_id\n2,LEAK1,c0\n3,LEAK2,\n");
}
