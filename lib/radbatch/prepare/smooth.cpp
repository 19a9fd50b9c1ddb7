#include "radbatch/prepare/smooth.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "radbatch/prepare/resample.hpp"

namespace radbatch::prepare_detail {
namespace {

AxisTaps convolution_taps(const Kernel& kernel, std::int64_t n) {
  const auto reach = static_cast<std::int64_t>(kernel.size() / 2);
  AxisTaps taps{static_cast<int>(kernel.size()), {}, {}};
  for (std::int64_t o = 0; o < n; ++o) {
    for (std::int64_t x = -reach; x <= reach; ++x) {
      const bool inside = o + x >= 0 && o + x < n;
      taps.add(inside ? o + x : 0, inside ? kernel[static_cast<std::size_t>(x + reach)] : 0);
    }
  }
  return taps;
}

}  // namespace

Kernel erf_gaussian(double sigma) {
  const auto rounded = static_cast<float>(sigma);
  const auto tail = static_cast<int>(std::max(static_cast<double>(rounded) * 4, 0.5) + 0.5);
  const float t = 0.70710678f / rounded;
  Kernel kernel;
  for (int i = -tail; i <= tail; ++i) {
    const auto x = static_cast<float>(i);
    kernel.push_back(std::max(0.5f * (std::erf(t * (x + 0.5f)) - std::erf(t * (x - 0.5f))), 0.0f));
  }
  return kernel;
}

Kernel sampled_gaussian(double sigma) {
  const auto reach = static_cast<int>(4 * sigma + 0.5);
  Kernel kernel;
  for (int x = -reach; x <= reach; ++x) kernel.push_back(std::exp(-0.5 / (sigma * sigma) * x * x));
  const double sum = std::accumulate(kernel.begin(), kernel.end(), 0.0);
  for (double& weight : kernel) weight /= sum;
  return kernel;
}

void smooth(Image& image, const std::vector<double>& sigma, Kernel (*kernel)(double)) {
  for (std::size_t a = 0; a < sigma.size(); ++a) {
    if (sigma[a] == 0) continue;
    std::array<AxisTaps, 3> axes;
    for (std::size_t b = 0; b < 3; ++b) axes[b] = identity_taps(image.shape[b + 1]);
    axes[a] = convolution_taps(kernel(sigma[a]), image.shape[a + 1]);
    image = sample_separable(image, axes);
  }
}

}  // namespace radbatch::prepare_detail
