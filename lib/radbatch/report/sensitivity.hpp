// The same model after other preparation: which calls depend on it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "radbatch/report/part.hpp"

namespace radbatch {

struct SensitivityOptions {
  std::vector<std::filesystem::path> runs;  ///< --sensitivity; loaded by the caller as raters with is_variant
};

/// One finding over the first rater and its variants, on test units that all of them have scored.
struct SensitivityNumbers {
  std::size_t finding = 0;
  std::size_t n = 0;                    ///< units scored by all
  std::size_t n_called = 0;             ///< of these, called by all
  std::vector<std::size_t> flips;       ///< [variant] calls that differ from the first rater's
  std::vector<std::uint32_t> unstable;  ///< units that any variant calls otherwise, widest range first
  Estimate unstable_share;              ///< of n_called
  std::optional<double> range_median, range_p95, range_largest;  ///< of a unit's scores, largest - smallest
  std::vector<Estimate> auroc;  ///< [rater: first, then variants], on the labelled of the units
};

std::vector<SensitivityNumbers> sensitivity_numbers(const PartContext& context,
                                                    const std::vector<std::size_t>& variants);

/// Calls that flip per finding and variant, range of the scores, range of AUROC, the least stable cases one
/// by one. Nothing to say without variants.
ReportPart sensitivity_part(const PartContext& context, const SensitivityOptions& options);

}  // namespace radbatch
