#include "radbatch/report/rerun_view.hpp"

#include <fmt/format.h>

#include "radbatch/report/html.hpp"
#include "radbatch/report/paired_units.hpp"
#include "radbatch/report/part_pieces.hpp"
#include "radbatch/store/table.hpp"

namespace radbatch {
namespace {

std::string small(const std::optional<double>& value) {
  return value ? fmt::format("{:.3g}", *value) : "–";
}

Json rerun_json(const PartContext& context, const RerunCheck& check) {
  Json json = {{"model", context.data.raters[check.rater].name},
               {"passes", check.passes()},
               {"why_not", check.why_not},
               {"n_both", check.n_both},
               {"only_first", check.only_first},
               {"only_second", check.only_second},
               {"largest", optional_json(check.largest)},
               {"mean", optional_json(check.mean)},
               {"flips", check.flips},
               {"unexplained_flips", check.unexplained_flips}};
  for (std::size_t f = 0; f < check.findings.size(); ++f) {
    const RerunFinding& finding = check.findings[f];
    json["findings"].push_back({{"finding", context.data.findings[f].slug},
                                {"n", finding.n},
                                {"largest", optional_json(finding.largest)},
                                {"mean", optional_json(finding.mean)},
                                {"n_beyond", finding.n_beyond},
                                {"flips", finding.flips},
                                {"unexplained_flips", finding.unexplained_flips}});
  }
  return json;
}

ReportTable finding_table(const PartContext& context, const RerunCheck& check) {
  ReportTable table{"rerun-" + std::to_string(check.rater),
                    "Rerun " + context.data.raters[check.rater].name,
                    {context.lang("Finding"), "n", "Largest |p − p′|", "Mean |p − p′|", "Beyond tolerance",
                     "Decisions changed", "of these away from the threshold"},
                    {},
                    {false, true, true, true, true, true, true},
                    {}};
  for (std::size_t f = 0; f < check.findings.size(); ++f) {
    const RerunFinding& finding = check.findings[f];
    table.rows.push_back({context.data.findings[f].name, html::grouped(finding.n), small(finding.largest),
                          small(finding.mean), html::grouped(finding.n_beyond), html::grouped(finding.flips),
                          html::grouped(finding.unexplained_flips)});
  }
  return table;
}

void add_metrics(ReportPart& part, const PartContext& context, const RerunCheck& check) {
  const std::string model = name_of(context.data, {0, check.rater});
  auto add = [&](const std::string& finding, const std::string& metric, std::optional<double> value,
                 std::size_t n) {
    part.metrics.push_back(
        {model, finding, metric, {value, std::nullopt, n, 0, value ? "" : "no case has scores of both"}, ""});
  };
  for (std::size_t f = 0; f < check.findings.size(); ++f) {
    const RerunFinding& finding = check.findings[f];
    add(context.data.findings[f].name, "rerun_largest_difference", finding.largest, finding.n);
    add(context.data.findings[f].name, "rerun_mean_difference", finding.mean, finding.n);
    add(context.data.findings[f].name, "rerun_flips", static_cast<double>(finding.flips), finding.n);
  }
}

}  // namespace

void add_reruns(ReportPart& part, const PartContext& context, const std::vector<RerunCheck>& checks,
                double tolerance) {
  add_heading(part, context.lang("Reruns"));
  part.numbers["rerun_tolerance"] = tolerance;
  for (const RerunCheck& check : checks) {
    const std::string& model = context.data.raters[check.rater].name;
    const std::string verdict =
        check.passes() ? "passes: no score differs by more than " : "does not pass the tolerance of ";
    part.html += html::element(
        "p", "",
        html::element("b", "", html::escape(model)) +
            html::escape(" " + verdict + shortest(tolerance) + (check.passes() ? "" : ": " + check.why_not) +
                         ". " + html::grouped(check.n_both) + " cases have scores of both, " +
                         html::grouped(check.flips) + " decisions changed."));
    part.numbers["reruns"].push_back(rerun_json(context, check));
    add_table(part, finding_table(context, check));
    add_list(part, {"rerun-" + std::to_string(check.rater),
                    "Scores or decisions that differ between the first run and " + model, check.differing});
    add_metrics(part, context, check);
    if (!check.passes()) part.warnings.push_back("rerun " + model + " does not pass: " + check.why_not);
  }
  add_note(
      part,
      "A rerun passes when the same cases have scores, no score differs by more than the tolerance, and "
      "each decision that changed is of scores within the tolerance of the finding's threshold. All cases "
      "count, with and without labels.");
}

}  // namespace radbatch
