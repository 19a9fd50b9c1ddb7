// The JSON beside a converted image: dcm2niix's keys and units, because scripts already read those.
#pragma once

#include "radbatch/base/json.hpp"

namespace radbatch {

/// Keys of BIDS as dcm2niix writes them (EchoTime and its kin in seconds, ImageType as an array, XRayExposure
/// in mAs ...; docs/convert.md has the table), from DICOM keywords with DICOM's units. DICOM attributes that
/// dcm2niix has no key for keep their keyword. Nothing that identifies anybody unless `keep_phi`.
Json sidecar_of(const Json& header, bool keep_phi);

}  // namespace radbatch
