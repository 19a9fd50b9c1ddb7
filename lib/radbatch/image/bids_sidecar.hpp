// JSON beside an image (BIDS, dcm2niix): header values that NIfTI has no room for.
#pragma once

#include <filesystem>

#include "radbatch/base/json.hpp"

namespace radbatch {

/// {"is_sidecar": true} and what the object says under keywords of the scan, in DICOM's units (BIDS gives
/// seconds where DICOM has milliseconds), and "channel_names" of an nnU-Net dataset.json. Empty for a file
/// that is no JSON object or larger than 4 MiB.
Json sidecar_attributes(const std::filesystem::path& path);

}  // namespace radbatch
