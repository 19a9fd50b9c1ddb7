// How the items of a case (slices, frames, windows) or the places of a map become one score.
//
// One spelling for radbatch.json and --pooling: mean, max, noisy-or, top-k:5, top-k:10%,
// attention:softmax:OUTPUT. Which rule fits which head is the sidecar reader's to check.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace radbatch {

/// noisy_or is 1 - prod(1 - p); top_k the mean of the k largest; attention a mean with weights that the
/// network gives.
enum class Pooling { mean, max, noisy_or, top_k, attention };
/// How the numbers of a weights output become weights that sum to 1: softmax over the items, divided by
/// their sum, or as they are because the network has normalised them.
enum class WeightScale { softmax, sum, inside };

struct PoolingRule {
  Pooling kind = Pooling::mean;
  std::size_t k = 0;                         ///< top_k by count; 0: by fraction
  double fraction = 0;                       ///< top_k by share of the items, (0, 1]
  WeightScale scale = WeightScale::softmax;  ///< of attention
  std::string weights;                       ///< attention: the output that holds one number per item

  bool operator==(const PoolingRule&) const = default;
};

/// Throws Error(ExitCode::usage) that says what a rule may be.
PoolingRule parse_pooling(const std::string& text);
std::string to_text(const PoolingRule& rule);  ///< as parse_pooling reads it

/// The mean of the k largest of `values`, which it reorders; k = rule.k, or rule.fraction of them rounded up.
double top_mean(const PoolingRule& rule, std::span<double> values);

/// One score from the items' scores of one finding. `weights` (attention) has one number per item, summing
/// to 1; empty otherwise.
double pool(const PoolingRule& rule, std::span<const double> values, std::span<const double> weights = {});

}  // namespace radbatch
