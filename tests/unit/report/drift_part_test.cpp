#include <doctest/doctest.h>

#include "example_analysis.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/report/drift.hpp"
#include "radbatch/report/drift_time.hpp"

using namespace radbatch;

namespace {

/// Dates over two years, more of scanner X later; scores of the second year are higher by `lift`.
AnalysisData with_dates(std::size_t n, double lift) {
  AnalysisData data = make_analysis(n);
  data.covariates = {{"StudyDate", {}}, {"Manufacturer", {}}, {"dose", {}}, {"id", {}}};
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t month = 24 * i / std::max<std::size_t>(n, 1);
    const std::string in_year = std::to_string(101 + month % 12).substr(1);
    data.covariates[0].values.push_back((month < 12 ? "2022" : "2023") + in_year +
                                        (i % 2 == 0 ? "17" : "28"));
    data.covariates[1].values.push_back(i % 17 == 0 ? "" : i % 24 < month ? "X" : "Y <b>");
    data.covariates[2].values.push_back(std::to_string(0.25 * static_cast<double>(i % 40)));
    data.covariates[3].values.push_back("x" + std::to_string(i));
    for (std::size_t f = 0; f < 2 && month >= 12; ++f) data.raters[0].scores[f][i] += lift;
  }
  return data;
}

DriftOptions by_time(TimeStep step = TimeStep::month) {
  DriftOptions options;
  options.time = "StudyDate";
  options.every = step;
  return options;
}

}  // namespace

TEST_CASE("dates are read down to the month, and what is no date is not") {
  const int january_2023 = 2023 * 12;
  for (const char* date : {"20230115", "2023-01-15", "2023/1/5", "2023.01.15", "2023-01", "2023-01-15T08:30",
                           "2023-01-15 08:30:00"})
    CHECK_MESSAGE(read_study_date(date) == january_2023, date);
  for (const char* other : {"", "2023", "202301", "20231315", "20230132", "15.01.2023", "18990101",
                            "2023-01-15x", "230115", "2023011", "-2023-01-15"})
    CHECK_MESSAGE(!read_study_date(other), other);
}

TEST_CASE("steps of time have names and a place on the axis") {
  const int november = 2023 * 12 + 10;
  CHECK(step_name(step_of(november, TimeStep::month), TimeStep::month) == "2023-11");
  CHECK(step_name(step_of(november, TimeStep::quarter), TimeStep::quarter) == "2023-Q4");
  CHECK(step_name(step_of(november, TimeStep::year), TimeStep::year) == "2023");
  CHECK(step_year(step_of(november, TimeStep::quarter), TimeStep::quarter) == doctest::Approx(2023.875));
  CHECK_THROWS_WITH_AS(parse_time_step("day"), "expected month, quarter or year, not 'day'", Error);
}

TEST_CASE("the same cases do not drift") {
  const AnalysisData data = with_dates(240, 0);
  const DriftColumns columns = drift_columns(data, "same");
  const ScoreShift shift = score_shifts(columns, columns, false, 0.95)[0];
  CHECK(shift.index->value == 0);
  CHECK(shift.kolmogorov_smirnov->p == 1);
  CHECK(*shift.wasserstein == 0);
  CHECK(*shift.called.estimate.value == 0);
  CHECK(reading_of(shift.index) == "within chance");
  for (const ColumnShift& column : column_shifts(columns, columns, ""))
    if (column.why_not.empty()) CHECK(*column.standardised == 0);
}

TEST_CASE("scores that rise by 0.3 have moved by that, and are said to drift") {
  const AnalysisData data = with_dates(480, 0.3);
  const Language lang;
  const PartContext context = context_of(data, lang);
  const TimeSeries series = time_series(context, "StudyDate", TimeStep::month);
  CHECK(step_name(*series.split, series.step) == "2023-01");
  const auto before = drift_columns(data, "before", half_of(data, "StudyDate", series, false));
  const auto now = drift_columns(data, "now", half_of(data, "StudyDate", series, true));
  CHECK(before.size() == 240);
  const ScoreShift shift = score_shifts(before, now, false, 0.95)[0];
  CHECK(*shift.wasserstein == doctest::Approx(0.3).epsilon(0.1));
  CHECK(reading_of(shift.index) == "large");
  CHECK(*shift.adjusted_p < 0.001);
}

TEST_CASE("covariates: shares of words, distributions of numbers; identifiers and dates are not compared") {
  const AnalysisData data = with_dates(480, 0);
  const Language lang;
  const TimeSeries series = time_series(context_of(data, lang), "StudyDate", TimeStep::month);
  const auto before = drift_columns(data, "before", half_of(data, "StudyDate", series, false));
  const auto now = drift_columns(data, "now", half_of(data, "StudyDate", series, true));
  const auto columns = column_shifts(before, now, "");
  CHECK(columns[0].why_not == "dates");
  CHECK_FALSE(columns[1].is_number);
  CHECK(columns[1].change.find("X: 0.") == 0);
  CHECK(columns[1].test == "chi-squared");
  CHECK(*columns[1].adjusted_p < 0.001);
  CHECK(columns[1].missing_before + columns[1].missing_now == 29);
  CHECK(columns[2].is_number);
  CHECK(columns[2].test == "Kolmogorov-Smirnov, exact");
  CHECK(columns[3].why_not == "too many different values for groups");
  CHECK(column_shifts(before, now, "StudyDate").size() == 3);
}

TEST_CASE("a finding that the reference does not have is said to be missing there") {
  const AnalysisData data = with_dates(60, 0);
  DriftColumns reference = drift_columns(data, "reference");
  reference.findings[1] = "other";
  CHECK(score_shifts(reference, drift_columns(data, "now"), false, 0.95)[1].why_not ==
        "the reference does not have this finding");
}

TEST_CASE("patients with several cases: no test that takes cases for independent") {
  AnalysisData data = with_dates(240, 0.2);
  cluster_by(data, 3);
  const DriftColumns now = drift_columns(data, "now");
  const ScoreShift shift = score_shifts(now, now, false, 0.95)[0];
  CHECK_FALSE(shift.adjusted_p);
  CHECK(shift.called.test == "t, clustered by patient");
  for (const ColumnShift& column : column_shifts(now, now, "")) CHECK_FALSE(column.p);
}

TEST_CASE("steps with few cases are not shown, and many steps become coarser") {
  AnalysisData data = with_dates(240, 0);
  for (std::size_t i = 0; i < 3; ++i) data.covariates[0].values[i] = "19990101";
  data.covariates[0].values[4] = "unknown";
  const Language lang;
  const TimeSeries series = time_series(context_of(data, lang), "StudyDate", TimeStep::month);
  CHECK(series.n_left_out == 3);
  CHECK(series.n_without_date == 1);
  CHECK(series.steps.size() == 24);
  for (std::size_t i = 0; i < 240; ++i)
    data.covariates[0].values[i] = std::to_string(1950 + i % 70) + "0" + std::to_string(1 + i % 9) + "01";
  CHECK(time_series(context_of(data, lang), "StudyDate", TimeStep::month).step == TimeStep::year);
}

TEST_CASE("a column of time that is not there or holds no dates is refused") {
  const AnalysisData data = with_dates(60, 0);
  const Language lang;
  CHECK_THROWS_WITH_AS(time_series(context_of(data, lang), "StudyDat", TimeStep::month),
                       "--time: there is no column 'StudyDat'", Error);
  CHECK_THROWS_WITH_AS(time_series(context_of(data, lang), "Manufacturer", TimeStep::month),
                       "--time: no case has a date in 'Manufacturer'", Error);
}

TEST_CASE("the part by time: halves, curves, every number in report.json, and no day of any patient") {
  const AnalysisData data = with_dates(480, 0.1);
  const Language lang;
  const ReportPart part = drift_part(context_of(data, lang), by_time());
  check_part(part);
  CHECK(part.figures.size() == 5);
  CHECK(part.numbers["time"]["steps"].size() == 24);
  CHECK(part.numbers["before"]["name"] == "before 2023-01");
  const std::string all = part.html + part.numbers.dump();
  for (const char* day : {"20220117", "2022-01-17", "20230128"}) CHECK(all.find(day) == std::string::npos);
  check_part(drift_part(context_of(data, lang), by_time(TimeStep::year)));
}

TEST_CASE("the part against a reference run") {
  const AnalysisData data = with_dates(240, 0.1);
  const Language lang;
  DriftOptions options;
  options.reference = drift_columns(make_analysis(100), "reference <b>");
  const ReportPart part = drift_part(context_of(data, lang), options);
  check_part(part);
  CHECK(part.numbers["before"]["n"] == 100);
  CHECK(part.numbers["scores"].size() == 2);
  CHECK_FALSE(part.numbers.contains("columns"));
  CHECK(drift_part(context_of(data, lang), {}).html.empty());
}

TEST_CASE("drift of nothing, of one, of no scores and of one month is said in words") {
  const Language lang;
  const AnalysisData some = with_dates(60, 0);
  for (const std::size_t n : {0, 1, 2}) {
    const AnalysisData few = with_dates(n, 0);
    DriftOptions options;
    options.reference = drift_columns(some, "reference");
    check_part(drift_part(context_of(few, lang), options));
    options.reference = drift_columns(few, "reference");
    check_part(drift_part(context_of(some, lang), options));
    if (n > 0) check_part(drift_part(context_of(few, lang), by_time()));
  }
  AnalysisData silent = with_dates(60, 0);
  for (auto& scores : silent.raters[0].scores) std::ranges::fill(scores, std::nan(""));
  for (auto& decisions : silent.raters[0].decisions) std::ranges::fill(decisions, Answer::unknown);
  check_part(drift_part(context_of(silent, lang), by_time()));
  AnalysisData one_month = with_dates(60, 0);
  std::ranges::fill(one_month.covariates[0].values, "20230105");
  check_part(drift_part(context_of(one_month, lang), by_time()));
}
