#include "radbatch/classify/explain_requests.hpp"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>

#include "radbatch/base/error.hpp"
#include "radbatch/base/file_descriptor.hpp"
#include "radbatch/engine/activation_map.hpp"

namespace radbatch {
namespace {

ExplainTarget target_in(const Json& request) {
  return {request.at("output").get<std::string>(), request.at("class").get<std::int64_t>(),
          request.at("softmax").get<bool>()};
}

std::optional<float> fill_in(const Json& request) {
  return request.contains("fill") ? std::optional(request["fill"].get<float>()) : std::nullopt;
}

/// What was asked for, else the default; a number for all axes stands for each.
OcclusionGrid grid_in(const Json& request, std::span<const std::int64_t> space) {
  OcclusionGrid grid = default_grid(space);
  const auto given = [&](const char* key) {
    auto numbers = request[key].get<std::vector<std::int64_t>>();
    if (numbers.size() == 1) numbers.resize(space.size(), numbers.front());
    return numbers;
  };
  if (request.contains("window")) {
    grid.window = given("window");
    grid.stride = grid.window;
    for (std::int64_t& step : grid.stride) step = std::max<std::int64_t>(step / 2, 1);
  }
  if (request.contains("stride")) grid.stride = given("stride");
  return grid;
}

/// One of the tensor's items as a tensor of its own.
struct Item {
  std::vector<std::int64_t> shape;
  std::span<const float> values;
  TensorView view() const { return {shape, values}; }
};

Item item_of(const TensorView& tensor, std::int64_t index) {
  Item item{{tensor.shape.begin(), tensor.shape.end()}, {}};
  if (item.shape.empty() || index < 0 || index >= item.shape[0])
    throw Error(ExitCode::internal, "the tensor has no item " + std::to_string(index));
  const std::size_t per_item = tensor.values.size() / static_cast<std::size_t>(item.shape[0]);
  item.values = tensor.values.subspan(static_cast<std::size_t>(index) * per_item, per_item);
  item.shape[0] = 1;
  return item;
}

void write_map(int fd, const std::vector<float>& values) {
  const std::string_view bytes{reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
  if (!write_all(fd, bytes))
    throw Error(Reason::out_of_memory, std::string("the map cannot be kept: ") + std::strerror(errno));
}

}  // namespace

Json ExplainRequests::explain(const Json& request, const TensorView& tensor, Classifier& classifier,
                              int map_fd) {
  Json answer = {{"shape", Json::array({request.at("items").size()})},
                 {"score", Json::array()},
                 {"baseline_score", Json::array()},
                 {"runs", 0}};
  std::size_t runs = 0;
  for (const Json& index : request.at("items")) {
    const Item item = item_of(tensor, index.get<std::int64_t>());
    const AttributionMap map = map_of(request, item.view(), classifier);
    write_map(map_fd, map.values);
    if (answer["score"].empty()) {
      for (const std::int64_t extent : map.shape) answer["shape"].push_back(extent);
    }
    answer["score"].push_back(map.score);
    answer["baseline_score"].push_back(map.baseline_score);
    runs += map.runs;
  }
  answer["runs"] = runs;
  return answer;
}

AttributionMap ExplainRequests::map_of(const Json& request, const TensorView& item, Classifier& classifier) {
  const std::string method = request.at("method").get<std::string>();
  const ExplainTarget target = target_in(request);
  if (method == "occlusion") {
    return occlusion(classifier, item, target, grid_in(request, space_of(item)), fill_in(request), batch_);
  }
  if (method == "cam" && cam_ && cam_->layer.empty()) return activation_of(item, target, classifier);
  AttributionMap map;
  if (method == "cam" && cam_) {
    map = gradient_activation(gradients(), item, target, cam_->layer);
  } else if (method == "gradients") {
    map = input_gradients(gradients(), item, target);
  } else if (method == "integrated-gradients") {
    map = integrated_gradients(gradients(), item, target, fill_in(request), request.at("steps").get<int>());
  } else {
    throw Error(ExitCode::internal, "the classify worker does not know the method '" + method + "'");
  }
  check_score(map, item, target, classifier);
  return map;
}

AttributionMap ExplainRequests::activation_of(const TensorView& item, const ExplainTarget& target,
                                              Classifier& classifier) {
  const std::vector<float> weights = cam_weights(*cam_, bundle_, static_cast<std::size_t>(target.index));
  return class_activation(classifier, item, target, cam_->features, weights, batch_);
}

Differentiable& ExplainRequests::gradients() {
  if (!gradients_ && load_) gradients_ = load_();
  if (!gradients_) {
    throw Error(Reason::model_output, "this backend has no gradients; TorchScript has",
                "explain with --explain-method occlusion");
  }
  return *gradients_;
}

void ExplainRequests::check_score(const AttributionMap& map, const TensorView& item,
                                  const ExplainTarget& target, Classifier& classifier) const {
  const double scored = target_values(target, run_in_batches(classifier, item, batch_)).at(0);
  if (std::abs(scored - map.score) <= 0.01 * std::max(1.0, std::abs(scored))) return;
  throw Error(Reason::model_output, "the network that was differentiated answers " +
                                        std::to_string(map.score) + ", the one that scores " +
                                        std::to_string(scored));
}

}  // namespace radbatch
