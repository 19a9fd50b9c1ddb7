// Slices of one series to images: what is one volume over time, what are several images, what is unclear.
//
// docs/geometry.md has the rules as a table. What is never done: slices of two volumes between each other.
#pragma once

#include <string>
#include <vector>

#include "radbatch/study/slice.hpp"

namespace radbatch {

/// The slices of one image. With `time_points` above 1 they are ordered by time point, in each of them along
/// row x column, and each time point has the same positions.
struct Stack {
  std::vector<Slice> slices;
  std::size_t time_points = 1;
  std::string time_axis;       ///< keyword that tells the time points apart; empty when there is one
  bool is_incomplete = false;  ///< a time point that lacks slices which the others have
};

/// Splits slices that share size, orientation and echo number. Slices that cannot be told apart come back as
/// one stack with several slices at one position; the caller refuses it.
std::vector<Stack> split_slices(std::vector<Slice> slices);

}  // namespace radbatch
