#include "radbatch/model/heads.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "radbatch/base/error.hpp"

namespace radbatch {
namespace {

void softmax(std::span<double> values) {
  const double largest = *std::ranges::max_element(values);
  double sum = 0;
  for (double& value : values) sum += value = std::exp(value - largest);
  for (double& value : values) value /= sum;
}

double sigmoid(double value) {
  // Each branch keeps exp's argument negative, so that nothing overflows.
  if (value >= 0) return 1 / (1 + std::exp(-value));
  const double e = std::exp(value);
  return e / (1 + e);
}

/// Activates the classes of one item in place.
void activate(const Head& head, std::span<double> values) {
  if (head.activation == Activation::softmax) softmax(values);
  if (head.activation == Activation::sigmoid) std::ranges::transform(values, values.begin(), sigmoid);
  if (head.activation != Activation::inside || head.kind == HeadKind::regression) return;
  for (const double value : values) {
    if (value >= 0 && value <= 1) continue;
    throw Error(Reason::model_output,
                fmt::format("head '{}' declares its activation inside the network, but output "
                            "'{}' holds {:g}, which is no probability",
                            head.name, head.output, value));
  }
}

const HeadOutput& find_output(const Head& head, std::span<const HeadOutput> outputs) {
  const auto found = std::ranges::find(outputs, head.output, &HeadOutput::output);
  if (found != outputs.end()) return *found;
  std::string names;
  for (const HeadOutput& output : outputs) names += (names.empty() ? "'" : ", '") + output.output + "'";
  throw Error(Reason::model_output, fmt::format("head '{}' reads output '{}'; the network gave {}", head.name,
                                                head.output, names.empty() ? "none" : names));
}

void check_output(const Head& head, const HeadOutput& output) {
  const auto declared = static_cast<std::int64_t>(head.findings.size());
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

Pooling pooling_rule(const Bundle& bundle, Level level, std::int64_t items) {
  const auto declared = bundle.pooling.find(level);
  if (declared != bundle.pooling.end()) return declared->second;
  if (items == 1) return Pooling::mean;
  throw Error(Reason::dimension, fmt::format("the case has {} {} and the model declares no pooling of {}",
                                             items, name(level), name(level)));
}

/// Pools one class over items; `values` strides over the other classes.
double pool(Pooling rule, std::span<const double> values, std::size_t first, std::size_t stride) {
  double sum = 0;
  double largest = values[first];
  double none = 1;
  std::size_t items = 0;
  for (std::size_t at = first; at < values.size(); at += stride, ++items) {
    sum += values[at];
    largest = std::max(largest, values[at]);
    none *= 1 - values[at];
  }
  if (rule == Pooling::max) return largest;
  return rule == Pooling::noisy_or ? 1 - none : sum / static_cast<double>(items);
}

HeadScores score_head(const Head& head, const HeadOutput& output, Pooling rule) {
  const std::size_t classes = head.findings.size();
  std::vector<double> values(output.values.begin(), output.values.end());
  for (std::size_t item = 0; item < values.size(); item += classes) activate(head, {&values[item], classes});
  HeadScores scores;
  for (std::size_t finding = 0; finding < classes; ++finding) {
    const auto score = static_cast<float>(pool(rule, values, finding, classes));
    const auto& threshold = head.findings[finding].threshold;
    scores.values.push_back(score);
    // Compared as float32, so that a decision can be repeated from the printed score.
    scores.decisions.push_back(threshold ? std::optional(score >= static_cast<float>(*threshold))
                                         : std::nullopt);
  }
  if (head.kind == HeadKind::multi_class) {
    scores.top = static_cast<std::size_t>(std::ranges::max_element(scores.values) - scores.values.begin());
  }
  return scores;
}

}  // namespace

CaseScores score_case(const Bundle& bundle, std::span<const HeadOutput> outputs, Level level) {
  CaseScores scores;
  for (const Head& head : bundle.heads) {
    const HeadOutput& output = find_output(head, outputs);
    check_output(head, output);
    scores.heads.push_back(score_head(head, output, pooling_rule(bundle, level, output.items)));
  }
  return scores;
}

}  // namespace radbatch
