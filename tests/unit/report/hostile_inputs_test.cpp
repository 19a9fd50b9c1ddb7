// Every part of the report over data as bad as it gets: nothing crashes, no number is NaN, and a value that
// is missing says why.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "made_data.hpp"
#include "radbatch/report/ordinal_part.hpp"
#include "radbatch/report/part.hpp"
#include "radbatch/report/readers_part.hpp"
#include "radbatch/report/regression_part.hpp"

using namespace radbatch;

namespace {

using MakePart = std::function<ReportPart(const PartContext&)>;

/// A new part is one more line.
const std::vector<std::pair<const char*, MakePart>> PARTS{
    {"regression", [](const PartContext& context) { return regression_part(context); }},
    {"ordinal", [](const PartContext& context) { return ordinal_part(context); }},
    {"readers", [](const PartContext& context) { return readers_part(context); }},
};

constexpr double INFINITE = std::numeric_limits<double>::infinity();
const double MISSING = std::nan("");

struct Spoilt {
  const char* name;
  std::function<AnalysisData(TruthKind)> make;
};

AnalysisData with(TruthKind kind, std::size_t n, const std::function<void(AnalysisData&)>& spoil,
                  bool is_clustered = false) {
  AnalysisData data = made_data(kind, n, is_clustered);
  spoil(data);
  return data;
}

void no_change(AnalysisData&) {}

void hostile_names(AnalysisData& data) {
  const std::string hostile = "\"><script>alert(1)</script>\x01\xE2\x80\xAE" + std::string(10'000, 'x');
  for (Finding& finding : data.findings) finding.name = hostile;
  for (Rater& rater : data.raters) rater.name = hostile;
  for (std::string& id : data.unit_ids) id += hostile;
}

const std::vector<Spoilt> SPOILT{
    {"as it should be", [](TruthKind kind) { return with(kind, 40, no_change); }},
    {"two units of each patient", [](TruthKind kind) { return with(kind, 40, no_change, true); }},
    {"n = 0", [](TruthKind kind) { return with(kind, 0, no_change); }},
    {"n = 1", [](TruthKind kind) { return with(kind, 1, no_change); }},
    {"n = 2", [](TruthKind kind) { return with(kind, 2, no_change); }},
    {"n = 3", [](TruthKind kind) { return with(kind, 3, no_change); }},
    {"n = 5", [](TruthKind kind) { return with(kind, 5, no_change); }},
    {"one patient",
     [](TruthKind kind) {
       return with(kind, 12, [](AnalysisData& data) {
         for (std::uint32_t& cluster : data.cluster) cluster = 0;
         data.n_clusters = 1;
         data.has_patients = true;
       });
     }},
    {"no test unit",
     [](TruthKind kind) {
       return with(kind, 12, [](AnalysisData& data) {
         for (std::uint8_t& is_test : data.is_test) is_test = 0;
       });
     }},
    {"one class, one value",
     [](TruthKind kind) { return with(kind, 20, [](AnalysisData& data) { set_truth(data, 1, 7); }); }},
    {"all truth unknown",
     [](TruthKind kind) { return with(kind, 20, [](AnalysisData& data) { set_truth(data, -1, MISSING); }); }},
    {"all scores NaN",
     [](TruthKind kind) {
       return with(kind, 20, [](AnalysisData& data) {
         change_scores(data, [](double, std::size_t) { return MISSING; });
       });
     }},
    {"ties everywhere",
     [](TruthKind kind) {
       return with(kind, 20,
                   [](AnalysisData& data) { change_scores(data, [](double, std::size_t) { return 0.25; }); });
     }},
    {"a perfect prediction",
     [](TruthKind kind) {
       return with(kind, 20, [](AnalysisData& data) {
         for (Rater& rater : data.raters) {
           rater.scores = data.true_value;
           rater.decisions = data.truth;
           rater.top = data.true_class;
         }
       });
     }},
    {"a constant offset",
     [](TruthKind kind) {
       return with(kind, 20, [](AnalysisData& data) {
         for (Rater& rater : data.raters) rater.scores = data.true_value;
         change_scores(data, [](double score, std::size_t) { return score + 3; });
       });
     }},
    {"some scores infinite",
     [](TruthKind kind) {
       return with(kind, 20, [](AnalysisData& data) {
         change_scores(data, [](double score, std::size_t i) {
           return i % 5 == 0 ? INFINITE : i % 5 == 1 ? -INFINITE : score;
         });
       });
     }},
    {"the largest doubles",
     [](TruthKind kind) {
       return with(kind, 20, [](AnalysisData& data) {
         change_scores(data, [](double score, std::size_t i) { return i % 2 == 0 ? 1e308 : score; });
       });
     }},
    {"readers who said nothing",
     [](TruthKind kind) {
       return with(kind, 20, [](AnalysisData& data) {
         for (std::size_t r = 1; r < 3; ++r) {
           for (auto& scores : data.raters[r].scores)
             for (double& score : scores) score = MISSING;
           for (auto& answers : data.raters[r].decisions)
             for (Answer& answer : answers) answer = Answer::unknown;
         }
       });
     }},
    {"readers with decisions only",
     [](TruthKind kind) {
       return with(kind, 20, [](AnalysisData& data) {
         for (std::size_t r = 1; r < 3; ++r) data.raters[r].scores.clear();
       });
     }},
    {"a reader alone",
     [](TruthKind kind) {
       return with(kind, 20, [](AnalysisData& data) {
         data.raters.erase(data.raters.begin());
         data.raters.pop_back();
       });
     }},
    {"no rater",
     [](TruthKind kind) { return with(kind, 20, [](AnalysisData& data) { data.raters.clear(); }); }},
    {"hostile names", [](TruthKind kind) { return with(kind, 20, hostile_names); }},
};

/// Path of the first member that is not finite, or of an estimate that is missing without a reason.
std::string fault_in(const Json& json, const std::string& path) {
  if (json.is_number_float() && !std::isfinite(json.get<double>())) return path + " is not finite";
  const bool is_estimate = json.is_object() && json.contains("value") && json.contains("n");
  if (is_estimate && json["value"].is_null() && json.value("why_not", "").empty())
    return path + " has no value and does not say why";
  if (!json.is_structured()) return {};
  for (const auto& [key, member] : json.items()) {
    const std::string fault = fault_in(member, path + "/" + key.substr(0, 40));
    if (!fault.empty()) return fault;
  }
  return {};
}

std::string fault_in(const MetricRow& row) {
  const Estimate& estimate = row.estimate;
  if (!estimate.value) return estimate.why_not.empty() ? row.metric + " does not say why" : "";
  if (!std::isfinite(*estimate.value)) return row.metric + " is not finite";
  if (!estimate.interval) return {};
  const Interval& interval = *estimate.interval;
  if (!std::isfinite(interval.low) || !std::isfinite(interval.high))
    return row.metric + ": interval is not finite";
  if (interval.method.empty()) return row.metric + ": interval without a method";
  return interval.low > interval.high ? row.metric + ": interval is empty" : "";
}

bool has_nan(const std::string& text) {
  for (const char* word : {">nan", ">-nan", ">inf", ">-inf", " nan", "\"nan", "(nan", "–nan", "–inf"})
    if (text.find(word) != std::string::npos) return true;
  return false;
}

std::string fault_in(const ReportTable& table) {
  if (table.is_number.size() != table.header.size()) return table.id + ": header and is_number differ";
  for (const auto& row : table.rows)
    if (row.size() != table.header.size()) return table.id + ": a row has another number of cells";
  return {};
}

std::string fault_in(const ReportPart& part, std::size_t n_units) {
  std::string fault = fault_in(part.numbers, part.id);
  for (const MetricRow& row : part.metrics)
    if (fault.empty()) fault = fault_in(row);
  for (const ReportTable& table : part.tables)
    if (fault.empty()) fault = fault_in(table);
  for (const CaseList& list : part.lists)
    for (const std::uint32_t unit : list.units)
      if (unit >= n_units) fault = list.id + " names a unit that is not there";
  for (const Figure& figure : part.figures)
    if (has_nan(figure.svg)) fault = figure.id + " draws what is no number";
  if (has_nan(part.html)) fault = "the page shows what is no number";
  if (part.html.find("<script") != std::string::npos) fault = "a name became a tag";
  if (part.html.empty() && !part.metrics.empty()) fault = "nothing to say, and metrics all the same";
  return fault;
}

PartContext context_of(const AnalysisData& data, const Language& language) {
  return {.data = data, .lang = language, .seed = 1, .n_bootstrap = 200};
}

}  // namespace

TEST_CASE("no part fails on, or invents numbers for, spoilt data") {
  const Language language;
  for (const TruthKind kind : {TruthKind::none, TruthKind::findings, TruthKind::classes, TruthKind::ordinal,
                               TruthKind::continuous}) {
    for (const Spoilt& spoilt : SPOILT) {
      const AnalysisData data = spoilt.make(kind);
      for (const auto& [name, make] : PARTS) {
        CAPTURE(name);
        CAPTURE(spoilt.name);
        CAPTURE(static_cast<int>(kind));
        CHECK(fault_in(make(context_of(data, language)), data.size()) == "");
      }
    }
  }
}

TEST_CASE("a part gives the same numbers on any number of threads") {
  const Language language;
  for (const TruthKind kind : {TruthKind::findings, TruthKind::ordinal, TruthKind::continuous}) {
    const AnalysisData data = made_data(kind, 40, true);
    PartContext one = context_of(data, language), three = one;
    three.threads = 3;
    for (const auto& [name, make] : PARTS) {
      CAPTURE(name);
      CHECK(make(one).numbers == make(three).numbers);
    }
  }
}

TEST_CASE("spoilt data are found out by this test") {
  CHECK(fault_in(Json{{"a", {{"value", nullptr}, {"n", 3}}}}, "") == "/a has no value and does not say why");
  CHECK(fault_in(Json{{"a", INFINITE}}, "") == "/a is not finite");
  CHECK(has_nan("<td>nan</td>"));
}
