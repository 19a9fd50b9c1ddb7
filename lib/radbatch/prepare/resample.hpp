// Weighted sums of neighbouring voxels: the arithmetic under Spacing and Resize.
#pragma once

#include <vector>

#include "radbatch/model/plan.hpp"
#include "radbatch/prepare/image.hpp"

namespace radbatch::prepare_detail {

/// For every output index of one axis: `taps` input indices and their weights.
struct AxisTaps {
  int taps = 1;
  std::vector<std::int64_t> index;
  std::vector<double> weight;

  std::int64_t size() const { return static_cast<std::int64_t>(index.size()) / taps; }
  void add(std::int64_t at, double by) {
    index.push_back(at);
    weight.push_back(by);
  }
};

/// The two neighbours of a coordinate on one axis; a weight of 0 where there is none.
struct Neighbours {
  std::array<std::int64_t, 2> index{0, 0};
  std::array<double, 2> weight{0, 0};
};
/// Those of `coordinate` (in voxels) on an axis of n voxels; for nearest the first one alone.
Neighbours neighbours(double coordinate, std::int64_t n, step::SampleMode mode, step::SamplePadding padding);

/// Every index taken as it is.
AxisTaps identity_taps(std::int64_t n);
/// One grid_sample position: the neighbours of `coordinate` (in voxels) on an axis of n voxels. `taps.taps`
/// is 1 for nearest, 2 for bilinear. Padding is border, zeros, reflection (about the outer voxels' edges) or
/// mirror (about their centres: grid_sample's reflection with align_corners).
void add_sample_taps(AxisTaps& taps, double coordinate, std::int64_t n, step::SampleMode mode,
                     step::SamplePadding padding);
/// The tensor product of three axes, summed in float64, rounded once.
Image sample_separable(const Image& image, const std::array<AxisTaps, 3>& axes);
/// grid_sample with an arbitrary affine, in float64: output index -> input index by `mapping`.
Image sample_affine(const Image& image, const Affine& mapping, std::array<std::int64_t, 3> size,
                    step::SampleMode mode, step::SamplePadding padding);

}  // namespace radbatch::prepare_detail
