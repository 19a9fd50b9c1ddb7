#include "radbatch/model/head_maps.hpp"

#include <fmt/format.h>

#include "radbatch/base/error.hpp"
#include "radbatch/model/activation.hpp"

namespace radbatch {
namespace {

/// The activated places of one item, [finding][place].
std::vector<std::vector<double>> activated_places(const Head& head, std::span<const float> item,
                                                  std::size_t classes) {
  const std::size_t places = item.size() / classes;
  std::vector<std::vector<double>> result(head.findings.size(), std::vector<double>(places));
  std::vector<float> raw(classes);
  std::vector<double> values(head.findings.size());
  for (std::size_t place = 0; place < places; ++place) {
    for (std::size_t c = 0; c < classes; ++c) raw[c] = item[c * places + place];
    activate(head, raw, values);
    for (std::size_t f = 0; f < values.size(); ++f) result[f][place] = values[f];
  }
  return result;
}

}  // namespace

std::string scored_output(const Head& head) {
  return head.map ? head.output + "." + head.name : head.output;
}

std::vector<float> reduce_map(const Head& head, std::span<const float> values, std::int64_t items,
                              std::int64_t classes) {
  const std::size_t expected = raw_classes(head);
  if (classes != static_cast<std::int64_t>(expected)) {
    throw Error(Reason::model_output, fmt::format("output '{}' is a map of {} classes; head '{}' declares {}",
                                                  head.output, classes, head.name, expected));
  }
  std::vector<float> scores;
  const std::size_t per_item = values.size() / static_cast<std::size_t>(items);
  for (std::size_t first = 0; first < values.size(); first += per_item) {
    for (auto& places : activated_places(head, values.subspan(first, per_item), expected)) {
      const bool top = head.map->kind == Pooling::top_k;
      scores.push_back(static_cast<float>(top ? top_mean(*head.map, places) : pool(*head.map, places)));
    }
  }
  return scores;
}

}  // namespace radbatch
