#include "radbatch/stats/obuchowski_rockette.hpp"

#include <doctest/doctest.h>

#include "golden_levels.hpp"

using namespace radbatch;

namespace {

// C. W. Van Dyke et al., Cine MRI in the diagnosis of thoracic aortic dissection, RSNA 1993: two modalities,
// five readers, 114 cases. Areas, covariances and results as the program OR-DBM MRMC 2.51 (Hillis, Schartz
// and Berbaum, University of Iowa) prints them, trapezoidal areas, covariances by jackknife.
const std::vector<double> van_dyke{0.91964573, 0.85877617, 0.90386473, 0.97310789, 0.82979066,
                                   0.94782609, 0.90531401, 0.92173913, 0.99935588, 0.92995169};

std::vector<double> covariance(double variance, double cov1, double cov2, double cov3, std::size_t n_tests) {
  const std::size_t side = 5 * n_tests;
  std::vector<double> matrix;
  for (std::size_t a = 0; a < side; ++a)
    for (std::size_t b = 0; b < side; ++b)
      matrix.push_back(a == b ? variance : a % 5 == b % 5 ? cov1 : a / 5 == b / 5 ? cov2 : cov3);
  return matrix;
}

}  // namespace

TEST_CASE("Van Dyke's study: the difference of two modalities as the Iowa program prints it") {
  const ReaderMean ours =
      difference_over_readers(van_dyke, covariance(0.00080229, 0.00034661, 0.00034407, 0.00023903, 2));
  CHECK(std::abs(*ours.estimate.value - -0.04380032) < 5e-9);
  CHECK(std::abs(*ours.standard_error - 0.02075) < 5e-6);
  CHECK(std::abs(*ours.degrees_of_freedom - 15.26) < 0.005);
  CHECK(std::abs(*ours.p_value - 0.0517) < 5e-5);
  CHECK(std::abs(ours.estimate.interval->low - -0.08796) < 5e-6);
  CHECK(std::abs(ours.estimate.interval->high - 0.00036) < 5e-6);
}

TEST_CASE("Van Dyke's study: the mean of each modality as the Iowa program prints it") {
  const std::span<const double> values = van_dyke;
  const ReaderMean cine = mean_over_readers(values.first(5), covariance(0.00101410, 0, 0.00048396, 0, 1));
  CHECK(std::abs(*cine.estimate.value - 0.89703704) < 5e-9);
  CHECK(std::abs(*cine.standard_error - 0.03317360) < 5e-7);
  CHECK(std::abs(*cine.degrees_of_freedom - 12.74) < 0.005);
  CHECK(std::abs(cine.estimate.interval->low - 0.82522360) < 1e-6);
  CHECK(std::abs(cine.estimate.interval->high - 0.96885048) < 1e-6);
  const ReaderMean spin_echo = mean_over_readers(values.last(5), covariance(0.00059047, 0, 0.00020419, 0, 1));
  CHECK(std::abs(*spin_echo.degrees_of_freedom - 12.71) < 0.005);
  CHECK(std::abs(spin_echo.estimate.interval->low - 0.89413783) < 1e-6);
}

TEST_CASE("the analysis of variance with DeLong's covariances, written out in numpy") {
  const Json& golden = golden_levels()["obuchowski_rockette"];
  const ReaderMean ours =
      difference_over_readers(numbers_of(golden["values"]), numbers_of(golden["covariance"]));
  CHECK(agrees(ours.estimate.value, golden["value"]));
  CHECK(agrees(ours.standard_error, golden["standard_error"]));
  CHECK(agrees(ours.degrees_of_freedom, golden["degrees_of_freedom"]));
  CHECK(agrees(ours.p_value, golden["p_value"]));
  CHECK(agrees(ours.estimate.interval, golden["interval"]));
}

TEST_CASE("no reader, one reader, readers that do not vary") {
  CHECK(mean_over_readers({}, {}).estimate.why_not == "fewer than two readers");
  CHECK_FALSE(mean_over_readers({}, {}).estimate.value);
  CHECK(*mean_over_readers(std::vector{0.8}, std::vector{0.01}).estimate.value == 0.8);
  const ReaderMean alike = mean_over_readers(std::vector{0.8, 0.8}, std::vector{0.01, 0.01, 0.01, 0.01});
  CHECK_FALSE(alike.degrees_of_freedom);
  CHECK(alike.estimate.interval->high == doctest::Approx(0.8 + 1.959963984540054 * 0.1));
  const ReaderMean still = mean_over_readers(std::vector{0.8, 0.8}, std::vector<double>(4));
  CHECK(still.estimate.why_not == "neither readers nor cases vary");
}
