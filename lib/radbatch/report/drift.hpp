// Whether scores and inputs have moved: against a reference run, and over time.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "radbatch/report/drift_shift.hpp"
#include "radbatch/report/part.hpp"
#include "radbatch/report/study_date.hpp"

namespace radbatch {

struct DriftOptions {
  std::optional<std::filesystem::path> reference_run;  ///< --reference; loaded by the caller into `reference`
  std::optional<DriftColumns> reference;
  std::string time;                  ///< --time: a column that holds dates; empty: none
  TimeStep every = TimeStep::month;  ///< --every
};

/// Stability index, Kolmogorov-Smirnov and Wasserstein distance of the scores, shift of the covariates, and
/// curves over time. Without a reference the earlier half of the time is compared with the later one. Nothing
/// to say without either.
ReportPart drift_part(const PartContext& context, const DriftOptions& options);

}  // namespace radbatch
