#include "radbatch/engine/activation_map.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numeric>

#include "radbatch/base/error.hpp"

namespace radbatch {
namespace {

std::size_t count_of(std::span<const std::int64_t> extents) {
  return static_cast<std::size_t>(
      std::accumulate(extents.begin(), extents.end(), std::int64_t{1}, std::multiplies<>()));
}

/// One axis of C-ordered values: `outer` blocks of `from` rows of `inner` values become blocks of `to` rows.
std::vector<double> along_axis(const std::vector<double>& values, std::size_t outer, std::int64_t from,
                               std::int64_t to, std::size_t inner) {
  std::vector<double> result(outer * static_cast<std::size_t>(to) * inner);
  for (std::int64_t row = 0; row < to; ++row) {
    const double place =
        (static_cast<double>(row) + 0.5) * static_cast<double>(from) / static_cast<double>(to) - 0.5;
    const double inside = std::clamp(place, 0.0, static_cast<double>(from - 1));
    const auto low = static_cast<std::size_t>(inside);
    const std::size_t high = std::min(low + 1, static_cast<std::size_t>(from - 1));
    const double share = inside - static_cast<double>(low);
    for (std::size_t block = 0; block < outer; ++block) {
      const double* first = values.data() + block * static_cast<std::size_t>(from) * inner;
      double* out =
          result.data() + (block * static_cast<std::size_t>(to) + static_cast<std::size_t>(row)) * inner;
      for (std::size_t at = 0; at < inner; ++at)
        out[at] = first[low * inner + at] * (1 - share) + first[high * inner + at] * share;
    }
  }
  return result;
}

/// The weighted sum over channels of [1, channels, spatial...].
std::vector<float> weighted_sum(std::span<const float> features, std::span<const double> weights) {
  const std::size_t voxels = features.size() / weights.size();
  std::vector<double> sums(voxels);
  for (std::size_t c = 0; c < weights.size(); ++c) {
    for (std::size_t at = 0; at < voxels; ++at) sums[at] += weights[c] * features[c * voxels + at];
  }
  return {sums.begin(), sums.end()};
}

void require_maps(std::span<const std::int64_t> shape, std::span<const std::int64_t> space,
                  const std::string& what) {
  if (shape.size() == space.size() + 2 && std::ranges::min(shape) >= 1) return;
  throw Error(Reason::model_output, what + " has " + std::to_string(shape.size()) + " axes, " +
                                        std::to_string(space.size() + 2) +
                                        " expected: items, channels and space");
}

}  // namespace

std::vector<float> enlarged(std::span<const float> values, std::span<const std::int64_t> from,
                            std::span<const std::int64_t> to) {
  std::vector<double> result(values.begin(), values.end());
  for (std::size_t axis = 0; axis < from.size(); ++axis)
    result =
        along_axis(result, count_of(to.first(axis)), from[axis], to[axis], count_of(from.subspan(axis + 1)));
  return {result.begin(), result.end()};
}

AttributionMap class_activation(Classifier& classifier, const TensorView& item, const ExplainTarget& target,
                                const std::string& features, std::span<const float> weights,
                                std::int64_t batch) {
  AttributionMap map{space_of(item), {}, 0, 0, 1};
  const std::vector<OutputArray> outputs = run_in_batches(classifier, item, batch);
  map.score = target_values(target, outputs).at(0);
  const auto maps = std::ranges::find(outputs, features, &OutputArray::name);
  if (maps == outputs.end())
    throw Error(Reason::model_output,
                "the network has no output \"" + features + "\", which the bundle's cam names");
  require_maps(maps->shape, map.shape, "the output \"" + features + "\"");
  if (maps->shape[1] != static_cast<std::int64_t>(weights.size())) {
    throw Error(Reason::model_output,
                "the output \"" + features + "\" has " + std::to_string(maps->shape[1]) +
                    " channels, the bundle's cam weights " + std::to_string(weights.size()));
  }
  const std::vector<double> weight(weights.begin(), weights.end());
  map.values = enlarged(weighted_sum(maps->values, weight), std::span(maps->shape).subspan(2), map.shape);
  return map;
}

AttributionMap gradient_activation(Differentiable& network, const TensorView& item,
                                   const ExplainTarget& target, const std::string& layer) {
  AttributionMap map{space_of(item), {}, 0, 0, 1};
  const LayerGradient found = network.layer_gradient(item, target, layer);
  require_maps(found.shape, map.shape, "the layer \"" + layer + "\"");
  map.score = found.value;
  const auto channels = static_cast<std::size_t>(found.shape[1]);
  const std::size_t voxels = found.features.size() / channels;
  std::vector<double> weights(channels);
  for (std::size_t at = 0; at < found.gradient.size(); ++at)
    weights[at / voxels] += found.gradient[at] / static_cast<double>(voxels);
  std::vector<float> sums = weighted_sum(found.features, weights);
  if (!std::ranges::all_of(sums, [](float v) { return std::isfinite(v); }))
    throw Error(Reason::nonfinite, "the layer \"" + layer + "\" or its gradient is not finite");
  for (float& sum : sums) sum = std::max(sum, 0.0F);
  map.values = enlarged(sums, std::span(found.shape).subspan(2), map.shape);
  return map;
}

}  // namespace radbatch
