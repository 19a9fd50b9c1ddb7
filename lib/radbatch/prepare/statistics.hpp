// What steps ask of all values of an image, in the arithmetic of the libraries that training code used.
#pragma once

#include <utility>
#include <vector>

#include "radbatch/prepare/image.hpp"

namespace radbatch::prepare_detail {

std::vector<float> values_of(const Image& image);

/// In MONAI's arithmetic (percentile.hpp); `percent` is 0 to 100. Reorders `values`.
float percentile(std::vector<float>& values, double percent);

struct Extremes {
  float low = 0, high = 0;
};
Extremes extremes(const Image& image);

/// f(image, channel) for the image as a whole (channel 0), or for the view of each channel.
template <class Function>
void per_channel(Image& image, bool channel_wise, Function f) {
  own_values(image);
  if (!channel_wise) return f(image, 0);
  for (std::int64_t c = 0; c < image.shape[0]; ++c) {
    Image one = channel_of(image, c);
    f(one, c);
  }
}

}  // namespace radbatch::prepare_detail
