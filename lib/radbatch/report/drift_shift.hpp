// Two sets of cases, an earlier and a later one: have the scores moved, and has what goes in?
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "radbatch/report/analysis_data.hpp"
#include "radbatch/stats/difference.hpp"
#include "radbatch/stats/distribution_shift.hpp"
#include "radbatch/stats/group_balance.hpp"
#include "radbatch/stats/kolmogorov_smirnov.hpp"

namespace radbatch {

/// One side of a comparison over time, in columns.
struct DriftColumns {
  std::string name;                         ///< for people: "reference", "2023-01 to 2023-06"
  std::vector<std::string> findings;        ///< slugs
  std::vector<std::vector<double>> scores;  ///< [finding][unit]; NaN: none
  std::vector<std::vector<Answer>> calls;   ///< [finding][unit] at the declared threshold
  std::vector<std::uint32_t> cluster;       ///< [unit] the patient
  std::vector<Covariate> covariates;        ///< values per unit
  bool is_clustered = false;                ///< a patient has several units

  std::size_t size() const { return cluster.size(); }
};

/// The first rater's test units; `among` narrows to units with a 1.
DriftColumns drift_columns(const AnalysisData& data, const std::string& name,
                           const std::vector<std::uint8_t>& among = {});

struct ScoreShift {
  std::string finding;  ///< slug
  std::size_t n_before = 0, n_now = 0;
  std::optional<double> mean_before, mean_now;
  std::optional<StabilityIndex> index;  ///< by tenths of the earlier scores
  std::optional<KolmogorovSmirnov> kolmogorov_smirnov;
  std::optional<double> adjusted_p;  ///< of kolmogorov_smirnov after Holm, over findings; none when clustered
  std::optional<double> wasserstein;
  Difference called;  ///< share called positive, now - before
  std::optional<double> called_before, called_now;
  std::string why_not;
};

struct ColumnShift {
  std::string name;
  bool is_number = false;
  std::size_t n_before = 0, n_now = 0;  ///< with a value
  std::size_t missing_before = 0, missing_now = 0;
  std::optional<StabilityIndex> index;  ///< missing values as a bin of their own
  std::optional<double> standardised;   ///< difference, now - before; never negative for words
  std::optional<double> wasserstein;    ///< numbers only
  std::optional<double> p, adjusted_p;  ///< none when clustered
  std::string test;                     ///< "Kolmogorov-Smirnov, exact", "chi-squared"
  std::string change;                   ///< means, or the value whose share changed most
  std::string why_not;                  ///< no numbers: identifier, date, no value on one side
};

/// `before` and `now` may have patients in common when `shares_patients`: cluster numbers mean the same then.
std::vector<ScoreShift> score_shifts(const DriftColumns& before, const DriftColumns& now,
                                     bool shares_patients, double level);
/// Columns that both sides have. `left_out` names one more, the column of time.
std::vector<ColumnShift> column_shifts(const DriftColumns& before, const DriftColumns& now,
                                       const std::string& left_out);

/// What an index is taken for: below 0.1 small, to 0.25 moderate, else large (N. Siddiqi, Credit Risk
/// Scorecards, Wiley 2006); "within chance" when samples of one distribution reach it 5 times in 100.
std::string reading_of(const std::optional<StabilityIndex>& index);

}  // namespace radbatch
