// convert: every image of a cohort to a volume file with a sidecar, in OUT/<case_id>/.
#pragma once

#include <memory>
#include <string>

#include "radbatch/batch/tool.hpp"

namespace radbatch {

struct ConvertOptions {
  std::string format = "nii.gz";  ///< nii.gz or nii
  std::string tilt = "keep";      ///< of a tilted gantry: fix (resample), keep (in the matrix) or refuse
  std::string uneven = "keep";    ///< of uneven slice steps: resample, keep (their mean) or refuse
};

std::unique_ptr<Tool> make_convert(const ConvertOptions& options, const RunOptions& run);

}  // namespace radbatch
