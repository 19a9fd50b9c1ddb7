#include "radbatch/prepare/linear.hpp"

#include <cmath>
#include <utility>

#include "radbatch/base/error.hpp"

namespace radbatch::prepare_detail {

Affine solve(Affine a, Affine b) {
  for (int column = 0; column < 4; ++column) {
    int pivot = column;
    for (int row = column + 1; row < 4; ++row) {
      if (std::abs(a.m[row][column]) > std::abs(a.m[pivot][column])) pivot = row;
    }
    if (a.m[pivot][column] == 0)
      throw Error(Reason::bad_header, "the voxel axes do not span space (singular affine)");
    std::swap(a.m[column], a.m[pivot]);
    std::swap(b.m[column], b.m[pivot]);
    for (int row = column + 1; row < 4; ++row) {
      const double factor = a.m[row][column] / a.m[column][column];
      for (int c = column; c < 4; ++c) a.m[row][c] -= factor * a.m[column][c];
      for (int c = 0; c < 4; ++c) b.m[row][c] -= factor * b.m[column][c];
    }
  }
  for (int row = 3; row >= 0; --row) {
    for (int c = 0; c < 4; ++c) {
      double sum = b.m[row][c];
      for (int k = row + 1; k < 4; ++k) sum -= a.m[row][k] * b.m[k][c];
      b.m[row][c] = sum * (1.0 / a.m[row][row]);
    }
  }
  return b;
}

Affine directions(const Affine& ras) {
  Affine unit;
  for (int a = 0; a < 3; ++a) {
    const double length = ras.spacing(a);
    for (int row = 0; row < 3; ++row) unit.m[row][a] = length == 0 ? 0 : ras.m[row][a] / length;
  }
  return unit;
}

}  // namespace radbatch::prepare_detail
