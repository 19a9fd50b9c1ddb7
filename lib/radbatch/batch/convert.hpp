// convert: every image of a cohort to a volume file with a sidecar, in OUT/<case_id>/ or as a BIDS data set.
#pragma once

#include <memory>
#include <string>

#include "radbatch/base/choices.hpp"
#include "radbatch/batch/tool.hpp"

namespace radbatch {

struct ConvertOptions {
  std::string format = "nii.gz";  ///< nii.gz, nii, nrrd, mha, png or h5
  std::string tilt = "keep";      ///< of a tilted gantry: fix (resample), keep (in the matrix) or refuse
  std::string uneven = "keep";    ///< of uneven slice steps: resample, keep (their mean) or refuse
  std::string layout;             ///< empty: a folder per case; "bids"
  std::string name;      ///< template of file names; empty: case_id and digits of the image's identity
  bool preview = false;  ///< a contact sheet per image in previews/
  Thumbnails thumbnails = Thumbnails::safe;  ///< which images may have one
  bool keep_phi = false;                     ///< sidecars and names may identify
};

/// Throws Error(ExitCode::usage) for options that are unknown or do not go together.
std::unique_ptr<Tool> make_convert(const ConvertOptions& options, const RunOptions& run);

/// The options as a run's identity keeps them, and back.
Json to_json(const ConvertOptions& options);
ConvertOptions convert_options_from_json(const Json& json);

}  // namespace radbatch
