#include "radbatch/model/cam.hpp"

#include <algorithm>

#include "radbatch/base/error.hpp"
#include "radbatch/model/golden.hpp"

namespace radbatch {

namespace fs = std::filesystem;

std::optional<CamSource> read_cam(const Fields& sidecar) {
  if (!sidecar.has("cam")) return std::nullopt;
  const Fields fields(sidecar.at("cam"), sidecar.place("cam"), {"features", "weights", "layer"});
  CamSource cam{fields.text("features", ""), fields.text("weights", ""), fields.text("layer", "")};
  const bool has_maps = !cam.features.empty() && !cam.weights.empty();
  if (has_maps == !cam.layer.empty() || cam.features.empty() != cam.weights.empty()) {
    sidecar.refuse("cam", "must have \"features\" and \"weights\", or \"layer\" alone");
  }
  const fs::path path = cam.weights;
  if (path.is_absolute() || std::ranges::any_of(path, [](const fs::path& part) { return part == ".."; }))
    fields.refuse("weights", "must be a path inside the bundle");
  return cam;
}

std::vector<float> cam_weights(const CamSource& cam, const fs::path& bundle, std::size_t index) {
  const FloatArray weights = read_npy(bundle / cam.weights);
  if (weights.shape.size() != 2 || index >= static_cast<std::size_t>(weights.shape[0])) {
    throw Error(ExitCode::model, (bundle / cam.weights).string() + " has no row for class " +
                                     std::to_string(index) + ": [classes, channels] expected");
  }
  const auto channels = static_cast<std::ptrdiff_t>(weights.shape[1]);
  const auto first = weights.values.begin() + channels * static_cast<std::ptrdiff_t>(index);
  return {first, first + channels};
}

}  // namespace radbatch
