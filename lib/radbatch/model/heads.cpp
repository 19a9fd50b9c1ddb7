#include "radbatch/model/heads.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "radbatch/base/error.hpp"
#include "radbatch/model/activation.hpp"
#include "radbatch/model/head_maps.hpp"

namespace radbatch {
namespace {

const HeadOutput& find_output(const std::string& reader, const std::string& wanted,
                              std::span<const HeadOutput> outputs) {
  const auto found = std::ranges::find(outputs, wanted, &HeadOutput::output);
  if (found != outputs.end()) return *found;
  std::string names;
  for (const HeadOutput& output : outputs) names += (names.empty() ? "'" : ", '") + output.output + "'";
  throw Error(Reason::model_output, reader + " reads output '" + wanted + "'; the network gave " +
                                        (names.empty() ? "none" : names));
}

const HeadOutput& output_of(const Head& head, std::span<const HeadOutput> outputs) {
  return find_output("head '" + head.name + "'", scored_output(head), outputs);
}

/// A map comes reduced, with a number for each finding.
std::size_t declared_classes(const Head& head) {
  return head.map ? head.findings.size() : raw_classes(head);
}

void check_output(const Head& head, const HeadOutput& output) {
  const auto declared = static_cast<std::int64_t>(declared_classes(head));
  const bool whole = output.values.size() == static_cast<std::size_t>(output.items * output.classes);
  if (output.classes != declared || output.items < 1 || !whole) {
    throw Error(
        Reason::model_output,
        fmt::format("output '{}' is {} items x {} classes with {} values; head '{}' "
                    "declares {} classes",
                    output.output, output.items, output.classes, output.values.size(), head.name, declared));
  }
  const auto bad = std::ranges::find_if(output.values, [](float value) { return !std::isfinite(value); });
  if (bad == output.values.end()) return;
  const auto at = bad - output.values.begin();
  throw Error(Reason::nonfinite,
              fmt::format("output '{}' is not finite for item {}, class '{}'", output.output, at / declared,
                          head.findings[static_cast<std::size_t>(at % declared)].name));
}

/// Activated scores of a head, [items, findings].
std::vector<double> activated(const Head& head, const HeadOutput& output) {
  check_output(head, output);
  if (head.map) return {output.values.begin(), output.values.end()};
  const std::size_t findings = head.findings.size(), raw = raw_classes(head);
  std::vector<double> values(static_cast<std::size_t>(output.items) * findings);
  for (std::size_t item = 0; item < static_cast<std::size_t>(output.items); ++item)
    activate(head, output.values.subspan(item * raw, raw),
             std::span(values).subspan(item * findings, findings));
  return values;
}

PoolingRule pooling_rule(const Bundle& bundle, Level level, std::int64_t items) {
  const auto declared = bundle.pooling.find(level);
  if (declared != bundle.pooling.end()) {
    // One item has all the weight, whatever the network says of it.
    return items == 1 && declared->second.kind == Pooling::attention ? PoolingRule{} : declared->second;
  }
  if (items == 1) return {};
  throw Error(Reason::dimension, fmt::format("the case has {} {} and the model declares no pooling of {}",
                                             items, name(level), name(level)));
}

[[noreturn]] void refuse_weights(const PoolingRule& rule, const std::string& problem) {
  throw Error(Reason::model_output, "attention weights of output '" + rule.weights + "' " + problem);
}

/// One weight per item, summing to 1; none where the rule is not attention.
std::vector<double> attention_weights(const PoolingRule& rule, std::span<const HeadOutput> outputs,
                                      std::int64_t items) {
  if (rule.kind != Pooling::attention) return {};
  const HeadOutput& output = find_output("pooling by attention", rule.weights, outputs);
  if (output.items != items || output.values.size() != static_cast<std::size_t>(items))
    refuse_weights(rule, fmt::format("are {} x {}, {} x 1 expected", output.items, output.classes, items));
  std::vector<double> weights(output.values.begin(), output.values.end());
  if (rule.scale == WeightScale::softmax) {
    const double largest = *std::ranges::max_element(weights);
    for (double& weight : weights) weight = std::exp(weight - largest);
  }
  double sum = 0;
  for (const double weight : weights) {
    if (!(weight >= 0)) refuse_weights(rule, "are negative");
    sum += weight;
  }
  if (!(sum > 0) || !std::isfinite(sum)) refuse_weights(rule, "have no finite sum above 0");
  if (rule.scale == WeightScale::inside && std::abs(sum - 1) > 1e-3)
    refuse_weights(rule, fmt::format("sum to {:g} over the items of the case, 1 expected", sum));
  for (double& weight : weights) weight /= sum;
  return weights;
}

std::vector<double> pooled(const Head& head, const std::vector<double>& values, const PoolingRule& rule,
                           std::span<const double> weights) {
  const std::size_t findings = head.findings.size();
  std::vector<double> of_finding(values.size() / findings), scores;
  for (std::size_t finding = 0; finding < findings; ++finding) {
    for (std::size_t item = 0; item < of_finding.size(); ++item)
      of_finding[item] = values[item * findings + finding];
    scores.push_back(pool(rule, of_finding, weights));
  }
  return scores;
}

}  // namespace

HeadScores head_scores(const Head& head, std::span<const double> values) {
  HeadScores scores;
  for (std::size_t finding = 0; finding < values.size(); ++finding) {
    const auto score = static_cast<float>(values[finding]);
    const auto& threshold = head.findings[finding].threshold;
    scores.values.push_back(score);
    // Compared as float32, so that a decision can be repeated from the printed score.
    scores.decisions.push_back(threshold ? std::optional(score >= static_cast<float>(*threshold))
                                         : std::nullopt);
  }
  if (head.kind == HeadKind::multi_class || head.kind == HeadKind::ordinal) {
    scores.top = static_cast<std::size_t>(std::ranges::max_element(scores.values) - scores.values.begin());
  }
  if (head.kind == HeadKind::ordinal) {
    double expected = 0;
    for (std::size_t grade = 0; grade < values.size(); ++grade)
      expected += static_cast<double>(grade) * scores.values[grade];
    scores.expected = static_cast<float>(expected);
  }
  return scores;
}

CaseScores score_case(const Bundle& bundle, std::span<const HeadOutput> outputs, Level level) {
  CaseScores scores;
  for (const Head& head : bundle.heads) {
    const HeadOutput& output = output_of(head, outputs);
    const std::vector<double> values = activated(head, output);
    const PoolingRule rule = pooling_rule(bundle, level, output.items);
    const std::vector<double> weights = attention_weights(rule, outputs, output.items);
    scores.heads.push_back(head_scores(head, pooled(head, values, rule, weights)));
  }
  return scores;
}

std::vector<float> item_scores(const Bundle& bundle, std::span<const HeadOutput> outputs,
                               std::int64_t items) {
  std::size_t width = 0;
  for (const Head& head : bundle.heads) width += head.findings.size();
  std::vector<float> scores(static_cast<std::size_t>(items) * width, std::numeric_limits<float>::quiet_NaN());
  std::size_t column = 0;
  for (const Head& head : bundle.heads) {
    const HeadOutput& output = output_of(head, outputs);
    const std::vector<double> values = activated(head, output);
    const std::size_t findings = head.findings.size();
    for (std::size_t at = 0; output.items == items && at < values.size(); ++at)
      scores[at / findings * width + column + at % findings] = static_cast<float>(values[at]);
    column += findings;
  }
  return scores;
}

}  // namespace radbatch
