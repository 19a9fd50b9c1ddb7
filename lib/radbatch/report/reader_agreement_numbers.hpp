// The numbers of readers' agreement on one question, all from the same resamples of patients.
#pragma once

#include <string>
#include <vector>

#include "radbatch/report/level_numbers.hpp"
#include "radbatch/report/reader_ratings.hpp"

namespace radbatch {

/// Two raters of the group, by their positions in it.
struct ReaderPair {
  std::size_t a = 0, b = 0;
  bool has_model = false;
};
/// Every two readers, then every reader with the model.
std::vector<ReaderPair> rater_pairs(const ReaderGroup& group);

struct PairNumbers {
  ReaderPair pair;
  std::vector<Measure> measures;  ///< percent_agreement, kappa, prevalence_adjusted_kappa, ...
};

struct AgreementNumbers {
  std::vector<PairNumbers> pairs;
  std::vector<Measure> readers;  ///< of the group of readers: observed, Fleiss, Gwet, Krippendorff
  std::vector<Measure> against;  ///< mean kappa among readers, with the model, and their difference; empty
                                 ///< without a model or with one reader
};

/// Intervals by bootstrap, of percent agreement by share_of_units. Kappa is Cohen's; with quadratic weights
/// where the categories are ordered.
AgreementNumbers agreement_numbers(const PartContext& context, const ReaderGroup& group,
                                   const RatedQuestion& question);

}  // namespace radbatch
