#include "radbatch/volume/affine.hpp"

#include <cmath>

#include "radbatch/base/error.hpp"

namespace radbatch {

double Affine::spacing(int axis) const {
  const auto a = static_cast<std::size_t>(axis);
  return std::sqrt(m[0][a] * m[0][a] + m[1][a] * m[1][a] + m[2][a] * m[2][a]);
}

Affine multiply(const Affine& a, const Affine& b) {
  Affine product;
  for (std::size_t r = 0; r < 4; ++r) {
    for (std::size_t c = 0; c < 4; ++c) {
      double sum = 0;
      for (std::size_t k = 0; k < 4; ++k) sum += a.m[r][k] * b.m[k][c];
      product.m[r][c] = sum;
    }
  }
  return product;
}

Affine inverse(const Affine& a) {
  const auto& m = a.m;
  // Adjugate of the 3x3 part: exact for axis-aligned grids, where a pivoting solver would also be.
  auto minor = [&m](std::size_t r, std::size_t c) {
    const std::size_t r1 = (r + 1) % 3, r2 = (r + 2) % 3, c1 = (c + 1) % 3, c2 = (c + 2) % 3;
    return m[r1][c1] * m[r2][c2] - m[r1][c2] * m[r2][c1];
  };
  const double determinant = m[0][0] * minor(0, 0) + m[0][1] * minor(0, 1) + m[0][2] * minor(0, 2);
  if (!std::isfinite(determinant) || std::abs(determinant) < 1e-12) {
    throw Error(Reason::bad_header, "the voxel axes do not span space (singular affine)");
  }
  Affine result;
  for (std::size_t r = 0; r < 3; ++r) {
    for (std::size_t c = 0; c < 3; ++c) result.m[r][c] = minor(c, r) / determinant;
  }
  for (std::size_t r = 0; r < 3; ++r) {
    result.m[r][3] = -(result.m[r][0] * m[0][3] + result.m[r][1] * m[1][3] + result.m[r][2] * m[2][3]);
  }
  return result;
}

Affine lps_to_ras(const Affine& lps) {
  Affine ras = lps;
  for (std::size_t r = 0; r < 2; ++r) {
    // 0 - x instead of -x: no negative zeros, which would differ in bytes and in text.
    for (double& entry : ras.m[r]) entry = 0.0 - entry;
  }
  return ras;
}

Affine rounded_to_float32(const Affine& a) {
  Affine rounded = a;
  for (auto& row : rounded.m) {
    // + 0.0 turns -0.0 into 0.0, so that equal affines are equal in bytes too.
    for (double& entry : row) entry = static_cast<double>(static_cast<float>(entry)) + 0.0;
  }
  return rounded;
}

}  // namespace radbatch
