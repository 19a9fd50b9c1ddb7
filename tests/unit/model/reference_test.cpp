#include "radbatch/model/reference.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <cstring>
#include <limits>

#include "example_bundle.hpp"
#include "radbatch/base/hash.hpp"

using namespace radbatch;
using radbatch::testing::BundleFolder;
using radbatch::testing::example_sidecar;
using radbatch::testing::load;
using radbatch::testing::message_of;

namespace {

/// A .npy file of float32, as numpy.save writes it.
std::string npy(const std::string& shape, const std::vector<float>& values) {
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + shape + "), }";
  header.resize(117, ' ');
  header += '\n';
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += static_cast<char>(header.size());
  bytes += '\0';
  bytes += header;
  return bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
}

const std::vector<float> covariance{2, .5F, .25F, .5F, 1.5F, -.5F, .25F, -.5F, 1};

/// A bundle whose reference has these arrays.
class ReferenceFolder : public BundleFolder {
 public:
  ReferenceFolder(const std::string& mean, const std::string& matrix, double shrinkage = 0) {
    write("reference/mean.npy", mean);
    write("reference/covariance.npy", matrix);
    Json sidecar = example_sidecar();
    sidecar["reference"]["features"] = {{"output", "features"},
                                        {"mean", "reference/mean.npy"},
                                        {"mean_sha256", sha256_hex(mean)},
                                        {"covariance", "reference/covariance.npy"},
                                        {"covariance_sha256", sha256_hex(matrix)},
                                        {"shrinkage", shrinkage},
                                        {"limit", 4.5}};
    write("radbatch.json", sidecar.dump());
  }
  FeatureDistance distance() const {
    const Bundle bundle = load_bundle(path);
    return {*bundle.reference.features, path};
  }
};

const std::vector<double> features{1, 2, -1};

HistogramReference histogram(HistogramDistance distance) {
  return {{0, 1, 3, 4, 8}, {.25, .25, .5, 0}, distance, std::nullopt};
}

}  // namespace

TEST_CASE("Mahalanobis distance: scipy's number, the nearest of several means, shrinkage") {
  const std::string matrix = npy("3, 3", covariance);
  CHECK(ReferenceFolder(npy("3,", {.5F, .25F, 0}), matrix).distance()(features) ==
        doctest::Approx(1.5032017112202158).epsilon(1e-12));
  CHECK(ReferenceFolder(npy("2, 3", {.5F, .25F, 0, 1, 1, -1}), matrix).distance()(features) ==
        doctest::Approx(0.9766504768063925).epsilon(1e-12));
  CHECK(ReferenceFolder(npy("3,", {.5F, .25F, 0}), matrix, 0.1).distance()(features) ==
        doctest::Approx(1.517864474942003).epsilon(1e-12));
}

TEST_CASE("a singular covariance is refused, or shrunk as declared") {
  const std::string mean = npy("2,", {0, 0}), singular = npy("2, 2", {1, 1, 1, 1});
  CHECK(message_of([&] {
          ReferenceFolder(mean, singular).distance();
        }).find("is singular with shrinkage 0: no distance can be measured with it") != std::string::npos);
  // (1 - s) + s, (1 - s) off the diagonal; for (1, -1) the distance is sqrt(2 / s).
  CHECK(ReferenceFolder(mean, singular, 0.5).distance()(std::vector<double>{1, -1}) == doctest::Approx(2));
}

TEST_CASE("arrays that are not what the sidecar says are refused") {
  const std::string mean = npy("3,", {0, 0, 0}), matrix = npy("3, 3", covariance);
  const ReferenceFolder changed(mean, matrix);
  changed.write("reference/mean.npy", npy("3,", {0, 0, 1}));
  CHECK(message_of([&] { changed.distance(); }).ends_with("has not the declared SHA-256"));
  CHECK(message_of([&] {
          ReferenceFolder(npy("2,", {0, 0}), matrix).distance();
        }).starts_with("the reference's mean is 2 and its covariance 3x3"));
  std::vector<float> lopsided = covariance;
  lopsided[1] = 0.75F;
  CHECK(message_of([&] {
          ReferenceFolder(mean, npy("3, 3", lopsided)).distance();
        }).ends_with("is not symmetric at [1, 0]"));
  const FeatureDistance distance = ReferenceFolder(mean, matrix).distance();
  CHECK(message_of([&] { distance(std::vector<double>{1}); }) ==
        "the network gave 1 features, the reference has 3");
}

TEST_CASE("a histogram: half-open bins, the last closed, values outside in the ends") {
  const HistogramReference reference = histogram(HistogramDistance::jensen_shannon);
  CHECK(histogram_of(std::vector<float>{-9, 0, 0.5F, 1, 2.9F, 3, 4, 8, 99, 7}, reference) ==
        std::vector<double>{0.3, 0.2, 0.1, 0.4});
  CHECK_THROWS(histogram_of(std::vector<float>{std::numeric_limits<float>::quiet_NaN()}, reference));
}

TEST_CASE("distances of histograms: scipy's numbers, nothing for the same") {
  const std::vector<double> seen{.1, .2, .3, .4}, same{.25, .25, .5, 0}, apart{0, 0, 0, 1};
  CHECK(histogram_distance(seen, histogram(HistogramDistance::jensen_shannon)) ==
        doctest::Approx(0.4941540102713461).epsilon(1e-12));
  CHECK(histogram_distance(seen, histogram(HistogramDistance::wasserstein)) ==
        doctest::Approx(1.525).epsilon(1e-12));
  CHECK(histogram_distance(same, histogram(HistogramDistance::jensen_shannon)) == 0);
  CHECK(histogram_distance(apart, histogram(HistogramDistance::jensen_shannon)) == 1);
}

TEST_CASE("the reference of a sidecar is read strictly") {
  Json sidecar = example_sidecar();
  CHECK(!load(sidecar).reference.features);
  sidecar["reference"] = {{"histogram", {{"edges", {0, 1}}, {"fractions", {0.5}}}}};
  CHECK(message_of([&] { load(sidecar); }) ==
        "radbatch.json: reference.histogram.fractions must be shares of 1; they add up to 0.5");
  sidecar["reference"] = {{"histogram", {{"edges", {1, 0}}, {"fractions", {1}}}}};
  CHECK(message_of([&] { load(sidecar); }) == "radbatch.json: reference.histogram.edges must rise");
  sidecar["reference"] = {{"features", {{"mean", "m.npy"}}}};
  CHECK(message_of([&] { load(sidecar); }) ==
        "radbatch.json: reference.features.output is missing: it names the network's output of features");
  sidecar["reference"] = {{"features", {{"output", "f"}, {"mean", "../m.npy"}}}};
  CHECK(message_of([&] { load(sidecar); }) ==
        "radbatch.json: reference.features.mean must be a path inside the bundle");
}
