#include "radbatch/engine/classifier.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <numeric>

#include "radbatch/base/error.hpp"

namespace radbatch {
namespace {

std::size_t element_count(std::span<const std::int64_t> shape) {
  return static_cast<std::size_t>(
      std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>{}));
}

std::string shape_text(std::span<const std::int64_t> shape) {
  std::string text;
  for (std::int64_t extent : shape) text += (text.empty() ? "" : "x") + std::to_string(extent);
  return text;
}

void require_items(const TensorView& items, std::int64_t batch) {
  if (batch < 1 || items.shape.empty() || items.shape[0] < 1 ||
      items.values.size() != element_count(items.shape)) {
    throw Error(ExitCode::internal, "run_in_batches: " + std::to_string(items.values.size()) +
                                        " values for shape " + shape_text(items.shape) + ", batch " +
                                        std::to_string(batch));
  }
}

void require_batch_shape(const OutputArray& output, std::int64_t batch) {
  if (output.shape.empty() || output.shape[0] != batch ||
      output.values.size() != element_count(output.shape)) {
    throw Error(Reason::model_output, "output \"" + output.name + "\" has shape " + shape_text(output.shape) +
                                          ", its first dimension should be the batch, " +
                                          std::to_string(batch));
  }
}

void require_finite(const OutputArray& output, std::int64_t items, std::int64_t first_item) {
  const std::size_t per_item = output.values.size() / static_cast<std::size_t>(output.shape[0]);
  const auto end =
      output.values.begin() + static_cast<std::ptrdiff_t>(per_item * static_cast<std::size_t>(items));
  const auto bad = std::find_if_not(output.values.begin(), end, [](float v) { return std::isfinite(v); });
  if (bad == end) return;
  const auto item = first_item + (bad - output.values.begin()) / static_cast<std::ptrdiff_t>(per_item);
  throw Error(Reason::nonfinite, "output \"" + output.name + "\" of item " + std::to_string(item) + " is " +
                                     (std::isnan(*bad) ? "not a number" : "infinite"));
}

}  // namespace

void check_outputs(std::span<const OutputArray> outputs, std::int64_t batch, std::int64_t items,
                   std::int64_t first_item) {
  for (const OutputArray& output : outputs) {
    require_batch_shape(output, batch);
    require_finite(output, items, first_item);
  }
}

void append_outputs(std::vector<OutputArray>& joined, std::vector<OutputArray>&& part, std::int64_t items) {
  if (joined.empty()) {
    joined.resize(part.size());
    for (std::size_t i = 0; i < part.size(); ++i) {
      joined[i].name = part[i].name;
      joined[i].shape = part[i].shape;
      joined[i].shape[0] = 0;
    }
  }
  if (joined.size() != part.size()) {
    throw Error(Reason::model_output, "the network gave " + std::to_string(joined.size()) +
                                          " outputs for one batch and " + std::to_string(part.size()) +
                                          " for the next");
  }
  for (std::size_t i = 0; i < part.size(); ++i) {
    auto& whole = joined[i];
    if (whole.name != part[i].name || !std::equal(whole.shape.begin() + 1, whole.shape.end(),
                                                  part[i].shape.begin() + 1, part[i].shape.end())) {
      throw Error(Reason::model_output, "output \"" + whole.name + "\" changed between batches to \"" +
                                            part[i].name + "\" of shape " + shape_text(part[i].shape));
    }
    const auto kept = static_cast<std::ptrdiff_t>(part[i].values.size()) / part[i].shape[0] * items;
    whole.values.insert(whole.values.end(), part[i].values.begin(), part[i].values.begin() + kept);
    whole.shape[0] += items;
  }
}

namespace {

/// A whole batch while there is one, then the largest power of two.
std::int64_t batch_size(std::int64_t left, std::int64_t batch) {
  return left >= batch ? batch : static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(left)));
}

}  // namespace

std::vector<OutputArray> run_in_batches(Classifier& classifier, const TensorView& items, std::int64_t batch,
                                        const BatchStep& step) {
  require_items(items, batch);
  const std::int64_t count = items.shape[0];
  const std::size_t per_item = items.values.size() / static_cast<std::size_t>(count);
  std::vector<std::int64_t> shape(items.shape.begin(), items.shape.end());
  std::vector<float> padded;  // only the last batch needs a copy
  std::vector<OutputArray> joined;
  for (std::int64_t first = 0; first < count;) {
    shape[0] = classifier.takes_any_batch() ? batch_size(count - first, batch) : batch;
    const std::int64_t here = std::min(shape[0], count - first);
    auto values = items.values.subspan(static_cast<std::size_t>(first) * per_item,
                                       static_cast<std::size_t>(here) * per_item);
    if (here < shape[0]) {
      padded.assign(static_cast<std::size_t>(shape[0]) * per_item, 0.0F);
      std::copy(values.begin(), values.end(), padded.begin());
      values = padded;
    }
    auto outputs = classifier.run({shape, values});
    check_outputs(outputs, shape[0], here, first);
    if (step) step(outputs, here);
    append_outputs(joined, std::move(outputs), here);
    first += here;
  }
  return joined;
}

}  // namespace radbatch
