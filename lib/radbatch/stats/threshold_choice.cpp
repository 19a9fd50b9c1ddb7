#include "radbatch/stats/threshold_choice.hpp"

#include <fmt/format.h>

#include <charconv>
#include <limits>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

[[noreturn]] void refuse(const std::string& word) {
  throw Error(ExitCode::usage, "'" + printable(word) + "' names nothing that a threshold can be chosen for",
              "use sens=0.95, spec=0.95, youden or f1");
}

double parse_target(const std::string& word, const std::string& digits) {
  double target = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), target);
  if (read.ec != std::errc() || read.ptr != digits.data() + digits.size() || !(target > 0) || target > 1)
    throw Error(ExitCode::usage, "expected a number above 0 and up to 1 in '" + printable(word) + "'",
                "use sens=0.95");
  return target;
}

double f1_of(const CalledCounts& called, double n_positive) {
  const double n_true = static_cast<double>(called.true_positive);
  return 2 * n_true / (n_true + static_cast<double>(called.false_positive) + n_positive);
}

/// How good a corner is; the search keeps the first of the best. Corners come with falling thresholds.
double goodness(const ThresholdAim& aim, const CalledCounts& called, const ChosenThreshold& reached,
                double n_positive) {
  // A share that is the target but for rounding reaches it: 19 of 20 for 0.95.
  constexpr double slack = 1e-12;
  switch (aim.kind) {
    case ThresholdAim::Kind::sensitivity:
      return reached.sensitivity >= aim.target - slack ? 1 : 0;
    case ThresholdAim::Kind::specificity:
      return reached.specificity >= aim.target - slack ? 1 + reached.sensitivity : 0;
    case ThresholdAim::Kind::youden:
      return reached.sensitivity + reached.specificity - 1;
    case ThresholdAim::Kind::f1:
      return f1_of(called, n_positive);
  }
  return 0;
}

}  // namespace

ThresholdAim parse_threshold_aim(const std::string& word) {
  using Kind = ThresholdAim::Kind;
  if (word == "youden") return {Kind::youden, 0};
  if (word == "f1") return {Kind::f1, 0};
  const std::size_t sign = word.find('=');
  if (sign == std::string::npos) refuse(word);
  const std::string name = word.substr(0, sign);
  const bool is_sensitivity = name == "sens" || name == "sensitivity";
  if (!is_sensitivity && name != "spec" && name != "specificity") refuse(word);
  return {is_sensitivity ? Kind::sensitivity : Kind::specificity, parse_target(word, word.substr(sign + 1))};
}

std::string describe(const ThresholdAim& aim) {
  switch (aim.kind) {
    case ThresholdAim::Kind::sensitivity:
      return fmt::format("sensitivity {}", aim.target);
    case ThresholdAim::Kind::specificity:
      return fmt::format("specificity {}", aim.target);
    case ThresholdAim::Kind::youden:
      return "largest Youden index";
    case ThresholdAim::Kind::f1:
      return "largest F1";
  }
  return {};
}

std::optional<ChosenThreshold> choose_threshold(const RankedScores& ranked, const ThresholdAim& aim) {
  if (ranked.n_positive == 0 || ranked.n_negative() == 0) return std::nullopt;
  const double m = static_cast<double>(ranked.n_positive), n = static_cast<double>(ranked.n_negative());
  ChosenThreshold best{std::numeric_limits<double>::infinity(), 0, 1};
  double best_goodness = goodness(aim, {}, best, m);
  for (const CalledCounts& called : called_counts(ranked)) {
    const ChosenThreshold here{called.threshold, static_cast<double>(called.true_positive) / m,
                               1 - static_cast<double>(called.false_positive) / n};
    const double good = goodness(aim, called, here, m);
    if (good > best_goodness + 1e-12) {
      best = here;
      best_goodness = good;
    }
  }
  return best;
}

}  // namespace radbatch
