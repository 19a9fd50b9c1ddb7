#include "radbatch/prepare/fused_execution.hpp"

#include <algorithm>
#include <memory>

#include "radbatch/base/parallel.hpp"

namespace radbatch::prepare_detail {
namespace {

using Strides = std::array<std::int64_t, 4>;

std::array<Range, 4> inside_of(const Pending& p) {
  std::array<Range, 4> box;
  for (int a = 0; a < 4; ++a) box[a] = p.tables[a].inside().value();
  return box;
}

Pending restricted(const Pending& p, const std::array<Range, 4>& box) {
  Pending part = p;
  for (int a = 0; a < 4; ++a) {
    if (box[a].begin != 0 || box[a].end != p.tables[a].size())
      part.tables[a] = p.tables[a].view(box[a].begin, 1, box[a].end - box[a].begin);
  }
  part.channels = {p.channels.begin() + box[0].begin, p.channels.begin() + box[0].end};
  return part;
}

bool contains(const Range& range, std::int64_t at) {
  return at >= range.begin && at < range.end;
}

/// Writes each channel's fill value everywhere outside the box.
void fill_outside(const Pending& p, const std::array<Range, 4>& box, float* target, const Strides& s) {
  const auto fill = [&](float* row, std::int64_t begin, std::int64_t end, float value) {
    for (std::int64_t k = begin; k < end; ++k) row[k * s[3]] = value;
  };
  for (std::int64_t c = 0; c < p.tables[0].size(); ++c) {
    const float value = p.channels[c].fill;
    for (std::int64_t i = 0; i < p.tables[1].size(); ++i) {
      for (std::int64_t j = 0; j < p.tables[2].size(); ++j) {
        float* row = target + c * s[0] + i * s[1] + j * s[2];
        const std::int64_t n = p.tables[3].size();
        const bool crosses = contains(box[0], c) && contains(box[1], i) && contains(box[2], j);
        fill(row, 0, crosses ? box[3].begin : n, value);
        if (crosses) fill(row, box[3].end, n, value);
      }
    }
  }
}

/// The image's axis along which slabs are cut: the one with the largest step in the source.
int slab_axis(const Pending& p) {
  int slowest = 1;
  const auto step = [&](int a) {
    return p.tables[a].size() == 1 ? -1 : std::abs(p.source.strides[p.tables[a].source_axis()]);
  };
  for (int a = 2; a < 4; ++a) {
    if (step(a) > step(slowest)) slowest = a;
  }
  return slowest;
}

std::int64_t slab_thickness(const Pending& p) {
  constexpr std::int64_t most = 1 << 20;  // values, 4 MiB
  std::int64_t section = 1;
  for (int a = 0; a < 4; ++a) section *= a == slab_axis(p) ? 1 : p.tables[a].size();
  return std::clamp<std::int64_t>(most / section, 1, p.tables[slab_axis(p)].size());
}

template <class T>
void load_typed(const void* samples, std::int64_t first, std::int64_t stride, std::int64_t n, float* target) {
  const T* row = static_cast<const T*>(samples) + first;
  for (std::int64_t x = 0; x < n; ++x) target[x] = static_cast<float>(row[x * stride]);
}

}  // namespace

void load_row(SampleType type, const void* samples, std::int64_t first, std::int64_t stride, std::int64_t n,
              float* target) {
  switch (type) {
    case SampleType::uint8:
      return load_typed<std::uint8_t>(samples, first, stride, n, target);
    case SampleType::int16:
      return load_typed<std::int16_t>(samples, first, stride, n, target);
    case SampleType::uint16:
      return load_typed<std::uint16_t>(samples, first, stride, n, target);
    case SampleType::int32:
      return load_typed<std::int32_t>(samples, first, stride, n, target);
    case SampleType::float32:
      return load_typed<float>(samples, first, stride, n, target);
  }
}

bool execute(const Pending& p, float* target, const Strides& strides) {
  const std::array<Range, 4> box = inside_of(p);
  if (p.has_outside()) fill_outside(p, box, target, strides);
  float* first = target;
  for (int a = 0; a < 4; ++a) {
    if (box[a].begin == box[a].end) return true;
    first += box[a].begin * strides[a];
  }
  const Pending inside = restricted(p, box);
  return p.oblique ? execute_oblique(inside, first, strides) : execute_separable(inside, first, strides);
}

std::size_t slab_count(const Pending& p) {
  const std::int64_t thickness = slab_thickness(p);
  return static_cast<std::size_t>((p.tables[slab_axis(p)].size() + thickness - 1) / thickness);
}

std::size_t for_each_slab(const Pending& p,
                          const std::function<void(std::size_t, std::span<const float>)>& visit) {
  const int axis = slab_axis(p);
  const std::int64_t thickness = slab_thickness(p);
  const std::size_t count = slab_count(p);
  parallel_for(count, p.run->threads, [&](std::size_t part) {
    std::array<Range, 4> box;
    for (int a = 0; a < 4; ++a) box[a] = {0, p.tables[a].size()};
    box[axis].begin = static_cast<std::int64_t>(part) * thickness;
    box[axis].end = std::min(box[axis].end, box[axis].begin + thickness);
    Pending slab = restricted(p, box);
    FusedRun alone{1, false, {}};
    slab.run = &alone;
    Strides strides{};
    std::int64_t values = 1;
    for (int a = 3; a >= 0; --a) {
      strides[a] = values;
      values *= slab.tables[a].size();
    }
    thread_local Scratch scratch;
    float* slab_values = scratch.get(values);
    execute(slab, slab_values, strides);
    visit(part, {slab_values, static_cast<std::size_t>(values)});
  });
  return count;
}

}  // namespace radbatch::prepare_detail
