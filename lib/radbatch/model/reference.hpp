// What a model's training images looked like, so that a case unlike them can be told.
//
// Two kinds, which a bundle may have both: the network's features with mean and covariance (Mahalanobis
// distance; several means, one per class, with the covariance within classes: Lee et al. 2018), and the
// histogram of the prepared tensor's values. Neither says that a score is wrong; the limit beyond which a
// case gets a flag is the bundle's.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "radbatch/base/json.hpp"

namespace radbatch {

class Fields;

struct FeatureReference {
  std::string output;             ///< of the network: [items, dim]; averaged over the items of a case
  std::string mean, mean_sha256;  ///< .npy float32, [dim] or [classes, dim], relative to the bundle
  std::string covariance, covariance_sha256;  ///< .npy float32, [dim, dim]
  double shrinkage = 0;                       ///< s: (1 - s) covariance + s trace(covariance) / dim identity
  std::optional<double> limit;
};

enum class HistogramDistance { jensen_shannon, wasserstein };

struct HistogramReference {
  std::vector<double> edges;      ///< rising; values outside count in the first and last bin
  std::vector<double> fractions;  ///< one less, of the values; add up to 1
  HistogramDistance distance = HistogramDistance::jensen_shannon;
  std::optional<double> limit;
};

struct Reference {
  std::optional<FeatureReference> features;
  std::optional<HistogramReference> histogram;
};

/// `reference` of radbatch.json; `features.output` stands in for an output that it does not name. Throws
/// Error(ExitCode::model).
Reference read_reference(const Fields& sidecar);

/// The distance of features to the nearest mean.
class FeatureDistance {
 public:
  /// Reads and verifies the arrays. Throws Error(ExitCode::model): a digest or shape differs, the covariance
  /// is not symmetric, or singular after the declared shrinkage.
  FeatureDistance(const FeatureReference& reference, const std::filesystem::path& bundle);

  std::size_t dim() const { return dim_; }
  /// sqrt((f - mean)' covariance^-1 (f - mean)), by the Cholesky factor. `features` has dim() values.
  double operator()(std::span<const double> features) const;

 private:
  std::size_t dim_ = 0;
  std::vector<double> means_;   ///< [classes, dim]
  std::vector<double> factor_;  ///< lower triangle, [dim, dim]
};

/// Share of the values in each bin of the reference. Throws Error(Reason::nonfinite).
std::vector<double> histogram_of(std::span<const float> values, const HistogramReference& reference);

/// jensen_shannon: the square root of the divergence in bits, 0 to 1 (scipy.spatial.distance.jensenshannon,
/// base 2); wasserstein: the first Wasserstein distance between bin centres, in the tensor's units
/// (scipy.stats.wasserstein_distance).
double histogram_distance(std::span<const double> fractions, const HistogramReference& reference);

}  // namespace radbatch
