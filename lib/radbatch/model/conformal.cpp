#include "radbatch/model/conformal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

// (n + 1)(1 - alpha) of a decimal alpha may come out a few units in the last place above a whole number.
constexpr double ROUNDING = 1e-9;

std::size_t rank(std::size_t n, double alpha) {
  return static_cast<std::size_t>(std::ceil(static_cast<double>(n + 1) * (1 - alpha) - ROUNDING));
}

}  // namespace

std::string_view name(ConformalMethod method) {
  return method == ConformalMethod::lac ? "lac" : "aps";
}

ConformalMethod parse_conformal_method(const std::string& word) {
  if (word == "lac") return ConformalMethod::lac;
  if (word == "aps") return ConformalMethod::aps;
  throw Error(ExitCode::usage, "expected lac or aps, not '" + printable(word) + "'");
}

std::vector<double> conformal_scores(ConformalMethod method, std::span<const double> probabilities) {
  std::vector<double> scores(probabilities.size());
  if (method == ConformalMethod::lac) {
    std::ranges::transform(probabilities, scores.begin(), [](double p) { return 1 - p; });
    return scores;
  }
  std::vector<std::size_t> order(probabilities.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::greater<>(), [&](std::size_t label) { return probabilities[label]; });
  double sum = 0;
  for (const std::size_t label : order) scores[label] = sum += probabilities[label];
  return scores;
}

std::size_t least_calibration_cases(double alpha) {
  return static_cast<std::size_t>(std::max(1.0, std::ceil(1 / alpha - ROUNDING) - 1));
}

double conformal_threshold(std::vector<double> scores, double alpha) {
  const std::size_t at = rank(scores.size(), alpha);
  if (scores.empty() || at > scores.size()) {
    throw Error(
        ExitCode::usage,
        fmt::format("{} are too few for alpha {:g}", counted(scores.size(), "calibration case"), alpha),
        fmt::format("at least {} are needed, or a larger --alpha", least_calibration_cases(alpha)));
  }
  const auto chosen = scores.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(at, 1) - 1);
  std::ranges::nth_element(scores, chosen);
  return *chosen;
}

std::vector<std::size_t> conformal_set(ConformalMethod method, double threshold,
                                       std::span<const double> probabilities) {
  const std::vector<double> scores = conformal_scores(method, probabilities);
  std::vector<std::size_t> labels;
  for (std::size_t label = 0; label < scores.size(); ++label) {
    if (scores[label] <= threshold) labels.push_back(label);
  }
  return labels;
}

}  // namespace radbatch
