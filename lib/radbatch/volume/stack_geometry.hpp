// From the positions of single slices to one volume grid.
//
// Slice order and geometry come from positions, never from file names, slice numbers or the spacing tags,
// which are often wrong. A tilted gantry stays in the matrix as shear: making the axes orthogonal would move
// anatomy by centimetres without an error. What is odd about a stack is reported; whether that matters is the
// caller's rule.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "radbatch/volume/affine.hpp"

namespace radbatch {

using Vector3 = std::array<double, 3>;

/// Two slices lie at the same position when they are nearer than this along the normal.
inline constexpr double SAME_POSITION_MM = 0.005;
/// Direction cosines of one stack may differ by this per component (headers carry 4 to 7 decimals).
inline constexpr double SAME_DIRECTION = 1e-3;
/// Pixel spacings of one stack may differ by this fraction.
inline constexpr double SAME_SPACING = 1e-3;
/// A step is even when it differs from the median step by at most this many mm or ...
inline constexpr double EVEN_STEP_MM = 0.02;
/// ... this fraction of the median step, whichever is more.
inline constexpr double EVEN_STEP = 0.05;
/// A step of 2, 3, ... median steps within this fraction of a step is a gap of 1, 2, ... slices.
inline constexpr double GAP_TOLERANCE = 0.1;
/// Axes nearer than this to a patient axis are not called oblique.
inline constexpr double OBLIQUE_DEGREES = 0.5;

/// A stack is called tilted when its steps lean by more than this from the normal of its slices.
inline constexpr double TILTED_DEGREES = 0.5;

/// What the header says about one slice; DICOM PS3.3 C.7.6.2.
struct SliceGeometry {
  Vector3 position{};         ///< ImagePositionPatient: centre of the first pixel, LPS mm
  Vector3 row{};              ///< ImageOrientationPatient[0..2]: direction of increasing column index (i)
  Vector3 column{};           ///< ImageOrientationPatient[3..5]: direction of increasing row index (j)
  double row_spacing = 0;     ///< PixelSpacing[0] mm: step of j
  double column_spacing = 0;  ///< PixelSpacing[1] mm: step of i
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::int64_t instance_number = 0;  ///< breaks ties of position
};

struct StackGeometry {
  std::vector<std::size_t> order;  ///< indices of the input, ascending along row x column
  Affine lps;  ///< (i, j, k) -> LPS mm, rounded to float32; its third column is the mean step vector
  double slice_step_mm = 0;      ///< median length of the step between neighbours, along the table if tilted
  double slice_step_dev_mm = 0;  ///< largest departure of a step vector from the median step, mm
  std::int64_t n_missing_slices = 0;
  bool is_uneven = false;
  double tilt_degrees = 0;  ///< between the step and the normal of the slices
  bool is_oblique = false;
  std::vector<std::pair<std::size_t, std::size_t>> duplicates;  ///< input indices at one position
  std::vector<std::size_t>
      odd_ones;  ///< input indices whose orientation, spacing or size is not the first one's
  bool mixed_orientation() const { return !odd_ones.empty(); }
};

/// Orders the slices and solves their grid: the axes of the first slice made unit, times its spacing. The
/// geometry is only meaningful without odd ones and duplicates. A single slice gets `single_step_mm` (slice
/// thickness) along its normal. Throws Error(Reason::bad_header) when directions are not unit and orthogonal
/// (within 1 %), a spacing is not positive, or a value is not finite. `slices` must not be empty.
StackGeometry solve_stack(std::span<const SliceGeometry> slices, double single_step_mm = 1.0);

/// Where i, j and k point: "LPS" for a plain axial stack; each patient axis comes once.
std::string orientation_letters(const Affine& lps);

}  // namespace radbatch
