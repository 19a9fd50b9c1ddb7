#include "radbatch/report/ordinal_part.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "radbatch/report/html.hpp"
#include "radbatch/report/level_numbers.hpp"
#include "radbatch/stats/agreement.hpp"
#include "radbatch/stats/auroc.hpp"
#include "radbatch/stats/ordinal.hpp"
#include "radbatch/stats/rank_correlation.hpp"

namespace radbatch {
namespace {

constexpr double NOT_DEFINED = std::numeric_limits<double>::quiet_NaN();

/// Test units with a true and a called grade, of one rater.
struct GradedUnits {
  const Rater* rater = nullptr;
  std::string id;
  UnitSet units;
  std::vector<std::size_t> truth, called;  ///< [unit of the set]
  std::size_t n_grades = 0;
  std::size_t n_not_called = 0;

  std::vector<double> table() const {
    std::vector<double> counts(n_grades * n_grades);
    for (std::size_t i = 0; i < truth.size(); ++i) ++counts[truth[i] * n_grades + called[i]];
    return counts;
  }
  CellUnits cells() const {
    CellUnits cells{.cell = {}, .cluster = units.clusters.cluster, .n_cells = n_grades * n_grades};
    for (std::size_t i = 0; i < truth.size(); ++i)
      cells.cell.push_back(static_cast<std::uint32_t>(truth[i] * n_grades + called[i]));
    return cells;
  }
};

GradedUnits graded_units(const AnalysisData& data, std::size_t rater) {
  GradedUnits graded;
  graded.rater = &data.raters[rater];
  graded.id = "grades";
  if (rater > 0) graded.id += "-" + std::to_string(rater + 1);
  graded.n_grades = data.findings.size();
  std::vector<std::uint32_t> units;
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (!data.is_test[i] || data.true_class[i] < 0) continue;
    const std::int32_t called = called_class(data, *graded.rater, i);
    if (called < 0) {
      ++graded.n_not_called;
      continue;
    }
    units.push_back(static_cast<std::uint32_t>(i));
    graded.truth.push_back(static_cast<std::size_t>(data.true_class[i]));
    graded.called.push_back(static_cast<std::size_t>(called));
  }
  graded.units = unit_set(data, std::move(units));
  return graded;
}

std::size_t steps_between(std::size_t a, std::size_t b) {
  return a > b ? a - b : b - a;
}

/// Mean over the table of what a pair of grades costs.
template <typename Cost>
double mean_cost(std::span<const double> counts, std::size_t n_grades, Cost cost) {
  double sum = 0, n = 0;
  for (std::size_t t = 0; t < n_grades; ++t) {
    for (std::size_t c = 0; c < n_grades; ++c) {
      n += counts[t * n_grades + c];
      sum += counts[t * n_grades + c] * cost(static_cast<double>(steps_between(t, c)));
    }
  }
  return n > 0 ? sum / n : NOT_DEFINED;
}

std::optional<double> spearman_of_table(std::span<const double> counts, std::size_t n_grades) {
  std::vector<double> truth, called;
  for (std::size_t cell = 0; cell < counts.size(); ++cell) {
    truth.push_back(static_cast<double>(cell / n_grades));
    called.push_back(static_cast<double>(cell % n_grades));
  }
  return Spearman(truth, called).correlation(counts);
}

constexpr std::size_t N_OF_TABLE = 7;

void numbers_of_table(std::span<const double> counts, std::size_t n, std::span<double> values) {
  values[0] = mean_cost(counts, n, [](double steps) { return steps == 0 ? 1.0 : 0.0; });
  values[1] = mean_cost(counts, n, [](double steps) { return steps <= 1 ? 1.0 : 0.0; });
  values[2] = mean_cost(counts, n, [](double steps) { return steps; });
  values[3] = kappa_value(counts, n, KappaWeights::quadratic).value_or(NOT_DEFINED);
  values[4] = kappa_value(counts, n, KappaWeights::linear).value_or(NOT_DEFINED);
  values[5] = spearman_of_table(counts, n).value_or(NOT_DEFINED);
  values[6] = kendall_tau_b(counts, n).value_or(NOT_DEFINED);
}

Estimate mean_rps(const PartContext& context, const GradedUnits& graded) {
  std::vector<double> scores;
  std::vector<std::uint32_t> units;
  std::vector<double> probabilities(graded.n_grades);
  for (std::size_t i = 0; i < graded.truth.size(); ++i) {
    for (std::size_t g = 0; g < graded.n_grades; ++g)
      probabilities[g] =
          g < graded.rater->scores.size() ? graded.rater->scores[g][graded.units.unit[i]] : NOT_DEFINED;
    const std::optional<double> score = ranked_probability_score(probabilities, graded.truth[i]);
    if (!score) continue;
    scores.push_back(*score);
    units.push_back(graded.units.unit[i]);
  }
  Estimate none;
  none.why_not = "the scores of the grades do not sum to 1";
  if (scores.empty()) return none;
  const UnitSet set = unit_set(context.data, units);
  const std::vector<Bootstrapped> drawn = bootstrap(bootstrap_plan(context), set.clusters.n_clusters, 1,
                                                    [&](ClusterCounts counts, std::span<double> values) {
                                                      double sum = 0, n = 0;
                                                      for (std::size_t i = 0; i < scores.size(); ++i) {
                                                        sum += counts[set.clusters.cluster[i]] * scores[i];
                                                        n += counts[set.clusters.cluster[i]];
                                                      }
                                                      values[0] = n > 0 ? sum / n : NOT_DEFINED;
                                                    });
  return estimate_of(drawn[0], scores.size());
}

std::vector<Measure> measures_of(const PartContext& context, const GradedUnits& graded) {
  static constexpr const char* NAMES[N_OF_TABLE][2] = {{"accuracy", "Right grade"},
                                                       {"within_one_grade", "Within one grade"},
                                                       {"mean_grade_distance", "Mean distance in grades"},
                                                       {"kappa_quadratic", "Kappa, quadratic weights"},
                                                       {"kappa_linear", "Kappa, linear weights"},
                                                       {"spearman", "Spearman's correlation"},
                                                       {"kendall_tau_b", "Kendall's tau-b"}};
  std::vector<Bootstrapped> drawn(N_OF_TABLE);
  if (graded.units.size() > 0) {
    drawn = bootstrap_cells(bootstrap_plan(context), graded.cells(), N_OF_TABLE,
                            [&](std::span<const double> counts, std::span<double> values) {
                              numbers_of_table(counts, graded.n_grades, values);
                            });
  }
  std::vector<Measure> measures;
  for (std::size_t i = 0; i < N_OF_TABLE; ++i) {
    Estimate estimate = estimate_of(drawn[i], graded.units.size());
    if (!estimate.value)
      estimate.why_not =
          graded.units.size() == 0 ? "no case has a true and a called grade" : "all cases are of one grade";
    measures.push_back({NAMES[i][0], context.lang(NAMES[i][1]), estimate});
  }
  for (std::size_t most = 0; most < 2; ++most) {  // shares, whose intervals are defined at 0 and 1 too
    std::vector<std::uint8_t> right;
    for (std::size_t i = 0; i < graded.truth.size(); ++i)
      right.push_back(steps_between(graded.truth[i], graded.called[i]) <= most ? 1 : 0);
    measures[most].estimate = share_of_units(graded.units, right, {}, context.level);
  }
  measures.push_back(
      {"ranked_probability_score", context.lang("Ranked probability score"), mean_rps(context, graded)});
  return measures;
}

/// Score and truth of "this grade or above".
Estimate auroc_from(const PartContext& context, const GradedUnits& graded, std::size_t grade) {
  std::vector<double> scores;
  std::vector<bool> positive;
  std::vector<std::uint32_t> units;
  for (std::size_t i = 0; i < graded.truth.size(); ++i) {
    double score = 0;
    for (std::size_t g = grade; g < graded.n_grades; ++g)
      score += g < graded.rater->scores.size() ? graded.rater->scores[g][graded.units.unit[i]] : NOT_DEFINED;
    if (std::isnan(score)) continue;
    scores.push_back(score);
    positive.push_back(graded.truth[i] >= grade);
    units.push_back(graded.units.unit[i]);
  }
  const UnitSet set = unit_set(context.data, units);
  const RankedScores ranked = rank_scores(scores, positive);
  const Auroc area =
      set.is_clustered ? clustered_auroc(ranked, set.clusters.cluster, set.clusters.n_clusters, context.level)
                       : auroc(ranked, context.level);
  return {area.value, area.interval, scores.size(), area.n_positive, area.why_not};
}

/// Sensitivity and specificity of "called this grade or above".
std::vector<Estimate> rates_from(const GradedUnits& graded, std::size_t grade, double level) {
  const std::size_t n = graded.truth.size();
  std::vector<std::uint8_t> with(n), without(n), right(n);
  for (std::size_t i = 0; i < n; ++i) {
    with[i] = graded.truth[i] >= grade ? 1 : 0;
    without[i] = 1 - with[i];
    right[i] = with[i] == (graded.called[i] >= grade ? 1 : 0) ? 1 : 0;
  }
  return {share_of_units(graded.units, right, with, level),
          share_of_units(graded.units, right, without, level)};
}

std::vector<Measure> cut_off_measures(const PartContext& context, const GradedUnits& graded) {
  std::vector<Measure> measures;
  for (std::size_t grade = 1; grade < graded.n_grades; ++grade) {
    const std::string cut = "≥ " + context.data.findings[grade].name;
    const std::vector<Estimate> rates = rates_from(graded, grade, context.level);
    measures.push_back({"sensitivity", cut + ": " + context.lang("Sensitivity"), rates[0], cut});
    measures.push_back({"specificity", cut + ": " + context.lang("Specificity"), rates[1], cut});
    measures.push_back({"auroc", cut + ": AUROC", auroc_from(context, graded, grade), cut});
  }
  return measures;
}

ReportTable confusion_table(const PartContext& context, const GradedUnits& graded, const std::string& title) {
  ReportTable table{.id = "ordinal-" + graded.id + "-confusion",
                    .title = title,
                    .header = {},
                    .rows = {},
                    .is_number = {},
                    .note = {}};
  table.header.push_back(context.lang("true grade ↓, called grade →"));
  table.is_number.push_back(false);
  for (const Finding& grade : context.data.findings) {
    table.header.push_back(grade.name);
    table.is_number.push_back(true);
  }
  const std::vector<double> counts = graded.table();
  for (std::size_t t = 0; t < graded.n_grades; ++t) {
    std::vector<std::string> row{context.data.findings[t].name};
    for (std::size_t c = 0; c < graded.n_grades; ++c)
      row.push_back(html::grouped(static_cast<std::size_t>(counts[t * graded.n_grades + c])));
    table.rows.push_back(std::move(row));
  }
  table.note = "Cases, grades in their order.";
  return table;
}

CaseList far_off(const GradedUnits& graded) {
  CaseList list{"ordinal-" + graded.id + "-far", graded.rater->name + ": off by two grades or more", {}};
  for (std::size_t i = 0; i < graded.truth.size(); ++i) {
    if (steps_between(graded.truth[i], graded.called[i]) >= 2) list.units.push_back(graded.units.unit[i]);
  }
  return list;
}

std::string counts_text(const AnalysisData& data, const GradedUnits& graded, const CaseList& far) {
  std::string text = counted_units(data, graded.units.size()) + " with a true and a called grade, " +
                     html::grouped(graded.n_not_called) + " with a true one only.";
  if (!far.units.empty())
    text += " Off by two grades or more: " + list_link(far.id, html::grouped(far.units.size())) + ".";
  return html::element("p", "", text);
}

void add_rater(ReportPart& part, const PartContext& context, const GradedUnits& graded) {
  const std::vector<Measure> measures = measures_of(context, graded),
                             cuts = cut_off_measures(context, graded);
  const std::string name = graded.rater->name;
  CaseList far = far_off(graded);
  Json numbers = add_measures(part, {name, ""}, measures);
  numbers["cut_offs"] = add_measures(part, {name, ""}, cuts);
  numbers["n"] = graded.units.size();
  numbers["n_without_grade"] = graded.n_not_called;
  numbers["n_off_by_two"] = far.units.size();
  Json rows = Json::array();
  const std::vector<double> counts = graded.table();
  for (std::size_t t = 0; t < graded.n_grades; ++t)
    rows.push_back(
        Json(std::vector<double>(counts.begin() + static_cast<std::ptrdiff_t>(t * graded.n_grades),
                                 counts.begin() + static_cast<std::ptrdiff_t>((t + 1) * graded.n_grades))));
  numbers["confusion"] = std::move(rows);
  numbers["model"] = name;
  part.numbers["results"].push_back(std::move(numbers));
  const std::string confusion = "Grades of " + name;
  part.tables.push_back(measure_table(context, "ordinal-" + graded.id, name, measures));
  part.tables.push_back(confusion_table(context, graded, confusion));
  part.tables.push_back(
      measure_table(context, "ordinal-" + graded.id + "-cut-offs", name + ", by cut-off", cuts));
  part.html += html::element("h3", "", html::escape(name)) + counts_text(context.data, graded, far);
  for (std::size_t i = part.tables.size() - 3; i < part.tables.size(); ++i)
    part.html += html_table(part.tables[i]);
  if (!far.units.empty()) part.lists.push_back(std::move(far));
}

}  // namespace

ReportPart ordinal_part(const PartContext& context) {
  ReportPart part;
  part.id = "ordinal";
  part.heading = context.lang("Grades");
  if (context.data.kind != TruthKind::ordinal || context.data.findings.size() < 2) return part;
  for (std::size_t r = 0; r < context.data.raters.size(); ++r)
    add_rater(part, context, graded_units(context.data, r));
  return part;
}

}  // namespace radbatch
