// A Volume as NRRD: what 3D Slicer, pynrrd, ITK and R read, with the full geometry, shear included.
#pragma once

#include "radbatch/volume/volume.hpp"

namespace radbatch {

/// Writes one .nrrd (header and gzip data) to an open descriptor. Axes, fastest first: colour or vector where
/// there are channels, i, j, k, frames (kind "time", with the step in seconds where known). Space
/// left-posterior-superior; a picture without geometry has spacings only. Throws Error(ExitCode::output).
void write_nrrd(const Volume& volume, int fd, int threads = 1, double frame_step_s = 0);

}  // namespace radbatch
