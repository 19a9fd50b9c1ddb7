#include <fmt/format.h>

#include <algorithm>

#include "radbatch/report/html.hpp"
#include "radbatch/report/use_sections.hpp"
#include "radbatch/stats/predictive_values.hpp"

namespace radbatch {
namespace {

using namespace html;

/// A way of calling units positive.
struct Calls {
  std::string name;  ///< "0.35, declared"
  std::optional<double> threshold;
  CalledUnits units;
};

constexpr std::string_view UNDECLARED = "0.5, none is declared";

CalledUnits called_at(const UseSubject& subject, double threshold) {
  CalledUnits units{{}, subject.units.positive, subject.cluster};
  for (const double score : subject.units.scores) units.called.push_back(score >= threshold);
  return units;
}

/// The model's own decisions count before the scores: they may be of unrounded scores.
std::vector<Calls> calls_of(const PartContext& context, const UseOptions& options,
                            const UseSubject& subject) {
  std::vector<Calls> calls;
  for (const double threshold : options.thresholds)
    calls.push_back({fmt::format("{:g}", threshold), threshold, called_at(subject, threshold)});
  if (!calls.empty()) return calls;
  const std::optional<double> declared = context.data.findings[subject.finding].threshold;
  CalledUnits decided{{}, subject.units.positive, subject.cluster};
  for (const std::uint32_t unit : subject.units.unit) {
    if (subject.rater->decisions.size() <= subject.finding ||
        subject.rater->decisions[subject.finding].size() <= unit)
      break;
    const Answer decision = subject.rater->decisions[subject.finding][unit];
    if (decision == Answer::unknown) break;
    decided.called.push_back(decision == Answer::yes);
  }
  if (decided.called.size() == decided.positive.size())
    return {
        {declared ? fmt::format("{:g}, the model's", *declared) : "the model's decision", declared, decided}};
  if (declared)
    return {{fmt::format("{:g}, the model's", *declared), declared, called_at(subject, *declared)}};
  return {{std::string(UNDECLARED), 0.5, called_at(subject, 0.5)}};
}

struct Row {
  double prevalence = 0;
  bool is_own = false;
  PredictiveValues values;
  double found_per_1000 = 0, missed_per_1000 = 0, false_alarms_per_1000 = 0;
};

std::vector<Row> rows_of(const PartContext& context, const UseOptions& options, const Calls& calls,
                         double sensitivity, double specificity) {
  const BinaryCounts counts = calls.units.counts();
  const double own =
      static_cast<double>(counts.true_positive + counts.false_negative) / static_cast<double>(counts.total());
  std::vector<double> prevalences{own};
  prevalences.insert(prevalences.end(), options.prevalences.begin(), options.prevalences.end());
  std::vector<Row> rows;
  for (const double prevalence : prevalences) {
    Row row;
    row.prevalence = prevalence;
    row.is_own = rows.empty();
    row.values = predictive_values(calls.units, prevalence, context.level);
    row.found_per_1000 = 1000 * prevalence * sensitivity;
    row.missed_per_1000 = 1000 * prevalence * (1 - sensitivity);
    row.false_alarms_per_1000 = 1000 * (1 - prevalence) * (1 - specificity);
    rows.push_back(std::move(row));
  }
  return rows;
}

Json to_json(const Row& row) {
  return {{"prevalence", row.prevalence},
          {"is_of_this_study", row.is_own},
          {"ppv", estimate_json(row.values.positive)},
          {"npv", estimate_json(row.values.negative)},
          {"found_per_1000", row.found_per_1000},
          {"missed_per_1000", row.missed_per_1000},
          {"false_alarms_per_1000", row.false_alarms_per_1000}};
}

ReportTable empty_table(const PartContext& context) {
  return {"predictive-values",
          "Predictive values by prevalence",
          {context.lang("Finding"), context.lang("Threshold"), context.lang("Prevalence"),
           context.lang("Sensitivity"), context.lang("Specificity"), context.lang("PPV"), context.lang("NPV"),
           context.lang("Found per 1,000"), context.lang("Missed per 1,000"),
           context.lang("False alarms per 1,000")},
          {},
          {false, false, true, true, true, true, true, true, true, true},
          {}};
}

void add_metrics(ReportPart& part, const PartContext& context, const UseSubject& subject, const Calls& calls,
                 const Row& row) {
  if (row.is_own) return;  // the part on discrimination has them, by their plain proportions
  const std::string& finding = context.data.findings[subject.finding].name;
  const std::string at = calls.threshold && calls.name.find(',') == std::string::npos
                             ? fmt::format("_threshold_{:g}", *calls.threshold)
                             : std::string();
  const std::string prevalence = fmt::format("_at_prevalence_{:g}", row.prevalence);
  part.metrics.push_back({subject.rater->name, finding, "ppv" + prevalence + at, row.values.positive, {}});
  part.metrics.push_back({subject.rater->name, finding, "npv" + prevalence + at, row.values.negative, {}});
}

std::string why_not(const Calls& calls) {
  const BinaryCounts counts = calls.units.counts();
  if (counts.true_positive + counts.false_negative == 0) return "no case has the finding";
  if (counts.true_negative + counts.false_positive == 0) return "every case has the finding";
  return {};
}

}  // namespace

std::string prevalence_section(const PartContext& context, const UseOptions& options,
                               std::vector<UseSubject>& subjects, ReportPart& part) {
  ReportTable table = empty_table(context);
  std::string remarks, method;
  for (UseSubject& subject : subjects) {
    Json list = Json::array();
    for (const Calls& calls : calls_of(context, options, subject)) {
      const std::string why = why_not(calls);
      if (!why.empty()) {
        list.push_back({{"threshold", calls.name}, {"why_not", why}});
        remarks += element("li", "", escape(subject.name + ": " + why + "."));
        continue;
      }
      const Estimate sensitivity = calls.units.sensitivity(context.level);
      const Estimate specificity = calls.units.specificity(context.level);
      Json rows = Json::array();
      for (const Row& row : rows_of(context, options, calls, *sensitivity.value, *specificity.value)) {
        rows.push_back(to_json(row));
        add_metrics(part, context, subject, calls, row);
        if (row.values.positive.interval) method = row.values.positive.interval->method;
        table.rows.push_back({subject.name, calls.name == UNDECLARED ? "0.5 *" : calls.name,
                              percent(row.prevalence) + (row.is_own ? ", here" : ""),
                              estimate_text(sensitivity), estimate_text(specificity),
                              estimate_text(row.values.positive), estimate_text(row.values.negative),
                              fixed(row.found_per_1000, 1), fixed(row.missed_per_1000, 1),
                              fixed(row.false_alarms_per_1000, 1)});
      }
      Json one = {{"calls", calls.name},
                  {"sensitivity", estimate_json(sensitivity)},
                  {"specificity", estimate_json(specificity)},
                  {"by_prevalence", rows}};
      if (calls.threshold) one["threshold"] = *calls.threshold;
      list.push_back(one);
    }
    subject.numbers["predictive_values"] = list;
  }
  if (table.rows.empty() && remarks.empty()) return {};
  table.note =
      "Sensitivity and specificity are taken as the same at every prevalence, which another mix of patients "
      "may "
      "not grant. Predictive values by Bayes' rule, in brackets their interval" +
      (method.empty() ? std::string() : ", " + method + " (Mercaldo, Lau and Zhou 2007)") +
      "; sensitivity and specificity: Wilson" +
      (context.data.is_clustered() ? ", by patient where a patient has several cases" : "") +
      ". Other prevalences: --prevalence 0.01,0.05.";
  const auto is_undeclared = [](const std::vector<std::string>& row) { return row[1].ends_with('*'); };
  if (std::ranges::any_of(table.rows, is_undeclared)) table.note += " * The model declares no threshold.";
  if (!table.rows.empty()) part.tables.push_back(table);
  return element("h3", "", escape(context.lang("Predictive values by prevalence"))) +
         (remarks.empty() ? "" : element("ul", "class=\"note\"", remarks)) +
         (table.rows.empty() ? "" : html_table(table));
}

}  // namespace radbatch
