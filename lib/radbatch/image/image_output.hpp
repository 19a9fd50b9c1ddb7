// A Volume to the file format that was asked for: the one way out of the image worker.
#pragma once

#include <string>

#include "radbatch/base/json.hpp"
#include "radbatch/volume/volume.hpp"

namespace radbatch {

struct OutputRequest {
  std::string format = "nii.gz";  ///< nii.gz, nii, nrrd, mha, png or h5
  int threads = 1;                ///< that pack; the bytes do not depend on it
  double frame_step_s = 0;        ///< between frames; 0: not known
  std::string case_id, image;     ///< h5: where the dataset stands
};

/// Writes to an open descriptor. Returns what the reader of the file has to know besides: for png "parts"
/// (the bytes of each PNG, which lie one after the other) and "slope" and "intercept" where they are not 1
/// and 0. Throws what the writers throw, Error(ExitCode::internal) for an unknown format.
Json write_image(const Volume& volume, int fd, const OutputRequest& request);

}  // namespace radbatch
