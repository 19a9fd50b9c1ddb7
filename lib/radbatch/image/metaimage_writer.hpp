// A Volume as MetaImage: what ITK, elastix and SimpleITK scripts read.
#pragma once

#include "radbatch/volume/volume.hpp"

namespace radbatch {

/// Writes one .mha (header and zlib data) to an open descriptor. Axes, fastest first: i, j, k, frames;
/// channels are inside an element. TransformMatrix and Offset are LPS, with a shear where the volume has one.
/// Throws Error(ExitCode::output).
void write_metaimage(const Volume& volume, int fd, int threads = 1, double frame_step_s = 0);

}  // namespace radbatch
