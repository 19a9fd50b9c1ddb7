#include "radbatch/stats/ranked_scores.hpp"

#include <algorithm>
#include <array>
#include <bit>

namespace radbatch {
namespace {

constexpr std::size_t digit_bits = 11;
constexpr std::size_t n_digits = 6;  // 66 bits hold 64
constexpr std::size_t n_buckets = std::size_t{1} << digit_bits;
constexpr std::size_t few = 512;  // below, filling the histograms takes longer than comparing

struct Keyed {
  std::uint64_t key;
  std::uint32_t unit;
};

/// Ascending keys are descending scores; minus zero is zero.
std::uint64_t key_of(double score) {
  const auto bits = std::bit_cast<std::uint64_t>(score + 0.0);
  const std::uint64_t sign = std::uint64_t{1} << 63U;
  const std::uint64_t ascending = (bits & sign) != 0 ? ~bits : bits | sign;
  return ~ascending;
}

std::size_t digit_of(std::uint64_t key, std::size_t digit) {
  return (key >> (digit * digit_bits)) & (n_buckets - 1);
}

using Histograms = std::vector<std::array<std::uint32_t, n_buckets>>;

Histograms histograms_of(const std::vector<Keyed>& keyed) {
  Histograms counts(n_digits);
  for (auto& digit : counts) digit.fill(0);
  for (const Keyed& item : keyed)
    for (std::size_t d = 0; d < n_digits; ++d) ++counts[d][digit_of(item.key, d)];
  return counts;
}

void radix_sort(std::vector<Keyed>& keyed) {
  Histograms counts = histograms_of(keyed);
  std::vector<Keyed> other(keyed.size());
  for (std::size_t d = 0; d < n_digits; ++d) {
    if (counts[d][digit_of(keyed.front().key, d)] == keyed.size()) continue;  // all alike in this digit
    std::uint32_t place = 0;
    for (std::uint32_t& count : counts[d]) {
      const std::uint32_t start = place;
      place += count;
      count = start;
    }
    for (const Keyed& item : keyed) other[counts[d][digit_of(item.key, d)]++] = item;
    keyed.swap(other);
  }
}

std::vector<Keyed> in_order(std::span<const double> scores) {
  std::vector<Keyed> keyed(scores.size());
  for (std::size_t i = 0; i < scores.size(); ++i)
    keyed[i] = {key_of(scores[i]), static_cast<std::uint32_t>(i)};
  if (keyed.size() < few) {
    std::ranges::stable_sort(keyed, {}, &Keyed::key);
  } else {
    radix_sort(keyed);
  }
  return keyed;
}

}  // namespace

RankedScores rank_scores(std::span<const double> scores, const std::vector<bool>& positive) {
  const std::vector<Keyed> keyed = in_order(scores);
  RankedScores ranked;
  ranked.scores.resize(keyed.size());
  ranked.unit.resize(keyed.size());
  ranked.positive.resize(keyed.size());
  for (std::size_t i = 0; i < keyed.size(); ++i) {
    const std::uint32_t unit = keyed[i].unit;
    ranked.scores[i] = scores[unit];
    ranked.unit[i] = unit;
    ranked.positive[i] = positive[unit] ? 1 : 0;
    ranked.n_positive += ranked.positive[i];
    if (i > 0 && keyed[i].key != keyed[i - 1].key) ranked.group_end.push_back(static_cast<std::uint32_t>(i));
  }
  if (!keyed.empty()) ranked.group_end.push_back(static_cast<std::uint32_t>(keyed.size()));
  return ranked;
}

std::vector<CalledCounts> called_counts(const RankedScores& ranked) {
  std::vector<CalledCounts> counts;
  counts.reserve(ranked.group_end.size());
  std::size_t start = 0, n_true = 0;
  for (const std::uint32_t end : ranked.group_end) {
    for (std::size_t i = start; i < end; ++i) n_true += ranked.positive[i];
    counts.push_back({ranked.scores[start], n_true, end - n_true});
    start = end;
  }
  return counts;
}

}  // namespace radbatch
