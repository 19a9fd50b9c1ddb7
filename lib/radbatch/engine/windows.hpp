// A network that sees one window at a time, over a whole image.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "radbatch/engine/classifier.hpp"
#include "radbatch/model/windows.hpp"

namespace radbatch {

/// Runs `image`, [1, channels, spatial...], window by window in batches of exactly `batch` windows, the last
/// one padded with zeros. Windows are gathered into the batch; the image is never copied or padded.
///
/// An output whose name is in `maps` is dense: [windows, classes, size...]; its windows are put together with
/// the importance weights as MONAI's SlidingWindowInferer does, in float32 and in the same order, and come
/// out as [1, classes, spatial of the image...]. Every other output is joined: [windows, ...] in the order of
/// window_grid; importance plays no part there.
///
/// Throws Error(Reason::dimension) when there is more than one image or its axes are not the windows',
/// Error(Reason::model_output) for a map of another size than the window, and what run_in_batches throws.
std::vector<OutputArray> run_in_windows(Classifier& classifier, const TensorView& image,
                                        const Windows& windows, std::span<const std::string> maps,
                                        std::int64_t batch);

}  // namespace radbatch
