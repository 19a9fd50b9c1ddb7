#include "radbatch/report/subgroup_levels.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/stats/distribution_shift.hpp"
#include "radbatch/store/table.hpp"

namespace radbatch {
namespace {

struct GroupColumn {
  std::vector<std::uint32_t> units;    ///< test units with a value
  std::vector<std::uint32_t> missing;  ///< without
  std::set<std::string> values;
  bool is_number = true;
};

GroupColumn read_column(const AnalysisData& data, const Covariate& covariate) {
  GroupColumn column;
  for (std::size_t unit = 0; unit < data.size(); ++unit) {
    if (!data.is_test[unit]) continue;
    const std::string& value = covariate.values[unit];
    (value.empty() ? column.missing : column.units).push_back(static_cast<std::uint32_t>(unit));
    if (value.empty()) continue;
    column.values.insert(value);
    column.is_number = column.is_number && covariate_number(value);
  }
  return column;
}

std::string band_name(const std::vector<double>& bounds, std::size_t band) {
  if (bounds.empty()) return "all";
  if (band == 0) return "< " + shortest(bounds.front());
  if (band == bounds.size()) return "≥ " + shortest(bounds.back());
  return shortest(bounds[band - 1]) + " to < " + shortest(bounds[band]);
}

std::vector<double> quartiles(const Covariate& covariate, const GroupColumn& column) {
  std::vector<double> numbers;
  for (const std::uint32_t unit : column.units) numbers.push_back(*covariate_number(covariate.values[unit]));
  std::ranges::sort(numbers);
  std::vector<double> bounds;
  for (const double share : {0.25, 0.5, 0.75}) {
    const double bound = sorted_quantile(numbers, share);
    if (bound > numbers.front() && (bounds.empty() || bound > bounds.back())) bounds.push_back(bound);
  }
  return bounds;
}

std::vector<Subgroup> bands(const Covariate& covariate, GroupColumn& column,
                            const std::vector<double>& bounds) {
  std::vector<Subgroup> groups;
  for (std::size_t band = 0; band <= bounds.size(); ++band) groups.push_back({band_name(bounds, band), {}});
  for (const std::uint32_t unit : column.units) {
    const auto number = covariate_number(covariate.values[unit]);
    if (!number) {
      column.missing.push_back(unit);
      continue;
    }
    const auto band = std::ranges::upper_bound(bounds, *number) - bounds.begin();
    groups[static_cast<std::size_t>(band)].units.push_back(unit);
  }
  return groups;
}

std::vector<Subgroup> words(const Covariate& covariate, const GroupColumn& column) {
  std::map<std::string, std::vector<std::uint32_t>> by_value;
  for (const std::uint32_t unit : column.units) by_value[covariate.values[unit]].push_back(unit);
  std::vector<Subgroup> groups;
  for (auto& [value, units] : by_value) {
    const bool is_reserved = value == "(other)" || value == "(missing)";
    groups.push_back({is_reserved ? "'" + value + "'" : value, std::move(units)});
  }
  std::ranges::stable_sort(groups, std::greater(), [](const Subgroup& group) { return group.units.size(); });
  return groups;
}

std::string listed(const std::vector<Subgroup>& groups) {
  std::vector<std::string> names;
  for (const Subgroup& group : groups)
    names.push_back(group.name + " (" + std::to_string(group.units.size()) + ")");
  return join(names, ", ");
}

/// Takes the groups below `smallest` away.
std::vector<Subgroup> take_small(std::vector<Subgroup>& groups, std::size_t smallest) {
  std::vector<Subgroup> small;
  std::vector<Subgroup> kept;
  for (Subgroup& group : groups) {
    if (group.units.empty()) continue;
    (group.units.size() < smallest ? small : kept).push_back(std::move(group));
  }
  groups = std::move(kept);
  return small;
}

void settle_small(SubgroupLevels& levels, bool may_pool, std::size_t smallest) {
  const std::vector<Subgroup> small = take_small(levels.groups, smallest);
  if (small.empty()) return;
  Subgroup other{"(other)", {}};
  for (const Subgroup& group : small)
    other.units.insert(other.units.end(), group.units.begin(), group.units.end());
  std::ranges::sort(other.units);
  const std::string below = "fewer than " + std::to_string(smallest) + " cases: " + listed(small);
  if (may_pool && small.size() > 1 && other.units.size() >= smallest) {
    levels.notes.push_back(levels.covariate + ": pooled as (other), " + below + ".");
    levels.groups.push_back(std::move(other));
  } else {
    levels.notes.push_back(levels.covariate + ": left out as a group, " + below + ".");
  }
}

const Covariate& require_covariate(const AnalysisData& data, const std::string& name) {
  if (const Covariate* found = data.find_covariate(name)) return *found;
  std::vector<std::string> known;
  for (const Covariate& covariate : data.covariates) known.push_back(covariate.name);
  const std::string near = nearest(name, known);
  throw Error(ExitCode::usage, "--subgroup: there is no column '" + printable(name) + "'",
              known.empty()  ? "columns come from the label table and from the run"
              : near.empty() ? "columns: " + printable(join(known, ", "))
                             : "did you mean " + printable(near) + "?");
}

}  // namespace

std::optional<double> covariate_number(const std::string& value) {
  double number = 0;
  const char* end = value.data() + value.size();
  const auto read = std::from_chars(value.data(), end, number);
  if (read.ec != std::errc() || read.ptr != end || !std::isfinite(number)) return std::nullopt;
  return number;
}

SubgroupChoice parse_subgroup(const std::string& word) {
  const std::vector<std::string> halves = split(word, ':');
  SubgroupChoice choice{halves.front(), {}};
  if (halves.size() > 2 || choice.covariate.empty())
    throw Error(ExitCode::usage, "expected NAME or NAME:BOUND,..., not '" + printable(word) + "'");
  if (halves.size() == 1) return choice;
  for (const std::string& bound : split(halves[1], ',')) {
    const std::optional<double> number = covariate_number(bound);
    if (!number || (!choice.bounds.empty() && *number <= choice.bounds.back()))
      throw Error(ExitCode::usage,
                  "expected bounds that ascend, as in age_years:18,40,65, not '" + printable(word) + "'");
    choice.bounds.push_back(*number);
  }
  return choice;
}

SubgroupLevels subgroup_levels(const AnalysisData& data, const SubgroupChoice& choice, std::size_t smallest) {
  const Covariate& covariate = require_covariate(data, choice.covariate);
  GroupColumn column = read_column(data, covariate);
  SubgroupLevels levels;
  levels.covariate = covariate.name;
  const bool by_quartile =
      choice.bounds.empty() && column.is_number && column.values.size() > MOST_UNBANDED_NUMBERS;
  if (column.units.empty()) {
    levels.why_not = "no case has a value";
  } else if (by_quartile || !choice.bounds.empty()) {
    const std::size_t n_missing = column.missing.size();
    levels.groups = bands(covariate, column, by_quartile ? quartiles(covariate, column) : choice.bounds);
    if (by_quartile) levels.notes.push_back(levels.covariate + ": bands are quartiles of the cases.");
    if (column.missing.size() > n_missing)
      levels.notes.push_back(levels.covariate + ": " + counted(column.missing.size() - n_missing, "value") +
                             " that are no numbers count as missing.");
  } else if (column.values.size() > MOST_LEVELS) {
    levels.why_not =
        std::to_string(column.values.size()) + " different values: they tell cases apart rather than groups";
  } else {
    levels.groups = words(covariate, column);
  }
  if (!levels.why_not.empty()) return levels;
  settle_small(levels, !by_quartile && choice.bounds.empty(), smallest);
  if (column.missing.size() >= smallest) {
    std::ranges::sort(column.missing);
    levels.groups.push_back({"(missing)", std::move(column.missing)});
  } else if (!column.missing.empty()) {
    levels.notes.push_back(levels.covariate + ": missing in " + counted(column.missing.size(), "case") +
                           ", too few for a group.");
  }
  if (levels.groups.empty()) levels.why_not = "no group has " + std::to_string(smallest) + " cases";
  return levels;
}

}  // namespace radbatch
