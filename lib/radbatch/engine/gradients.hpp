// Explanations that need derivatives of the network: input gradients and integrated gradients.
//
// Beside Classifier and not in it, because few backends can differentiate: compiled code cannot.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "radbatch/engine/explain.hpp"

namespace radbatch {

/// The target of one item and its derivative by every value of the item.
struct Gradient {
  double value = 0;
  std::vector<float> values;  ///< as the item
};

/// One layer of the network for one item: what it gave, and the derivative of the target by that.
struct LayerGradient {
  double value = 0;
  std::vector<std::int64_t> shape;  ///< [1, channels, spatial...]
  std::vector<float> features, gradient;
};

class Differentiable {
 public:
  virtual ~Differentiable() = default;
  /// `item` is [1, channels, spatial...]. Throws Error(Reason::model_output) where the network cannot be
  /// differentiated, Error(Reason::nonfinite), Error(Reason::out_of_memory).
  virtual Gradient gradient(const TensorView& item, const ExplainTarget& target) = 0;
  /// `layer` is the name of a module whose result is one tensor: "features", "encoder.layer4". Throws as
  /// above, and Error(Reason::model_output) when the network has no such layer.
  virtual LayerGradient layer_gradient(const TensorView& item, const ExplainTarget& target,
                                       const std::string& layer) = 0;
};

/// Saliency (Simonyan et al., arXiv:1312.6034): of a voxel the largest absolute derivative over the channels.
AttributionMap input_gradients(Differentiable& network, const TensorView& item, const ExplainTarget& target);

/// Integrated gradients (Sundararajan et al., ICML 2017) along the straight line from filled(item, fill),
/// with `steps` points of Gauss-Legendre; of a voxel the sum over the channels. The sum over all voxels is
/// score minus baseline_score, but for the error of the integral. One point at a time: memory is that of one
/// item.
AttributionMap integrated_gradients(Differentiable& network, const TensorView& item,
                                    const ExplainTarget& target, std::optional<float> fill, int steps);

/// Points and weights of Gauss-Legendre on [0, 1], exact for polynomials of degree 2n - 1.
struct Quadrature {
  std::vector<double> points, weights;
};
Quadrature gauss_legendre(int n);

}  // namespace radbatch
