// The samples of a source that a pending image moves and does not mix, in their own type: what statistics go
// over without computing a value.
#pragma once

#include <algorithm>
#include <cstdint>

#include "radbatch/base/parallel.hpp"
#include "radbatch/prepare/fused_pending.hpp"

namespace radbatch::prepare_detail {

/// Calls f with a value of the C++ type of the samples.
template <class Function>
auto with_type(SampleType type, Function f) {
  switch (type) {
    case SampleType::uint8:
      return f(std::uint8_t{});
    case SampleType::int16:
      return f(std::int16_t{});
    case SampleType::uint16:
      return f(std::uint16_t{});
    case SampleType::int32:
      return f(std::int32_t{});
    default:
      return f(float{});
  }
}

/// The samples that runs select, as rows along the source's fastest axis.
template <class T>
class SampleRows {
 public:
  explicit SampleRows(const Pending& p) {
    std::array<int, 4> order{0, 1, 2, 3};
    const auto stride = [&](int a) { return p.source.strides[p.tables[a].source_axis()]; };
    const auto step_of = [&](int a) { return p.tables[a].size() == 1 ? INT64_MAX : std::abs(stride(a)); };
    std::sort(order.begin(), order.end(), [&](int a, int b) { return step_of(a) > step_of(b); });
    origin_ = static_cast<const T*>(p.source.samples);
    for (int at = 0; at < 4; ++at) {
      const AxisTable& table = p.tables[order[at]];
      n_[at] = table.size();
      step_[at] = stride(order[at]);
      origin_ += std::min(*table.row(0).index, *table.row(n_[at] - 1).index) * step_[at];
    }
  }
  std::int64_t count() const { return n_[0] * n_[1] * n_[2]; }
  std::int64_t length() const { return n_[3]; }

  /// f(sample) on rows begin to end - 1.
  template <class Function>
  void visit(std::int64_t begin, std::int64_t end, Function f) const {
    for (std::int64_t r = begin; r < end; ++r) {
      const T* row =
          origin_ + r / (n_[1] * n_[2]) * step_[0] + r / n_[2] % n_[1] * step_[1] + r % n_[2] * step_[2];
      if (step_[3] == 1) {
        for (std::int64_t x = 0; x < n_[3]; ++x) f(row[x]);
      } else {
        for (std::int64_t x = 0; x < n_[3]; ++x) f(row[x * step_[3]]);
      }
    }
  }

 private:
  const T* origin_ = nullptr;
  std::array<std::int64_t, 4> n_{}, step_{};
};

/// work(part, begin, end) on ranges of rows that depend on the image alone, not on the number of threads.
template <class T, class Work>
std::size_t over_rows(const SampleRows<T>& rows, std::size_t threads, std::int64_t samples_per_part,
                      Work work) {
  const std::int64_t per_part = std::max<std::int64_t>(samples_per_part / rows.length(), 1);
  const std::int64_t parts = (rows.count() + per_part - 1) / per_part;
  parallel_for(static_cast<std::size_t>(parts), threads, [&](std::size_t part) {
    const std::int64_t begin = static_cast<std::int64_t>(part) * per_part;
    work(part, begin, std::min(begin + per_part, rows.count()));
  });
  return static_cast<std::size_t>(parts);
}

constexpr std::int64_t part_of_samples = 1 << 20;

template <class T>
std::size_t parts_of(const SampleRows<T>& rows) {
  const std::int64_t per_part = std::max<std::int64_t>(part_of_samples / rows.length(), 1);
  return static_cast<std::size_t>((rows.count() + per_part - 1) / per_part);
}

}  // namespace radbatch::prepare_detail
