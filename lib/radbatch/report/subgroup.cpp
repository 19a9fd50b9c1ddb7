#include "radbatch/report/subgroup.hpp"

#include <algorithm>

#include "radbatch/base/text.hpp"
#include "radbatch/report/forest_chart.hpp"
#include "radbatch/report/html.hpp"
#include "radbatch/report/part_pieces.hpp"
#include "radbatch/report/subgroup_metrics.hpp"

namespace radbatch {
namespace {

constexpr std::size_t most_forest_rows = 60;

using Rows = std::vector<SubgroupMetric>;

const SubgroupMetric* find(const Rows& rows, const std::string& covariate, const std::string& group,
                           std::size_t finding, const std::string& metric) {
  const auto found = std::ranges::find_if(rows, [&](const SubgroupMetric& row) {
    return row.covariate == covariate && row.group == group && row.finding == finding && row.metric == metric;
  });
  return found == rows.end() ? nullptr : &*found;
}

std::vector<std::string> metrics_of(const AnalysisData& data) {
  if (data.kind == TruthKind::continuous) return {"mae"};
  return {"auroc", "sensitivity", "specificity", "precision"};
}

/// Those that any group has: without a threshold there is no sensitivity, and a column would say so in each
/// row.
std::vector<std::string> metrics_shown(const AnalysisData& data, const Rows& rows) {
  std::vector<std::string> shown = metrics_of(data);
  const std::string main = shown.front();
  std::erase_if(shown, [&](const std::string& metric) {
    return metric != main && std::ranges::none_of(rows, [&](const SubgroupMetric& row) {
             return row.metric == metric && row.estimate.value.has_value();
           });
  });
  return shown;
}

std::string estimate_cell(const SubgroupMetric* row) {
  if (!row) return "–";
  return row->estimate.value ? estimate_text(row->estimate) : "– (" + row->estimate.why_not + ")";
}

/// The group's line: counts, the first metric with its gap, then the other metrics.
std::vector<std::string> group_line(const PartContext& context, const Rows& rows,
                                    const std::string& covariate, const std::string& group,
                                    std::size_t finding) {
  const AnalysisData& data = context.data;
  const std::vector<std::string> metrics = metrics_shown(data, rows);
  const SubgroupMetric& main = *find(rows, covariate, group, finding, metrics.front());
  std::vector<std::string> line{data.findings[finding].name,    group.empty() ? "All" : group,
                                html::grouped(main.estimate.n), html::grouped(main.estimate.n_positive),
                                estimate_cell(&main),           difference_text(main.gap.estimate),
                                p_text(main.adjusted_p)};
  for (std::size_t m = 1; m < metrics.size(); ++m)
    line.push_back(estimate_cell(find(rows, covariate, group, finding, metrics[m])));
  return line;
}

ReportTable group_table(const PartContext& context, const Rows& rows, const SubgroupLevels& levels) {
  const bool is_number = context.data.kind == TruthKind::continuous;
  ReportTable table{"subgroup-" + levels.id,
                    context.lang("Subgroups") + ": " + levels.covariate,
                    {context.lang("Finding"), context.lang("Group"), "n", context.lang("With finding"),
                     is_number ? "Mean absolute error" : "AUROC", context.lang("Gap"), "p (Holm)"},
                    {},
                    {false, false, true, true, true, true, true},
                    join(levels.notes, " ")};
  for (const std::string& metric : metrics_shown(context.data, rows)) {
    if (metric == metrics_of(context.data).front()) continue;
    table.header.push_back(context.lang(metric == "sensitivity"   ? "Sensitivity"
                                        : metric == "specificity" ? "Specificity"
                                                                  : "PPV"));
    table.is_number.push_back(true);
  }
  for (std::size_t f = 0; f < context.data.findings.size(); ++f) {
    table.rows.push_back(group_line(context, rows, "", "", f));
    for (const Subgroup& group : levels.groups)
      table.rows.push_back(group_line(context, rows, levels.covariate, group.name, f));
  }
  return table;
}

ReportTable gap_table(const PartContext& context, const Rows& rows, const SubgroupLevels& levels) {
  ReportTable table{"gaps-" + levels.id,
                    "Gaps by " + levels.covariate,
                    {context.lang("Finding"), context.lang("Group"), "Against", context.lang("Metric"),
                     context.lang("Gap") + " (" + level_text(context.level) + ")", "p", "p (Holm)", "Method"},
                    {},
                    {false, false, false, false, true, true, true, false},
                    {}};
  for (const SubgroupMetric& row : rows) {
    if (row.covariate != levels.covariate || row.against.empty()) continue;
    const Estimate& gap = row.gap.estimate;
    const std::string method = !gap.why_not.empty() ? gap.why_not
                               : gap.interval       ? gap.interval->method + "; " + row.gap.test
                                                    : row.gap.test;
    table.rows.push_back({context.data.findings[row.finding].name, row.group, row.against, row.title,
                          difference_text(gap), p_text(row.gap.p), p_text(row.adjusted_p), method});
  }
  return table;
}

void add_forest_rows(ForestChart& chart, const PartContext& context, const Rows& rows,
                     const SubgroupLevels& levels, std::size_t finding, const std::string& metric) {
  ForestRow heading;
  heading.name = context.data.findings[finding].name;
  heading.is_heading = true;
  chart.rows.push_back(heading);
  auto add = [&](const SubgroupMetric& row, const std::string& name) {
    ForestRow line;
    line.name = name;
    line.count = html::grouped(row.estimate.n_positive) + " / " + html::grouped(row.estimate.n);
    line.estimate = row.estimate;
    line.is_total = row.group.empty();
    chart.rows.push_back(line);
  };
  for (const Subgroup& group : levels.groups)
    add(*find(rows, levels.covariate, group.name, finding, metric), group.name);
  add(*find(rows, "", "", finding, metric), "All");
}

void add_chart(ReportPart& part, const PartContext& context, ForestChart chart, const std::string& id,
               const std::string& of) {
  const bool is_number = context.data.kind == TruthKind::continuous;
  chart.title = context.lang(is_number ? "Mean absolute error" : "AUROC") + ", " + of;
  chart.description = "Each group with its " + level_text(context.level) +
                      " interval, all cases as a diamond; counts are cases with the finding of all.";
  chart.x_title = context.lang(is_number ? "Mean absolute error" : "AUROC");
  add_figure(part, {id, chart.title, chart.description, forest_chart(chart)});
}

/// One picture for all findings while it stays readable, else one each.
void add_forests(ReportPart& part, const PartContext& context, const Rows& rows,
                 const SubgroupLevels& levels) {
  const AnalysisData& data = context.data;
  const std::string metric = metrics_of(data).front();
  const std::string id = "subgroup-" + levels.id;
  const bool together = data.findings.size() * (levels.groups.size() + 2) <= most_forest_rows;
  ForestChart all;
  if (!together)
    part.html +=
        "<details class=\"figures-of-others\">" +
        html::element("summary", "", html::escape(context.lang("Forest plots") + ": " + levels.covariate)) +
        "<div class=\"charts wide\">";
  for (std::size_t f = 0; f < data.findings.size(); ++f) {
    ForestChart own;
    add_forest_rows(together ? all : own, context, rows, levels, f, metric);
    if (!together)
      add_chart(part, context, std::move(own), id + "-" + data.findings[f].slug,
                data.findings[f].name + " by " + levels.covariate);
  }
  if (together) add_chart(part, context, std::move(all), id, "by " + levels.covariate);
  if (!together) part.html += "</div></details>";
}

Json row_json(const AnalysisData& data, const SubgroupMetric& row) {
  Json json = {{"finding", data.findings[row.finding].slug},
               {"group", row.group},
               {"metric", row.metric},
               {"estimate", estimate_json(row.estimate)}};
  if (row.against.empty()) return json;
  json["against"] = row.against;
  json["gap"] = estimate_json(row.gap.estimate);
  json["p"] = optional_json(row.gap.p);
  json["p_holm"] = optional_json(row.adjusted_p);
  json["test"] = row.gap.test;
  return json;
}

void add_numbers(ReportPart& part, const AnalysisData& data, const Rows& rows,
                 const std::vector<SubgroupLevels>& covariates) {
  for (const SubgroupMetric& row : rows) {
    part.numbers[row.covariate.empty() ? "all" : "groups"].push_back(row_json(data, row));
    if (row.covariate.empty()) continue;
    part.numbers["groups"].back()["covariate"] = row.covariate;
    const std::string subgroup = row.covariate + "=" + row.group;
    const std::string& model = data.raters.front().name;
    const std::string& finding = data.findings[row.finding].name;
    part.metrics.push_back({model, finding, row.metric, row.estimate, subgroup});
    if (row.against.empty()) continue;
    part.metrics.push_back({model, finding, row.metric + "_gap", row.gap.estimate, subgroup});
    if (!row.gap.p) continue;
    part.metrics.push_back(
        {model, finding, row.metric + "_gap_p", {row.gap.p, {}, row.gap.estimate.n, 0, {}}, subgroup});
    part.metrics.push_back({model,
                            finding,
                            row.metric + "_gap_p_holm",
                            {row.adjusted_p, {}, row.gap.estimate.n, 0, {}},
                            subgroup});
  }
  for (const SubgroupLevels& levels : covariates) {
    Json sizes = Json::object();
    for (const Subgroup& group : levels.groups) sizes[group.name] = group.units.size();
    part.numbers["covariates"].push_back(
        {{"name", levels.covariate}, {"sizes", sizes}, {"notes", levels.notes}, {"why_not", levels.why_not}});
  }
}

void add_methods(ReportPart& part, const PartContext& context, const SubgroupOptions& options) {
  part.numbers["smallest_group"] = options.smallest;
  part.numbers["fewest_of_class"] = FEWEST_OF_CLASS;
  part.numbers["smallest_printed_p"] = SMALLEST_PRINTED_P;
  part.numbers["level"] = context.level;
  const bool clustered = context.data.is_clustered();
  add_note(
      part,
      std::string("Groups have at least ") + std::to_string(options.smallest) + " cases, a number at least " +
          std::to_string(FEWEST_OF_CLASS) + " of the class it stands on. A gap is the group minus " +
          (options.against_largest ? "the largest group"
                                   : "all other cases, those of groups left out among them") +
          "; p (Holm) is adjusted for all gaps of the same metric, over groups, findings and "
          "characteristics. Groups are looked at because they were asked for: a gap may have other causes "
          "than the characteristic.");
  if (context.data.kind == TruthKind::continuous) return;
  add_note(part, std::string("Intervals: AUROC DeLong on the logit scale") +
                     (clustered ? ", clustered by patient; proportions Wilson with the number of cases that "
                                  "independent cases would need."
                                : "; proportions Wilson."));
}

}  // namespace

ReportPart subgroup_part(const PartContext& context, const SubgroupOptions& options) {
  ReportPart part;
  part.id = "subgroups";
  part.heading = context.lang("Subgroups");
  const AnalysisData& data = context.data;
  if (options.choices.empty() || data.raters.empty()) return part;
  std::vector<SubgroupLevels> covariates;
  for (const SubgroupChoice& choice : options.choices) {
    covariates.push_back(subgroup_levels(data, choice, options.smallest));
    // Names in other scripts have no slug, and two may have the same one.
    covariates.back().id = join(std::vector{slug(choice.covariate), std::to_string(covariates.size())}, "-");
  }
  if (data.kind == TruthKind::none) {
    part.warnings.emplace_back("--subgroup compares judgements with labels, and there are none");
    return part;
  }
  const Rows rows = subgroup_metrics(context, covariates, options.against_largest);
  for (const SubgroupLevels& levels : covariates) {
    add_heading(part, levels.covariate);
    if (!levels.why_not.empty()) {
      add_note(part, levels.covariate + ": " + levels.why_not + ".");
      part.warnings.push_back("--subgroup " + printable(levels.covariate) + ": " + levels.why_not);
      continue;
    }
    add_forests(part, context, rows, levels);
    add_table(part, group_table(context, rows, levels));
    ReportTable gaps = gap_table(context, rows, levels);
    if (!gaps.rows.empty()) add_folded_table(part, "All gaps", std::move(gaps));
  }
  add_numbers(part, data, rows, covariates);
  add_methods(part, context, options);
  return part;
}

}  // namespace radbatch
