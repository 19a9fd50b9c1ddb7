// AUROC in a group of units, and its gap to another group.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "radbatch/report/part.hpp"
#include "radbatch/stats/auroc.hpp"
#include "radbatch/stats/difference.hpp"

namespace radbatch {

/// [unit] 1 for the members.
using UnitMask = std::vector<std::uint8_t>;

/// With fewer units of the class that a number stands on, a group does not have it.
inline constexpr std::size_t FEWEST_OF_CLASS = 5;
/// "3 with the finding, fewer than 5".
std::string too_few(std::size_t n, const std::string& what);

/// An area with the units that it stands on.
struct GroupArea {
  Auroc area;
  JudgedUnits units;
  std::string why_not;
};

/// Of the first rater: DeLong, or Obuchowski 1997 when a patient has several units.
GroupArea area_in(const PartContext& context, std::size_t finding, const UnitMask& mask);
Estimate estimate_of(const GroupArea& group);

/// Of groups without a unit in common: Welch's t with both variances, each standing on the patients of its
/// smaller class; where patients have units in both groups, bootstrap of patients.
Difference area_gap(const PartContext& context, const GroupArea& group, const GroupArea& rest);

}  // namespace radbatch
