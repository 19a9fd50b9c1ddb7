// Which units form the groups of a characteristic: values as they are, numbers in bands.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "radbatch/report/analysis_data.hpp"

namespace radbatch {

/// A characteristic and, for numbers, where its bands begin; none: quartiles.
struct SubgroupChoice {
  std::string covariate;
  std::vector<double> bounds;
};

/// "sex", "age_years:18,40,65". Throws Error(ExitCode::usage).
SubgroupChoice parse_subgroup(const std::string& word);

struct Subgroup {
  std::string name;                  ///< "F", "18 to < 40", "(other)", "(missing)"
  std::vector<std::uint32_t> units;  ///< positions in AnalysisData, test units only
};

struct SubgroupLevels {
  std::string covariate;
  std::string id;                  ///< part of file names, different for each characteristic of a report
  std::vector<Subgroup> groups;    ///< bands ascending, other values by size; (other) and (missing) last
  std::vector<std::string> notes;  ///< what was pooled, left out or banded, as sentences
  std::string why_not;             ///< no groups can be made
};

/// With more different words than this a column tells cases apart, not groups.
inline constexpr std::size_t MOST_LEVELS = 50;
/// With more different numbers than this they are banded by quartiles.
inline constexpr std::size_t MOST_UNBANDED_NUMBERS = 6;

/// Groups of the test units. Values with fewer than `smallest` units are pooled as "(other)" when together
/// they are enough, else left out; small bands and few missing values are left out. Throws
/// Error(ExitCode::usage) with the nearest known name.
SubgroupLevels subgroup_levels(const AnalysisData& data, const SubgroupChoice& choice, std::size_t smallest);

/// The value as a number; nothing may stand beside it.
std::optional<double> covariate_number(const std::string& value);

}  // namespace radbatch
