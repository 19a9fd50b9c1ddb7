// Grades that have an order: how far a forecast of the grade is from the truth.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace radbatch {

/// Ranked probability score of one unit, 0 best, 1 worst: the mean over the K - 1 cut-offs of the squared
/// difference between the forecast probability of a grade at or below the cut-off and what came true
/// (E. S. Epstein, J Appl Meteorol 8 (1969) 985-987; A. H. Murphy, ibid. 10 (1971) 155-156). Nothing where
/// the probabilities do not sum to 1 within a thousandth, or there are fewer than two grades.
std::optional<double> ranked_probability_score(std::span<const double> probabilities, std::size_t true_grade);

/// Probability of a grade at or above `grade`.
double probability_from(std::span<const double> probabilities, std::size_t grade);

/// Mean grade, counted from 0, under the probabilities, which are divided by their sum.
double expected_grade(std::span<const double> probabilities);

}  // namespace radbatch
