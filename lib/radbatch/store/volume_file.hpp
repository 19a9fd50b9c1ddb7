// A converted image as HDF5: voxels with their geometry, for Python, R and MATLAB.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "radbatch/volume/volume.hpp"

namespace radbatch {

/// Packs bytes as one zlib stream (RFC 1950); called once per chunk.
using ZlibPacker = std::function<std::string(std::span<const std::byte>)>;

struct VolumeName {
  std::string case_id;
  std::string image;  ///< name of the dataset
};

/// The bytes of a file with the dataset /volumes/<case_id>/<image>: C order, axes slowest first, a chunk per
/// slice, shuffle + deflate (packed by `packer`, which is faster than HDF5's own).
///
/// Attributes: axes (a letter per array axis: t frame, k slice, j row, i column, c channel), space "LPS",
/// spacing_mm (i, j, k), origin_mm, direction (3 x 3, columns are the directions of i, j, k), affine_lps
/// (4 x 4), has_geometry, frame_step_s where known. Throws Error(ExitCode::output).
std::string volume_h5(const Volume& volume, const VolumeName& name, double frame_step_s,
                      const ZlibPacker& packer);

}  // namespace radbatch
