// Value steps of the fused executor: a map per channel that is applied where values pass by anyway, its
// parameters taken from the plan or from one reduction.
#pragma once

#include <limits>
#include <vector>

#include "radbatch/model/plan.hpp"

namespace radbatch::prepare_detail {

struct Image;

/// v -> clip((v - subtract) / divide * gain + shift, low, high), one rounding per operation as in torch.
struct ValueMap {
  float subtract = 0, divide = 1, gain = 1, shift = 0;
  float low = -std::numeric_limits<float>::infinity();
  float high = std::numeric_limits<float>::infinity();
  bool keeps_zero = false;  ///< 0 stays 0

  /// Commutes with means.
  bool is_affine() const;
  /// Keeps the order of values (equal ones may come of different ones).
  bool keeps_order() const { return !keeps_zero && divide > 0 && gain >= 0; }
  float operator()(float v) const;
};

float mapped(const std::vector<ValueMap>& maps, float v);

/// The intensity steps on a pending image.
void apply_later(Image& image, const step::ScaleIntensityRange& step);
void apply_later(Image& image, const step::ScaleIntensityRangePercentiles& step);
void apply_later(Image& image, const step::ScaleIntensity& step);
void apply_later(Image& image, const step::NormalizeIntensity& step);

}  // namespace radbatch::prepare_detail
