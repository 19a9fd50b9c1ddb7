#include "radbatch/report/readers_part.hpp"

#include <algorithm>
#include <cmath>

#include "radbatch/base/text.hpp"
#include "radbatch/report/html.hpp"
#include "radbatch/report/reader_agreement_numbers.hpp"
#include "radbatch/report/reader_areas.hpp"
#include "radbatch/report/reader_ratings.hpp"
#include "radbatch/stats/intraclass.hpp"

namespace radbatch {
namespace {

using namespace html;

constexpr double LEAST_P = 0.001;

const std::string& name_of(const AnalysisData& data, const ReaderGroup& group, std::size_t position) {
  return data.raters[group.all()[position]].name;
}

/// How the intervals of the measure at that position were made: as of the first pair that has one.
std::string method_of(const std::vector<PairNumbers>& pairs, std::size_t measure) {
  for (const PairNumbers& pair : pairs)
    if (const auto& interval = pair.measures[measure].estimate.interval) return interval->method;
  return "no interval";
}

/// Pairs as rows, measures as columns: value and interval; the methods stand in the note.
ReportTable pair_table(const PartContext& context, const ReaderGroup& group, const RatedQuestion& question,
                       const std::vector<PairNumbers>& pairs) {
  ReportTable table{
      .id = "readers-" + question.id + "-pairs",
      .title = context.lang("Agreement of two") + (question.finding.empty() ? "" : ", " + question.finding),
      .header = {context.lang("Raters"), "n"},
      .rows = {},
      .is_number = {false, true},
      .note = {}};
  for (const Measure& measure : pairs.front().measures) {
    table.header.push_back(measure.name);
    table.is_number.push_back(true);
    table.note += measure.name + ": " + method_of(pairs, table.header.size() - 3) + ". ";
  }
  for (const PairNumbers& pair : pairs) {
    if (pair.measures.front().estimate.n == 0) continue;  // a model without a threshold answers nothing
    std::vector<std::string> row{
        name_of(context.data, group, pair.pair.a) + " – " + name_of(context.data, group, pair.pair.b),
        grouped(pair.measures.front().estimate.n)};
    for (const Measure& measure : pair.measures) row.push_back(readable(finite(measure.estimate)));
    table.rows.push_back(std::move(row));
  }
  return table;
}

/// Sensitivity and specificity of a finding, or the share of right classes, of each rater.
std::vector<Measure> accuracy_of(const PartContext& context, const RatedQuestion& question,
                                 std::size_t rater) {
  const std::size_t n = question.units.size();
  std::vector<std::uint8_t> right(n), known(n), with(n), without(n);
  for (std::size_t i = 0; i < n; ++i) {
    const std::int32_t truth = question.truth[i], rating = question.ratings[rater][i];
    known[i] = truth >= 0 && rating >= 0 ? 1 : 0;
    right[i] = known[i] && truth == rating ? 1 : 0;
    with[i] = known[i] && truth == 1 ? 1 : 0;
    without[i] = known[i] && truth == 0 ? 1 : 0;
  }
  const double level = context.level;
  if (question.finding.empty())
    return {{"accuracy", context.lang("Right class"), share_of_units(question.units, right, known, level)}};
  return {
      {"sensitivity", context.lang("Sensitivity"), share_of_units(question.units, right, with, level)},
      {"specificity", context.lang("Specificity"), share_of_units(question.units, right, without, level)}};
}

void add_table(ReportPart& part, ReportTable table) {
  part.html += element("h4", "", escape(table.title)) + html_table(table);
  part.tables.push_back(std::move(table));
}

void add_agreement(ReportPart& part, const PartContext& context, const ReaderGroup& group,
                   const RatedQuestion& question, Json& numbers) {
  const AgreementNumbers agreement = agreement_numbers(context, group, question);
  if (!agreement.pairs.empty()) {
    Json pairs = Json::array();
    for (const PairNumbers& pair : agreement.pairs) {
      const std::string &a = name_of(context.data, group, pair.pair.a),
                        &b = name_of(context.data, group, pair.pair.b);
      Json one = add_measures(part, {a + " - " + b, question.finding}, pair.measures);
      one["raters"] = {a, b};
      pairs.push_back(std::move(one));
    }
    numbers["pairs"] = std::move(pairs);
    ReportTable table = pair_table(context, group, question, agreement.pairs);
    if (!table.rows.empty()) add_table(part, std::move(table));
  }
  std::vector<Measure> of_group = agreement.readers;
  of_group.insert(of_group.end(), agreement.against.begin(), agreement.against.end());
  if (of_group.empty()) return;
  numbers["group"] = add_measures(part, {"readers", question.finding}, of_group);
  add_table(part, measure_table(context, "readers-" + question.id + "-group",
                                context.lang("Agreement of the readers"), of_group));
}

void add_accuracy(ReportPart& part, const PartContext& context, const ReaderGroup& group,
                  const RatedQuestion& question, Json& numbers) {
  if (std::ranges::all_of(question.truth, [](std::int32_t truth) { return truth < 0; })) return;
  std::vector<Measure> shown;
  for (std::size_t r = 0; r < question.ratings.size(); ++r) {
    std::vector<Measure> measures = accuracy_of(context, question, r);
    const std::string& name = name_of(context.data, group, r);
    Json one = add_measures(part, {name, question.finding}, measures);
    one["model"] = name;
    numbers["accuracy"].push_back(std::move(one));
    for (Measure& measure : measures) {
      if (measure.estimate.n == 0) continue;  // a model without a threshold answers nothing
      measure.name = name + ": " + measure.name;
      shown.push_back(std::move(measure));
    }
  }
  add_table(part, measure_table(context, "readers-" + question.id + "-accuracy",
                                context.lang("Against the truth, on cases that readers rated"), shown));
}

/// "0.052", "< 0.001".
std::string p_text(double p) {
  return p < LEAST_P ? "< " + fixed(LEAST_P, 3) : fixed(p, 3);
}

Json mean_json(const ReaderMean& mean) {
  Json json = estimate_json(finite(mean.estimate));
  json["p_value_is_printed_from"] = LEAST_P;
  if (mean.standard_error) json["standard_error"] = *mean.standard_error;
  if (mean.degrees_of_freedom) json["degrees_of_freedom"] = *mean.degrees_of_freedom;
  if (mean.p_value) json["p_value"] = *mean.p_value;
  return json;
}

void add_areas(ReportPart& part, const PartContext& context, const ReaderAreas& areas,
               const RatedQuestion& question, Json& numbers) {
  if (areas.raters.empty()) return;
  Json& json = numbers["areas"];
  json = {{"n", areas.n}, {"n_positive", areas.n_positive}, {"raters", areas.raters}, {"auroc", areas.areas}};
  if (!areas.why_not.empty()) {
    json["why_not"] = areas.why_not;
    part.html += element("p", "class=\"note\"", "No reader-averaged AUROC: " + escape(areas.why_not) + ".");
    return;
  }
  std::vector<Measure> measures;
  std::string tests, each;
  for (const NamedReaderMean& one : areas.means) {
    measures.push_back({one.metric, one.name, one.mean.estimate});
    json[one.metric] = mean_json(one.mean);
    const bool is_difference =
        one.metric.find("minus") != std::string::npos || one.metric.ends_with("difference");
    if (is_difference && one.mean.p_value)
      tests += " " + one.name + ": p = " + p_text(*one.mean.p_value) + ".";
  }
  for (std::size_t i = 0; i < areas.raters.size(); ++i)
    each += (i == 0 ? "" : ", ") + areas.raters[i] + " " + fixed(areas.areas[i], 3);
  add_measures(part, {"readers", question.finding}, measures);
  ReportTable table = measure_table(context, "readers-" + question.id + "-auroc",
                                    context.lang("AUROC averaged over readers"), measures);
  table.note = "Readers and cases are random; n is the number of readers, with " + grouped(areas.n) +
               " cases, " + grouped(areas.n_positive) +
               " positive, that all have scored. AUROC of each: " + each + "." + tests;
  add_table(part, std::move(table));
}

/// Agreement of the readers' numbers, on the cases that all have given one for.
void add_numbers_of_readers(ReportPart& part, const PartContext& context, const ReaderGroup& group,
                            std::size_t finding) {
  const AnalysisData& data = context.data;
  std::vector<double> ratings;
  for (std::size_t i = 0; i < data.size(); ++i) {
    std::vector<double> row;
    for (const std::size_t r : group.readers)
      if (finding < data.raters[r].scores.size() && std::isfinite(data.raters[r].scores[finding][i]))
        row.push_back(data.raters[r].scores[finding][i]);
    if (data.is_test[i] && row.size() == group.readers.size())
      ratings.insert(ratings.end(), row.begin(), row.end());
  }
  const Intraclass icc = intraclass(ratings, group.readers.size(), context.level);
  std::vector<Measure> measures{{"icc_2_1", context.lang("ICC(2,1), absolute agreement"), icc.agreement},
                                {"icc_3_1", context.lang("ICC(3,1), consistency"), icc.consistency}};
  const Finding& name = data.findings[finding];
  part.numbers["questions"].push_back(
      {{"finding", name.name}, {"group", add_measures(part, {"readers", name.name}, measures)}});
  ReportTable table = measure_table(context, "readers-" + name.slug + "-group",
                                    context.lang("Agreement of the readers"), measures);
  if (data.is_clustered())
    table.note =
        "Patients with several cases count as if these were independent; the intervals are too narrow.";
  part.html += element("h3", "", escape(name.name));
  add_table(part, std::move(table));
}

}  // namespace

ReportPart readers_part(const PartContext& context, const ReaderOptions& options) {
  ReportPart part;
  part.id = "readers";
  part.heading = context.lang("Readers");
  const ReaderGroup group = reader_group(context.data);
  if (group.readers.empty()) return part;
  if (context.data.kind == TruthKind::continuous) {
    for (std::size_t f = 0; f < context.data.findings.size() && group.readers.size() > 1; ++f)
      add_numbers_of_readers(part, context, group, f);
    return part;
  }
  const std::vector<RatedQuestion> questions = rated_questions(context.data, group);
  std::vector<std::string> not_rated;
  for (std::size_t f = 0; f < questions.size(); ++f) {
    const RatedQuestion& question = questions[f];
    Json numbers = {{"finding", question.finding}, {"n", question.units.size()}};
    const bool is_rated = question.units.size() > 0 || questions.size() == 1;
    if (!is_rated) not_rated.push_back(question.finding);
    if (is_rated && !question.finding.empty()) part.html += element("h3", "", escape(question.finding));
    if (is_rated)
      part.html +=
          element("p", "", counted_units(context.data, question.units.size()) + " rated by a reader.");
    if (question.units.size() > 0) {
      add_agreement(part, context, group, question, numbers);
      add_accuracy(part, context, group, question, numbers);
    }
    if (is_rated && !question.finding.empty())
      add_areas(part, context, reader_areas(context, group, options, f), question, numbers);
    part.numbers["questions"].push_back(std::move(numbers));
  }
  if (!not_rated.empty())
    part.html +=
        element("p", "class=\"note\"", "Not rated by a reader: " + escape(join(not_rated, ", ")) + ".");
  return part;
}

}  // namespace radbatch
