#include "radbatch/engine/explain.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "radbatch/base/error.hpp"

namespace radbatch {
namespace {

using Box = std::array<std::int64_t, 3>;

/// Up to three axes as three: those that are not there have one voxel.
Box padded(std::span<const std::int64_t> axes) {
  Box box{1, 1, 1};
  std::ranges::copy(axes, box.begin());
  return box;
}

/// Where boxes of `window` begin on an axis of `extent`; the last one ends with it.
std::vector<std::int64_t> places(std::int64_t extent, std::int64_t window, std::int64_t stride) {
  std::vector<std::int64_t> begins;
  for (std::int64_t at = 0; at + window < extent; at += stride) begins.push_back(at);
  begins.push_back(extent - window);
  return begins;
}

std::vector<Box> all_places(const Box& space, const Box& window, const Box& stride) {
  std::vector<Box> boxes;
  for (const std::int64_t i : places(space[0], window[0], stride[0])) {
    for (const std::int64_t j : places(space[1], window[1], stride[1])) {
      for (const std::int64_t k : places(space[2], window[2], stride[2])) boxes.push_back({i, j, k});
    }
  }
  return boxes;
}

/// Calls `visit(offset, n)` for every row of n voxels of the box in an image of `space`.
template <class Visit>
void for_rows(const Box& space, const Box& begin, const Box& window, Visit visit) {
  for (std::int64_t i = begin[0]; i < begin[0] + window[0]; ++i) {
    for (std::int64_t j = begin[1]; j < begin[1] + window[1]; ++j) {
      visit(static_cast<std::size_t>((i * space[1] + j) * space[2] + begin[2]),
            static_cast<std::size_t>(window[2]));
    }
  }
}

void require_grid(const OcclusionGrid& grid, std::span<const std::int64_t> space) {
  bool fits = grid.window.size() == space.size() && grid.stride.size() == space.size();
  for (std::size_t a = 0; fits && a < space.size(); ++a)
    fits = grid.window[a] >= 1 && grid.window[a] <= space[a] && grid.stride[a] >= 1;
  if (fits) return;
  std::string text;
  for (const std::int64_t extent : space) text += (text.empty() ? "" : " x ") + std::to_string(extent);
  throw Error(Reason::dimension, "the window does not fit the tensor, whose axes of space are " + text,
              "give --explain-window and --explain-stride as voxels of the tensor, or leave them out");
}

/// Mean over the boxes that covered a voxel.
class MeanMap {
 public:
  explicit MeanMap(const Box& space)
      : space_(space),
        sums_(static_cast<std::size_t>(space[0] * space[1] * space[2])),
        counts_(sums_.size()) {}

  void add(const Box& begin, const Box& window, double value) {
    for_rows(space_, begin, window, [&](std::size_t first, std::size_t n) {
      for (std::size_t at = first; at < first + n; ++at) {
        sums_[at] += value;
        ++counts_[at];
      }
    });
  }

  /// 0 where no box was: strides wider than the window leave gaps.
  std::vector<float> values() const {
    std::vector<float> means(sums_.size());
    for (std::size_t at = 0; at < means.size(); ++at)
      means[at] = counts_[at] == 0 ? 0.0F : static_cast<float>(sums_[at] / counts_[at]);
    return means;
  }

 private:
  Box space_;
  std::vector<double> sums_;
  std::vector<std::uint32_t> counts_;
};

double log_odds(std::span<const float> classes, std::size_t index) {
  double largest = -std::numeric_limits<double>::infinity(), sum = 0;
  for (std::size_t c = 0; c < classes.size(); ++c) {
    if (c != index) largest = std::max(largest, static_cast<double>(classes[c]));
  }
  for (std::size_t c = 0; c < classes.size(); ++c) {
    if (c != index) sum += std::exp(static_cast<double>(classes[c]) - largest);
  }
  return classes[index] - (largest + std::log(sum));
}

}  // namespace

std::vector<double> target_values(const ExplainTarget& target, std::span<const OutputArray> outputs) {
  const auto found = std::ranges::find(outputs, target.output, &OutputArray::name);
  if (found == outputs.end() || found->shape.size() != 2 || target.index < 0 ||
      target.index >= found->shape[1]) {
    throw Error(Reason::model_output, "the network has no class " + std::to_string(target.index) +
                                          " in an output \"" + target.output + "\" of [items, classes]");
  }
  const auto classes = static_cast<std::size_t>(found->shape[1]);
  const auto index = static_cast<std::size_t>(target.index);
  std::vector<double> values;
  for (std::size_t first = 0; first + classes <= found->values.size(); first += classes) {
    const std::span<const float> item{&found->values[first], classes};
    values.push_back(target.is_softmax && classes > 1 ? log_odds(item, index) : item[index]);
  }
  return values;
}

std::vector<std::int64_t> space_of(const TensorView& item) {
  if (item.shape.size() < 3 || item.shape.size() > 5 || item.shape[0] != 1) {
    throw Error(Reason::dimension,
                "an item of " + std::to_string(item.shape.size()) +
                    " axes cannot be explained: one item, channels and one to three axes of "
                    "space are");
  }
  return {item.shape.begin() + 2, item.shape.end()};
}

std::vector<float> filled(const TensorView& item, std::optional<float> fill) {
  const auto channels = static_cast<std::size_t>(item.shape[1]);
  const std::size_t voxels = item.values.size() / channels;
  std::vector<float> values(item.values.size(), fill.value_or(0));
  for (std::size_t c = 0; c < channels && !fill; ++c) {
    const std::span<const float> channel = item.values.subspan(c * voxels, voxels);
    const double sum = std::accumulate(channel.begin(), channel.end(), 0.0);
    std::fill_n(values.begin() + static_cast<std::ptrdiff_t>(c * voxels), voxels,
                static_cast<float>(sum / static_cast<double>(voxels)));
  }
  return values;
}

OcclusionGrid default_grid(std::span<const std::int64_t> space) {
  const std::int64_t parts = space.size() < 3 ? 8 : 4;
  OcclusionGrid grid;
  for (const std::int64_t extent : space) {
    grid.window.push_back(std::max<std::int64_t>((extent + parts / 2) / parts, 1));
    grid.stride.push_back(std::max<std::int64_t>(grid.window.back() / 2, 1));
  }
  return grid;
}

AttributionMap occlusion(Classifier& classifier, const TensorView& item, const ExplainTarget& target,
                         const OcclusionGrid& grid, std::optional<float> fill, std::int64_t batch) {
  AttributionMap map{space_of(item), {}, 0, 0, 1};
  require_grid(grid, map.shape);
  map.score = target_values(target, run_in_batches(classifier, item, batch)).at(0);
  const Box space = padded(map.shape), window = padded(grid.window), stride = padded(grid.stride);
  const std::vector<Box> boxes = all_places(space, window, stride);
  const std::vector<float> cover = filled(item, fill);
  const std::size_t per_item = item.values.size();
  const auto voxels = static_cast<std::size_t>(space[0] * space[1] * space[2]);
  std::vector<std::int64_t> shape(item.shape.begin(), item.shape.end());
  std::vector<float> lot;
  MeanMap means(space);
  for (std::size_t first = 0; first < boxes.size(); first += static_cast<std::size_t>(shape[0])) {
    shape[0] = std::min<std::int64_t>(batch, static_cast<std::int64_t>(boxes.size() - first));
    lot.resize(static_cast<std::size_t>(shape[0]) * per_item);
    for (std::size_t n = 0; n < static_cast<std::size_t>(shape[0]); ++n) {
      float* covered = lot.data() + n * per_item;
      std::ranges::copy(item.values, covered);
      for (std::size_t channel = 0; channel < per_item; channel += voxels) {
        for_rows(space, boxes[first + n], window, [&](std::size_t row, std::size_t length) {
          std::copy_n(cover.data() + channel + row, length, covered + channel + row);
        });
      }
    }
    const std::vector<double> scores = target_values(target, run_in_batches(classifier, {shape, lot}, batch));
    for (std::size_t n = 0; n < scores.size(); ++n)
      means.add(boxes[first + n], window, map.score - scores[n]);
    map.runs += scores.size();
  }
  map.values = means.values();
  return map;
}

}  // namespace radbatch
