// Where a bundle says its class activation maps come from: "cam" of radbatch.json.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "radbatch/model/fields.hpp"

namespace radbatch {

/// Either `features` and `weights`, which any backend can give, or `layer`, which needs a TorchScript network
/// (Grad-CAM).
struct CamSource {
  std::string features;  ///< output of the network: [items, channels, spatial...]
  std::string weights;  ///< .npy [classes, channels], relative to the bundle: the layer after average pooling
  std::string layer;    ///< path of a module that forward() calls: "features", "encoder.layer4"
};

/// Throws Error(ExitCode::model).
std::optional<CamSource> read_cam(const Fields& sidecar);

/// The row of one class. Throws Error(ExitCode::model) that names the file when it has not that form.
std::vector<float> cam_weights(const CamSource& cam, const std::filesystem::path& bundle, std::size_t index);

}  // namespace radbatch
