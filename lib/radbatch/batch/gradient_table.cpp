#include "radbatch/batch/gradient_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "radbatch/study/attributes.hpp"
#include "radbatch/volume/affine.hpp"

namespace radbatch {
namespace {

using Axes = std::array<std::array<double, 3>, 3>;  ///< the direction of i, j and k, of unit length

double determinant(const Axes& a) {
  return a[0][0] * (a[1][1] * a[2][2] - a[1][2] * a[2][1]) -
         a[0][1] * (a[1][0] * a[2][2] - a[1][2] * a[2][0]) +
         a[0][2] * (a[1][0] * a[2][1] - a[1][1] * a[2][0]);
}

/// FSL's axes: those of the image, the first turned round unless the image is "radiological".
Axes fsl_axes(const Affine& lps) {
  Axes axes{};
  for (std::size_t a = 0; a < 3; ++a) {
    for (std::size_t r = 0; r < 3; ++r) axes[a][r] = lps.m[r][a] / lps.spacing(static_cast<int>(a));
  }
  // RAS instead of LPS negates two rows: the determinant stays.
  if (determinant(axes) > 0) {
    for (double& part : axes[0]) part = -part;
  }
  return axes;
}

std::array<double, 3> along(const Axes& axes, const std::vector<double>& direction) {
  std::array<double, 3> vector{0, 0, 0};
  if (direction.size() != 3) return vector;
  for (std::size_t a = 0; a < 3; ++a) {
    for (std::size_t r = 0; r < 3; ++r) vector[a] += axes[a][r] * direction[r];
  }
  const double length = std::hypot(vector[0], vector[1], vector[2]);
  for (double& part : vector) part = length > 0 ? part / length + 0.0 : 0;
  return vector;
}

/// Six digits, as dcm2niix writes them; a rounding error around zero is zero.
std::string shown(double value) {
  return fmt::format("{:g}", std::abs(value) < 5e-8 ? 0.0 : value);
}

}  // namespace

std::optional<GradientTable> gradient_table(const Json& facts, const Json& affine_lps, std::int64_t frames) {
  const std::vector<double> b_values = numbers_of(facts, "b_values");
  const Json directions = facts.value("b_directions", Json::array());
  const bool is_weighted = std::ranges::any_of(b_values, [](double b) { return b > 0; });
  if (!is_weighted || std::ssize(b_values) != frames || directions.size() != b_values.size())
    return std::nullopt;
  Affine lps;
  affine_lps.get_to(lps.m);
  const Axes axes = fsl_axes(lps);
  GradientTable table;
  std::array<std::string, 3> lines;
  for (std::size_t t = 0; t < b_values.size(); ++t) {
    const char* gap = t == 0 ? "" : " ";
    table.bval += gap + shown(b_values[t]);
    const auto direction =
        directions[t].is_array() ? directions[t].get<std::vector<double>>() : std::vector<double>();
    const auto vector = along(axes, b_values[t] > 0 ? direction : std::vector<double>());
    for (std::size_t a = 0; a < 3; ++a) lines[a] += gap + shown(vector[a]);
  }
  table.bval += "\n";
  for (const std::string& line : lines) table.bvec += line + "\n";
  return table;
}

}  // namespace radbatch
