#include <algorithm>

#include "radbatch/report/html.hpp"
#include "radbatch/report/paired_units.hpp"
#include "radbatch/report/part_pieces.hpp"
#include "radbatch/report/sensitivity.hpp"

namespace radbatch {
namespace {

constexpr std::size_t most_cases = 50;

using Variants = std::vector<std::size_t>;

/// Smallest and largest of the areas, with which is which left to report.json.
std::string area_range(const SensitivityNumbers& numbers) {
  std::vector<double> values;
  for (const Estimate& area : numbers.auroc)
    if (area.value) values.push_back(*area.value);
  if (values.empty()) return "–";
  const auto [low, high] = std::ranges::minmax(values);
  return html::fixed(low, 3) + "–" + html::fixed(high, 3);
}

ReportTable finding_table(const PartContext& context, const std::vector<SensitivityNumbers>& all,
                          const Variants& variants) {
  const AnalysisData& data = context.data;
  ReportTable table{
      "sensitivity",
      "Sensitivity to the preparation",
      {context.lang("Finding"), "n", "Cases that flip", "Share (" + level_text(context.level) + ")",
       "Range of p: median", "95th percentile", "largest", "AUROC, range"},
      {},
      {false, true, true, true, true, true, true, true},
      {}};
  for (const std::size_t variant : variants) {
    table.header.push_back("Flips: " + data.raters[variant].name);
    table.is_number.push_back(true);
  }
  for (const SensitivityNumbers& numbers : all) {
    table.rows.push_back({data.findings[numbers.finding].name, html::grouped(numbers.n),
                          numbers.n_called > 0 ? html::grouped(numbers.unstable.size()) : "–",
                          estimate_text(numbers.unstable_share), value_text(numbers.range_median),
                          value_text(numbers.range_p95), value_text(numbers.range_largest),
                          area_range(numbers)});
    for (const std::size_t flips : numbers.flips)
      table.rows.back().push_back(numbers.n_called > 0 ? html::grouped(flips) : "–");
  }
  table.note =
      "Against " + data.raters.front().name +
      ". A case flips when any other preparation calls it otherwise. Range of p: largest minus smallest "
      "score of a case. AUROC: smallest and largest over the preparations, on the cases that all have "
      "scored; the range is no interval. Share: Wilson interval" +
      std::string(data.is_clustered() ? " with the number of cases that independent cases would need" : "") +
      ".";
  return table;
}

/// The least stable cases with their scores under each preparation; a call that differs is marked.
ReportTable case_table(const PartContext& context, const SensitivityNumbers& numbers,
                       const Variants& variants) {
  const AnalysisData& data = context.data;
  const Finding& finding = data.findings[numbers.finding];
  ReportTable table{"sensitivity-" + finding.slug,
                    finding.name,
                    {context.lang("Case"), data.raters.front().name},
                    {},
                    {false, true},
                    {}};
  for (const std::size_t variant : variants) {
    table.header.push_back(data.raters[variant].name);
    table.is_number.push_back(true);
  }
  for (std::size_t i = 0; i < std::min(numbers.unstable.size(), most_cases); ++i) {
    const std::uint32_t unit = numbers.unstable[i];
    const Answer base = call_of(data, data.raters.front(), numbers.finding, unit);
    const double score = score_of(data.raters.front(), numbers.finding, unit);
    table.rows.push_back({data.unit_ids[unit], std::isfinite(score) ? html::fixed(score, 3) : "–"});
    for (const std::size_t variant : variants) {
      const double other = score_of(data.raters[variant], numbers.finding, unit);
      const bool flips = call_of(data, data.raters[variant], numbers.finding, unit) != base;
      table.rows.back().push_back((std::isfinite(other) ? html::fixed(other, 3) : "–") + (flips ? " *" : ""));
    }
  }
  table.note = "* called otherwise than by " + data.raters.front().name + ".";
  if (numbers.unstable.size() > most_cases)
    table.note +=
        " The " + std::to_string(most_cases) + " cases with the widest range; the rest are in the list.";
  return table;
}

Json numbers_json(const PartContext& context, const SensitivityNumbers& numbers, const Variants& variants) {
  const AnalysisData& data = context.data;
  Json json = {{"finding", data.findings[numbers.finding].slug},
               {"n", numbers.n},
               {"n_called", numbers.n_called},
               {"n_unstable", numbers.unstable.size()},
               {"unstable_share", estimate_json(numbers.unstable_share)},
               {"range_median", optional_json(numbers.range_median)},
               {"range_p95", optional_json(numbers.range_p95)},
               {"range_largest", optional_json(numbers.range_largest)},
               {"flips", numbers.flips}};
  for (const Estimate& area : numbers.auroc) json["auroc"].push_back(estimate_json(area));
  for (std::size_t i = 0; i < std::min(numbers.unstable.size(), most_cases); ++i) {
    const std::uint32_t unit = numbers.unstable[i];
    Json scores = Json::array({score_of(data.raters.front(), numbers.finding, unit)});
    for (const std::size_t variant : variants)
      scores.push_back(score_of(data.raters[variant], numbers.finding, unit));
    json["cases"].push_back({{"case", data.unit_ids[unit]}, {"scores", scores}});
  }
  return json;
}

void add_metrics(ReportPart& part, const PartContext& context, const SensitivityNumbers& numbers,
                 const Variants& variants) {
  const AnalysisData& data = context.data;
  const std::string& finding = data.findings[numbers.finding].name;
  part.metrics.push_back(
      {data.raters.front().name, finding, "unstable_share", numbers.unstable_share, "preparation"});
  for (std::size_t v = 0; v < variants.size(); ++v) {
    const std::string model = name_of(data, {0, variants[v]});
    Estimate flips;
    flips.n = numbers.n_called;
    if (numbers.n_called > 0)
      flips.value = static_cast<double>(numbers.flips[v]);
    else
      flips.why_not = "no case was called by all";
    part.metrics.push_back({model, finding, "flips", flips, "preparation"});
    if (v + 1 < numbers.auroc.size())
      part.metrics.push_back(
          {data.raters[variants[v]].name, finding, "auroc", numbers.auroc[v + 1], "preparation"});
  }
}

}  // namespace

ReportPart sensitivity_part(const PartContext& context, const SensitivityOptions&) {
  ReportPart part;
  part.id = "sensitivity";
  part.heading = context.lang("Sensitivity analysis");
  const AnalysisData& data = context.data;
  Variants variants;
  for (std::size_t rater = 1; rater < data.raters.size(); ++rater)
    if (data.raters[rater].is_variant) variants.push_back(rater);
  if (variants.empty()) return part;
  const std::vector<SensitivityNumbers> all = sensitivity_numbers(context, variants);
  part.numbers["level"] = context.level;
  part.numbers["most_cases"] = most_cases;
  part.numbers["preparations"].push_back(data.raters.front().name);
  for (const std::size_t variant : variants)
    part.numbers["preparations"].push_back(data.raters[variant].name);
  add_table(part, finding_table(context, all, variants));
  for (const SensitivityNumbers& numbers : all) {
    part.numbers["findings"].push_back(numbers_json(context, numbers, variants));
    add_metrics(part, context, numbers, variants);
    if (numbers.unstable.empty()) continue;
    const Finding& finding = data.findings[numbers.finding];
    add_list(part, {"unstable-" + finding.slug, finding.name + ", calls that depend on the preparation",
                    numbers.unstable});
    add_folded_table(part, finding.name + ", case by case", case_table(context, numbers, variants));
  }
  return part;
}

}  // namespace radbatch
