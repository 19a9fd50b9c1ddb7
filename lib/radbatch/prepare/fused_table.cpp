#include "radbatch/prepare/fused_table.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace radbatch::prepare_detail {

AxisTable::AxisTable(int source_axis, std::int64_t n) : source_axis_(source_axis) {
  for (std::int64_t i = 0; i < n; ++i) {
    constexpr double whole = 1;
    add_row({&i, &whole, 1}, false);
  }
}

void AxisTable::add_row(const Row& row, bool is_outside) {
  index_.insert(index_.end(), row.index, row.index + row.taps);
  weight_.insert(weight_.end(), row.weight, row.weight + row.taps);
  begin_.push_back(static_cast<std::int64_t>(index_.size()));
  outside_.push_back(is_outside ? 1 : 0);
}

AxisTable AxisTable::view(std::int64_t start, int step, std::int64_t count) const {
  AxisTable table;
  table.source_axis_ = source_axis_;
  for (std::int64_t o = 0; o < count; ++o) {
    const std::int64_t at = start + step * o;
    table.add_row(row(at), outside_[at] != 0);
  }
  return table;
}

AxisTable AxisTable::picked(const IndexMap& map) const {
  AxisTable table;
  table.source_axis_ = source_axis_;
  for (const std::int64_t at : map) {
    if (at == outside) {
      table.add_row({nullptr, nullptr, 0}, true);
    } else {
      table.add_row(row(at), outside_[at] != 0);
    }
  }
  return table;
}

AxisTable AxisTable::under(const AxisTaps& outer) const {
  AxisTable table;
  table.source_axis_ = source_axis_;
  std::vector<std::int64_t> index;
  std::vector<double> weight;
  for (std::int64_t o = 0; o < outer.size(); ++o) {
    std::map<std::int64_t, double> sum;
    for (std::int64_t t = o * outer.taps; t < (o + 1) * outer.taps; ++t) {
      if (outer.weight[t] == 0) continue;
      const Row inner = row(outer.index[t]);
      for (std::int64_t u = 0; u < inner.taps; ++u) sum[inner.index[u]] += outer.weight[t] * inner.weight[u];
    }
    index.clear();
    weight.clear();
    for (const auto& [at, by] : sum) {
      index.push_back(at);
      weight.push_back(by);
    }
    table.add_row({index.data(), weight.data(), static_cast<std::int64_t>(index.size())}, false);
  }
  return table;
}

bool AxisTable::is_move() const {
  for (std::int64_t o = 0; o < size(); ++o) {
    const Row at = row(o);
    if (outside_[o] == 0 && (at.taps != 1 || at.weight[0] != 1)) return false;
  }
  return true;
}

bool AxisTable::is_run() const {
  if (!is_move() || has_outside()) return false;
  const std::int64_t step = size() > 1 ? *row(1).index - *row(0).index : 1;
  if (std::abs(step) != 1) return false;
  for (std::int64_t o = 0; o < size(); ++o) {
    if (*row(o).index != *row(0).index + step * o) return false;
  }
  return true;
}

std::optional<Range> AxisTable::inside() const {
  const auto first = std::find(outside_.begin(), outside_.end(), 0);
  const auto last = std::find(first, outside_.end(), 1);
  if (std::find(last, outside_.end(), 0) != outside_.end()) return std::nullopt;
  return Range{first - outside_.begin(), last - outside_.begin()};
}

bool AxisTable::has_outside() const {
  return std::find(outside_.begin(), outside_.end(), 1) != outside_.end();
}

std::int64_t AxisTable::most_taps() const {
  std::int64_t most = 0;
  for (std::int64_t o = 0; o < size(); ++o) most = std::max(most, row(o).taps);
  return most;
}

bool are_means(const AxisTaps& taps) {
  for (std::int64_t o = 0; o < taps.size(); ++o) {
    double sum = 0;
    for (std::int64_t t = o * taps.taps; t < (o + 1) * taps.taps; ++t) sum += taps.weight[t];
    // Resize's weights are float32: they sum to 1 within their rounding.
    if (std::abs(sum - 1) > 1e-6) return false;
  }
  return true;
}

bool are_moves(const AxisTaps& taps) {
  return taps.taps == 1 &&
         std::all_of(taps.weight.begin(), taps.weight.end(), [](double w) { return w == 0 || w == 1; });
}

IndexMap as_map(const AxisTaps& moves) {
  IndexMap map;
  for (std::size_t o = 0; o < moves.index.size(); ++o)
    map.push_back(moves.weight[o] == 0 ? outside : moves.index[o]);
  return map;
}

}  // namespace radbatch::prepare_detail
