// What a classify worker does about explanations: the tensor in the shared buffer becomes a map of where a
// finding comes from. The request and its answer: docs/worker-protocol.md, `explain`.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "radbatch/engine/classifier.hpp"
#include "radbatch/engine/explain.hpp"
#include "radbatch/engine/gradients.hpp"
#include "radbatch/model/cam.hpp"

namespace radbatch {

class ExplainRequests {
 public:
  /// Makes what can differentiate the network that is loaded; null where its library cannot.
  using LoadGradients = std::function<std::unique_ptr<Differentiable>()>;

  ExplainRequests() = default;
  ExplainRequests(std::filesystem::path bundle, std::optional<CamSource> cam, std::int64_t batch,
                  LoadGradients load_gradients)
      : bundle_(std::move(bundle)), cam_(std::move(cam)), batch_(batch), load_(std::move(load_gradients)) {}

  /// Writes the maps of the request's items to `map_fd`: float32, C order, [items, spatial...]. Throws the
  /// reason why the case cannot be explained.
  Json explain(const Json& request, const TensorView& tensor, Classifier& classifier, int map_fd);

 private:
  AttributionMap map_of(const Json& request, const TensorView& item, Classifier& classifier);
  AttributionMap activation_of(const TensorView& item, const ExplainTarget& target, Classifier& classifier);
  Differentiable& gradients();
  /// The copy that is differentiated must be the network that scores.
  void check_score(const AttributionMap& map, const TensorView& item, const ExplainTarget& target,
                   Classifier& classifier) const;

  std::filesystem::path bundle_;
  std::optional<CamSource> cam_;
  std::int64_t batch_ = 1;
  LoadGradients load_;
  std::unique_ptr<Differentiable> gradients_;
};

}  // namespace radbatch
