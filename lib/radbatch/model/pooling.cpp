#include "radbatch/model/pooling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <numeric>
#include <vector>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

const std::vector<std::string> plain_rules{"mean", "max", "noisy-or"};
const std::vector<std::string> scales{"softmax", "sum", "inside"};

[[noreturn]] void refuse(const std::string& text) {
  throw Error(ExitCode::usage,
              "'" + printable(text) +
                  "' is no pooling rule: mean, max, noisy-or, top-k:5, top-k:10%, attention:softmax:OUTPUT, "
                  "attention:sum:OUTPUT or attention:inside:OUTPUT");
}

template <class Number>
Number number_of(std::string_view digits, const std::string& text) {
  Number number{};
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (fault != std::errc{} || end != digits.data() + digits.size()) refuse(text);
  return number;
}

PoolingRule parse_top(std::string_view amount, const std::string& text) {
  PoolingRule rule{.kind = Pooling::top_k};
  if (amount.ends_with('%')) {
    rule.fraction = number_of<double>(amount.substr(0, amount.size() - 1), text) / 100;
    if (!(rule.fraction > 0 && rule.fraction <= 1)) refuse(text);
  } else {
    rule.k = number_of<std::size_t>(amount, text);
    if (rule.k == 0) refuse(text);
  }
  return rule;
}

PoolingRule parse_attention(const std::string& how, const std::string& text) {
  const std::size_t colon = how.find(':');
  const auto scale = std::ranges::find(scales, how.substr(0, colon));
  if (colon == std::string::npos || scale == scales.end() || colon + 1 == how.size()) refuse(text);
  return {.kind = Pooling::attention,
          .scale = static_cast<WeightScale>(scale - scales.begin()),
          .weights = how.substr(colon + 1)};
}

}  // namespace

PoolingRule parse_pooling(const std::string& text) {
  constexpr std::string_view top = "top-k:", attention = "attention:";
  if (text.starts_with(top)) return parse_top(std::string_view(text).substr(top.size()), text);
  if (text.starts_with(attention)) return parse_attention(text.substr(attention.size()), text);
  const auto plain = std::ranges::find(plain_rules, text);
  if (plain == plain_rules.end()) refuse(text);
  return {.kind = static_cast<Pooling>(plain - plain_rules.begin())};
}

std::string to_text(const PoolingRule& rule) {
  if (rule.kind == Pooling::attention)
    return fmt::format("attention:{}:{}", scales.at(static_cast<std::size_t>(rule.scale)), rule.weights);
  if (rule.kind != Pooling::top_k) return plain_rules.at(static_cast<std::size_t>(rule.kind));
  return rule.k > 0 ? fmt::format("top-k:{}", rule.k) : fmt::format("top-k:{}%", rule.fraction * 100);
}

double top_mean(const PoolingRule& rule, std::span<double> values) {
  const auto share =
      rule.k > 0 ? rule.k
                 : static_cast<std::size_t>(std::ceil(rule.fraction * static_cast<double>(values.size())));
  const std::size_t k = std::clamp<std::size_t>(share, 1, values.size());
  const auto end = values.begin() + static_cast<std::ptrdiff_t>(k);
  // Sorted, so that the sum does not depend on the order in which the largest lay.
  std::partial_sort(values.begin(), end, values.end(), std::greater<>());
  return std::accumulate(values.begin(), end, 0.0) / static_cast<double>(k);
}

double pool(const PoolingRule& rule, std::span<const double> values, std::span<const double> weights) {
  switch (rule.kind) {
    case Pooling::max:
      return *std::ranges::max_element(values);
    case Pooling::noisy_or:
      return 1 - std::accumulate(values.begin(), values.end(), 1.0,
                                 [](double none, double p) { return none * (1 - p); });
    case Pooling::top_k: {
      std::vector<double> copy(values.begin(), values.end());
      return top_mean(rule, copy);
    }
    case Pooling::attention:
      return std::inner_product(values.begin(), values.end(), weights.begin(), 0.0);
    case Pooling::mean:
      break;
  }
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace radbatch
