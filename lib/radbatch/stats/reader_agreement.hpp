// How far several readers agree on what they see: two by two, and as a group.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace radbatch {

/// Of two raters over the units that both have rated.
struct PairAgreement {
  double n = 0;                              ///< sum of the weights
  std::optional<double> observed;            ///< share of units on which they agree
  std::optional<double> adjusted;            ///< prevalence- and bias-adjusted kappa: (q po - 1) / (q - 1),
                                             ///< 2 po - 1 for two categories
  std::optional<double> positive_agreement;  ///< two categories: 2a / (2a + b + c)
  std::optional<double> negative_agreement;  ///< 2d / (2d + b + c)
};

/// `counts` is counts[a * n_categories + b], category 1 of two the positive one. PABAK: T. Byrt, J. Bishop
/// and J. B. Carlin, J Clin Epidemiol 46 (1993) 423-429; for more categories R. L. Brennan and D. J.
/// Prediger, Educ Psychol Meas 41 (1981) 687-699. Positive and negative agreement: D. V. Cicchetti and A. R.
/// Feinstein, J Clin Epidemiol 43 (1990) 551-558.
PairAgreement pair_agreement(std::span<const double> counts, std::size_t n_categories);

/// How many raters put each unit into each category.
struct RatingCounts {
  std::size_t n_categories = 0;
  std::vector<std::uint32_t> counts;  ///< [unit][category] in C order

  std::size_t n_units() const { return n_categories == 0 ? 0 : counts.size() / n_categories; }
  std::span<const std::uint32_t> of(std::size_t unit) const {
    return {counts.data() + unit * n_categories, n_categories};
  }
};

/// `ratings` is [rater][unit], a category from 0 or -1 where the rater has not rated.
RatingCounts count_ratings(std::span<const std::vector<std::int32_t>> ratings, std::size_t n_categories);

/// Chance-corrected agreement of a group. A member is missing where it is not defined: no unit with two
/// ratings, or all ratings in one category where chance agrees fully.
struct GroupAgreement {
  double n_units = 0;                   ///< with two ratings or more; sum of the weights
  std::optional<double> observed;       ///< share of agreeing pairs of ratings, mean over units
  std::optional<double> fleiss_kappa;   ///< J. L. Fleiss, Psychol Bull 76 (1971) 378-382
  std::optional<double> gwet_ac1;       ///< K. L. Gwet, Br J Math Stat Psychol 61 (2008) 29-48
  std::optional<double> alpha_nominal;  ///< K. Krippendorff, Content Analysis, 3rd ed. 2013, section 12.3
  std::optional<double> alpha_ordinal;  ///< with the ordinal metric; missing for two categories, where it is
                                        ///< the nominal one
};

/// Units count weights[unit] times, empty: once each. Missing ratings enter as in Gwet, Handbook of
/// Inter-Rater Reliability, 4th ed. 2014, section 2.4: a unit with one rating tells of the prevalence only.
GroupAgreement group_agreement(const RatingCounts& ratings, std::span<const double> weights = {});

}  // namespace radbatch
