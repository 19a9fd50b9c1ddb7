// 4x4 voxel-to-world matrices.
//
// Index order is (i, j, k): i runs along a row of pixels (DICOM columns), j down the rows, k through slices.
// World is LPS in mm (DICOM, ITK) unless a name says RAS (NIfTI, MONAI).
#pragma once

#include <array>

namespace radbatch {

/// Row-major 4x4: world = matrix * (i, j, k, 1). The last row is 0 0 0 1.
struct Affine {
  std::array<std::array<double, 4>, 4> m{{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}}};

  /// Length in mm of the step along index axis 0, 1 or 2.
  double spacing(int axis) const;
  bool operator==(const Affine&) const = default;
};

Affine multiply(const Affine& a, const Affine& b);
/// Throws Error(Reason::bad_header) when the matrix is singular.
Affine inverse(const Affine& a);
/// Negates the first two world axes; its own inverse.
Affine lps_to_ras(const Affine& lps);
/// Every entry rounded to float32. Done once where a volume is read, so that a volume written as NIfTI (whose
/// affine is float32) and read again is the same volume, bit for bit.
Affine rounded_to_float32(const Affine& a);

}  // namespace radbatch
