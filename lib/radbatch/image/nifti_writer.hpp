// A Volume as NIfTI-1: what `convert` writes and what the next tool of a pipe reads back bit for bit.
#pragma once

#include "radbatch/volume/volume.hpp"

namespace radbatch {

struct NiftiOptions {
  bool gzip = true;
  int threads = 1;          ///< that pack; the bytes do not depend on it
  double frame_step_s = 0;  ///< between frames; 0: not known
};

/// Writes .nii (or .nii.gz) bytes to an open descriptor: the worker has no right to open files for writing.
///
/// The affine goes into the sform, and into the qform where it has no shear; samples keep their type; three
/// 8-bit channels become RGB24, other channels the fifth dimension; frames the fourth. A picture without
/// geometry has neither form. The bytes depend on the volume and the frame step only. Throws
/// Error(ExitCode::output) with the system's reason, Error(Reason::too_large) when an axis exceeds 32767.
void write_nifti(const Volume& volume, int fd, const NiftiOptions& options = {});

}  // namespace radbatch
