// Table 1 of a paper: who was in the study, in all and by group.
#pragma once

#include <string>
#include <vector>

#include "radbatch/report/part.hpp"

namespace radbatch {

struct Table1Options {
  std::string by;  ///< a covariate whose values become columns; empty: one column
  std::vector<std::string>
      variables;  ///< covariates; empty: age, sex, scanner, geometry, where they are there
};

/// Test units: patients, cases, each variable as median [IQR] or n (%), missing counted, the findings'
/// prevalence; standardised differences where there are two groups. Throws Error(ExitCode::usage) that names
/// the nearest covariate where one is not known.
ReportPart table1_part(const PartContext& ctx, const Table1Options& options);

}  // namespace radbatch
