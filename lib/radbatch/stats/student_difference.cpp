#include "radbatch/stats/student_difference.hpp"

#include <boost/math/distributions/students_t.hpp>
#include <cmath>

namespace radbatch {

Difference student_difference(double value, double standard_error, double degrees, double level,
                              const std::string& method, const std::string& when_zero) {
  Difference result;
  result.estimate.value = value;
  if (!(standard_error > 0) || !(degrees >= 1)) {
    result.estimate.why_not = when_zero;
    return result;
  }
  const boost::math::students_t student(degrees);
  result.standard_error = standard_error;
  const double t = boost::math::quantile(boost::math::complement(student, (1 - level) / 2));
  result.estimate.interval = Interval{value - t * standard_error, value + t * standard_error, level, method};
  result.p = 2 * boost::math::cdf(boost::math::complement(student, std::abs(value) / standard_error));
  return result;
}

double welch_degrees(const EstimatedVariance& first, const EstimatedVariance& second) {
  const double sum = first.variance + second.variance;
  return sum * sum /
         (first.variance * first.variance / first.degrees +
          second.variance * second.variance / second.degrees);
}

}  // namespace radbatch
