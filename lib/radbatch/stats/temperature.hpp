// Temperature of a multi-class softmax.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace radbatch {

/// `slope` is 1 / T. `why_not` says why there is none.
struct TemperatureFit {
  double slope = 1;
  std::string why_not;
};

/// The T that makes softmax(ln p / T) most likely (Guo et al., ICML 2017). `probabilities` is
/// [class][unit], `truth` [unit]; probabilities below NEAREST_TO_CERTAIN are taken as that.
TemperatureFit fit_temperature(const std::vector<std::vector<double>>& probabilities,
                               std::span<const std::uint32_t> truth);

/// Mean of -ln p of what is true, natural logarithm, p held above NEAREST_TO_CERTAIN.
double log_loss(std::span<const double> scores, const std::vector<bool>& positive);

}  // namespace radbatch
