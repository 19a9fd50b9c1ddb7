// What the statistics of a report work on: scores, truth and covariates in columns, one value per unit.
//
// A unit is what is counted: a case, or with `--per patient` a patient. Several units of one patient form a
// cluster; intervals that treat units as independent are wrong then, and no part may use one without looking
// at `is_clustered()`. Columns hold every unit of the label table that has a case in the run, test units and
// others (validation, calibration) alike; a part that judges a model looks at `is_test` only.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "radbatch/report/run_data.hpp"

namespace radbatch {

enum class TruthKind {
  none,        ///< no labels: the report is descriptive
  findings,    ///< 0/1 per finding: binary, multi-label
  classes,     ///< one finding per unit: multi-class
  ordinal,     ///< one finding per unit, and their order means something
  continuous,  ///< a number per finding: regression
};

/// What counts as truth where a label says that it is not certain (CheXpert's -1, "?").
enum class UncertainPolicy {
  exclude,  ///< the truth is unknown
  positive,
  negative,
  all,  ///< unknown in `truth`; what the other readings give is shown beside it, from `is_uncertain`
};

/// What a labelled unit without a result counts as.
enum class NotDonePolicy { exclude, negative, positive };

/// Scores and decisions of one model, one rerun or one human reader over the same units.
struct Rater {
  std::string name;        ///< for headings: the model's name, "reader r1"
  bool is_reader = false;  ///< a person, of --reader: decisions (or grades) rather than probabilities
  std::vector<std::vector<double>> scores;     ///< [finding][unit]; NaN: no score
  std::vector<std::vector<Answer>> decisions;  ///< [finding][unit], at the declared threshold
  std::vector<std::int32_t> top;               ///< [unit] index of the called finding, -1: none; empty when
                                               ///< the run has no such column
  bool is_variant = false;  ///< the first model after other preparation, of --sensitivity
};

struct AnalysisData {
  std::vector<Finding> findings;
  TruthKind kind = TruthKind::none;
  std::vector<std::string> unit_ids;   ///< case ids, or patient keys with --per patient; sorted
  std::vector<std::uint32_t> cluster;  ///< [unit] which patient, 0 .. n_clusters - 1
  std::size_t n_clusters = 0;
  bool has_patients = false;          ///< false: the clusters are the units, as nothing names patients
  std::vector<std::uint8_t> is_test;  ///< [unit] 0/1, by --where; all 1 without it
  std::vector<std::uint8_t>
      is_done;        ///< [unit] 0/1: the model gave a result; others are refused, failed, skipped
  std::string where;  ///< the condition as it was given; empty: all units

  std::vector<Rater> raters;                    ///< the model that is judged first, then others and readers
  std::vector<std::vector<Answer>> truth;       ///< [finding][unit]; also filled for classes and ordinal
  std::vector<std::int32_t> true_class;         ///< [unit], classes and ordinal; -1: unknown
  std::vector<std::vector<double>> true_value;  ///< [finding][unit], continuous; NaN: unknown
  std::vector<Covariate> covariates;
  std::vector<std::string> fold;  ///< [unit] of --fold-column; empty without it

  std::string unit_noun = "case";        ///< "patient" with --per patient
  std::vector<std::string> cluster_ids;  ///< [cluster] keyed hashes of the patients; empty without patients
  bool allows_leak = false;  ///< --allow-leak: patients may be in several splits, and this is said
  NotDonePolicy not_done = NotDonePolicy::exclude;
  UncertainPolicy uncertain = UncertainPolicy::exclude;
  std::vector<std::vector<std::uint8_t>>
      is_uncertain;  ///< [finding][unit] 0/1: the label said so, whatever the policy; empty when none did

  std::size_t size() const { return unit_ids.size(); }
  /// A patient has several test units: intervals have to be clustered.
  bool is_clustered() const;
  const Covariate* find_covariate(const std::string& name) const;
};

/// The units of one finding that can be judged: test, truth known, with a score.
struct JudgedUnits {
  std::vector<std::uint32_t> unit;  ///< positions in AnalysisData
  std::vector<double> scores;
  std::vector<bool> positive;
  std::vector<std::uint32_t> cluster;  ///< of each
  std::size_t n_positive = 0;
};

/// `among` narrows to units with a 1; empty: all test units.
JudgedUnits judged_units(const AnalysisData& data, const Rater& rater, std::size_t finding,
                         const std::vector<std::uint8_t>& among = {});

}  // namespace radbatch
