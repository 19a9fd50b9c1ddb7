// The calibration table of --conformal: predictions of cases whose truth is known, to the thresholds of sets.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "radbatch/model/bundle.hpp"
#include "radbatch/model/conformal.hpp"
#include "radbatch/model/heads.hpp"

namespace radbatch {

/// One set per case: of a multi-class head the findings that fit ("conformal_set"), of a binary or
/// multi-label head for each finding which of 0 and 1 fit ("conformal_set_<slug>"); with several heads
/// "<head>_" goes before.
struct ConformalColumn {
  std::string name;
  std::size_t head = 0;
  std::optional<std::size_t> finding;  ///< nothing for a multi-class head
};

/// The columns of a bundle; none for regressions.
std::vector<ConformalColumn> conformal_columns(const Bundle& bundle);

/// Which columns sets have, how they are made, and from what: as identities keep it.
struct ConformalRule {
  ConformalMethod method = ConformalMethod::lac;
  double alpha = 0.1;
  std::vector<double> thresholds;  ///< as conformal_columns
  std::vector<std::size_t> cases;  ///< how many made each threshold
  std::string table_sha256;
};

/// Reads `table`, a CSV with the columns of predictions.csv and the truth: "label" (slug or name of the
/// finding) for a multi-class head, "label_<slug>" (0 or 1) for each finding of another; of a binary head
/// "label" will do. With several heads "<head>_" goes before. Rows without a label, a score or the status
/// done are left out. Throws Error(ExitCode::usage): a column is missing, a label unknown, too few cases.
ConformalRule read_conformal_table(const Bundle& bundle, const std::filesystem::path& table,
                                   ConformalMethod method, double alpha);

/// The cells of a case, as conformal_columns: slugs, or 0 and 1, separated by spaces; "{}" for the empty set.
std::vector<std::string> conformal_cells(const Bundle& bundle, const ConformalRule& rule,
                                         const CaseScores& scores);

Json to_json(const ConformalRule& rule);
/// Throws Json::exception.
ConformalRule conformal_rule_from_json(const Json& json);

}  // namespace radbatch
