// Where two raters say the same, and the cases of which they do not: needs no labels.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "radbatch/report/paired_units.hpp"
#include "radbatch/report/part.hpp"
#include "radbatch/stats/difference.hpp"
#include "radbatch/stats/score_agreement.hpp"

namespace radbatch {

/// Two raters on one finding, over all test units that both have rated.
struct RaterAgreement {
  RaterPair pair;
  std::size_t finding = 0;
  PairedCounts calls;
  Estimate agreement;  ///< share of calls that are the same
  Estimate kappa;
  ScoreAgreement scores;                          ///< first - second; empty with a reader
  Difference bias;                                ///< mean of first - second, with its interval
  std::size_t first_right = 0, second_right = 0;  ///< of the disagreements whose truth is known
  std::vector<std::uint32_t> disagreeing;         ///< units, largest difference of the scores first
};

std::vector<RaterAgreement> rater_agreement(const PartContext& context, const std::vector<RaterPair>& pairs);

/// Tables, lists of disagreeing cases and Bland-Altman plots of one pair.
void add_agreement(ReportPart& part, const PartContext& context, const std::vector<RaterAgreement>& rows,
                   RaterPair pair);

Json agreement_json(const PartContext& context, const RaterAgreement& row);

}  // namespace radbatch
