#include "radbatch/classify/score_proof.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "radbatch/base/error.hpp"

namespace radbatch {
namespace {

std::vector<HeadOutput> expected_outputs(const Golden& golden) {
  std::vector<HeadOutput> outputs;
  for (const GoldenOutput& known : golden.outputs) {
    const FloatArray& array = known.expected;
    const auto values = static_cast<std::int64_t>(array.values.size());
    const std::int64_t items = array.shape.empty() ? 0 : array.shape[0];
    outputs.push_back({known.output, items, items > 0 ? values / items : 0, array.values});
  }
  return outputs;
}

std::vector<HeadOutput> of_item(std::span<const HeadOutput> outputs, std::int64_t item) {
  std::vector<HeadOutput> one(outputs.begin(), outputs.end());
  for (HeadOutput& output : one) {
    const auto classes = static_cast<std::size_t>(output.classes);
    output.values = output.values.subspan(static_cast<std::size_t>(item) * classes, classes);
    output.items = 1;
  }
  return one;
}

/// Infinite where another class is on top.
double difference(const CaseScores& expected, const CaseScores& found) {
  double largest = 0;
  for (std::size_t h = 0; h < expected.heads.size(); ++h) {
    if (expected.heads[h].top != found.heads[h].top) return INFINITY;
    for (std::size_t i = 0; i < expected.heads[h].values.size(); ++i) {
      const double wanted = expected.heads[h].values[i];
      largest =
          std::max(largest, std::abs(found.heads[h].values[i] - wanted) / std::max(1.0, std::abs(wanted)));
    }
  }
  return largest;
}

}  // namespace

void check_scores(const Bundle& bundle, const Golden& golden, std::span<const HeadOutput> outputs) {
  const std::vector<HeadOutput> expected = expected_outputs(golden);
  const std::int64_t items = golden.tensor.shape.at(0);
  if (std::ranges::any_of(expected, [&](const HeadOutput& output) { return output.items != items; }))
    throw Error(ExitCode::model, "golden '" + golden.name + "' has not one output for each item");
  for (std::int64_t item = 0; item < items; ++item) {
    const double found =
        difference(score_case(bundle, of_item(expected, item)), score_case(bundle, of_item(outputs, item)));
    if (found <= bf16_score_tolerance) continue;
    throw Error(ExitCode::model,
                std::isinf(found)
                    ? fmt::format("golden '{}': in bf16 another class is on top", golden.name)
                    : fmt::format("golden '{}': in bf16 a score differs by {:.2g}, {:g} tolerated",
                                  golden.name, found, bf16_score_tolerance),
                "leave out --precision, or use --precision auto");
  }
}

}  // namespace radbatch
