// What the fused executor knows of an image whose values it has not computed yet.
//
// The step functions are the reference's own: they move strides, shapes and affines, and where they come to a
// primitive (gather, sample_separable, sample_affine), an image with a Pending takes note instead of
// computing. So shape, affine, axes and messages cannot differ between the executors; only the arithmetic
// behind them does.
//
// The value of a pending image at (c, i, j, k) is
//   after[c](sum over taps of weight * before[source channel](source[tap]))      with tables alone,
//   after[c](before(source) sampled at oblique * (table(i), table(j), table(k)))  with an oblique grid,
//   fill[c]                                                                   where a table row is outside.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "radbatch/prepare/fused_table.hpp"
#include "radbatch/prepare/fused_values.hpp"
#include "radbatch/prepare/image.hpp"

namespace radbatch::prepare_detail {

/// Samples as they lie in memory: a volume's own, or float32 values that were computed on the way.
struct Source {
  SampleType type = SampleType::float32;
  const void* samples = nullptr;  ///< of index (0, 0, 0, 0); null when only the plan is explained
  std::array<std::int64_t, 4> shape{1, 1, 1, 1};
  std::array<std::int64_t, 4> strides{0, 0, 0, 0};  ///< in samples
  std::shared_ptr<const void> owner;                ///< of computed values; null for a volume's
};

/// grid_sample with an affine that mixes axes.
struct ObliqueGrid {
  Affine mapping;  ///< index of the grid -> index of the source
  std::array<std::int64_t, 3> size{1, 1, 1};
  step::SampleMode mode = step::SampleMode::bilinear;
  step::SamplePadding padding = step::SamplePadding::border;
};

/// What one run of a plan shares between its images.
struct FusedRun {
  std::size_t threads = 1;
  bool only_explains = false;      ///< no samples are there; values are never looked at
  std::vector<std::string> notes;  ///< what has been done with the step at hand, for explain_fusion
};

/// The values of one channel behind the sampling.
struct ChannelValues {
  std::vector<ValueMap> after;
  float fill = 0;  ///< where the image is outside the source; the maps have been applied to it
};

struct Pending {
  FusedRun* run = nullptr;
  Source source;
  std::vector<std::vector<ValueMap>> before;  ///< per channel of the source
  std::optional<ObliqueGrid> oblique;         ///< the source's axes are then the image's at that time
  std::array<AxisTable, 4> tables;            ///< per axis (channel, i, j, k) of the image
  std::vector<ChannelValues> channels;        ///< per channel of the image

  bool is_move() const;  ///< no value is a mixture of samples
  bool has_outside() const;
  bool has_after() const;
};

/// An image with the shape and geometry of `like` whose values are those of `source`.
Image pending_image(Image like, const Source& source, FusedRun& run);
/// The image with its views folded into the tables.
Image settled(const Image& image);
/// The image with its values computed as far as they are known, and pending again from there. `why` goes into
/// the notes.
Image computed(const Image& image, const std::string& why);
/// An image of computed values as the source of what follows.
Image pending_again(const Image& image, FusedRun& run);
/// The same as a plain image, for steps that read values.
Image with_values(const Image& image, const std::string& why);

Image gather_later(const Image& image, const std::array<IndexMap, 4>& maps, float fill);
Image separable_later(const Image& image, const std::array<AxisTaps, 3>& axes);
Image affine_later(const Image& image, const ObliqueGrid& grid);

}  // namespace radbatch::prepare_detail
