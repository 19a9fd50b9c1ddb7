// The image worker's requests that turn results into objects for a hospital's archive (docs/clinic.md).
#pragma once

#include "radbatch/base/json.hpp"
#include "radbatch/image/read_options.hpp"

namespace radbatch {

/// `request` is a ReportedResult. {"object": the DICOM file in base64}
Json make_structured_report(const Json& request);
/// `request` is a ReportedPicture. {"object": the DICOM file in base64}
Json make_secondary_capture(const Json& request, const ReadOptions& options);

}  // namespace radbatch
