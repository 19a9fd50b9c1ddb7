#include <doctest/doctest.h>

#include <cmath>

#include "model_files.hpp"
#include "radbatch/base/cpu_isa.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/torch/load.hpp"

using namespace radbatch;
using test::TemporaryFolder;

namespace {

using Shape = std::vector<std::int64_t>;
const Shape volume{1, 20, 20, 20}, image{1, 30, 30};

Shape of(std::int64_t count, const Shape& item) {
  Shape shape{count};
  shape.insert(shape.end(), item.begin(), item.end());
  return shape;
}

std::vector<float> items(std::int64_t count, const Shape& item) {
  for (const std::int64_t extent : item) count *= extent;
  std::vector<float> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>((i * 2654435761U) % 20011) / 10005 - 1;
  return values;
}

/// What the network says to three items, run as that variant.
std::vector<float> outputs_as(BackendRequest request, const Json& variant, const Shape& item = volume) {
  request.variant = variant;
  request.probe_shape = of(1, item);
  request.probe = items(1, item);
  const auto classifier = load_torch_classifier(request);
  CHECK((variant.is_null() || classifier->describe().at("variant") == variant));
  return run_in_batches(*classifier, {of(3, item), items(3, item)}, 8).at(0).values;
}

double largest_difference(const std::vector<float>& left, const std::vector<float>& right) {
  REQUIRE(left.size() == right.size());
  double largest = 0;
  for (std::size_t i = 0; i < left.size(); ++i)
    largest = std::max(largest, std::abs(double{left[i]} - right[i]));
  return largest;
}

Json form(const std::string& graph, const std::string& precision = "fp32",
          const std::string& batches = "powers-of-two") {
  return {{"graph", graph}, {"precision", precision}, {"batches", batches}};
}

Error error_with(BackendRequest request, const std::string& precision) {
  request.precision = precision;
  return test::load_error(request);
}

}  // namespace

TEST_CASE("every form of a network gives the numbers of the plain one") {
  const TemporaryFolder folder;
  const BackendRequest request = test::volume_network_file(folder);
  const auto plain = outputs_as(request, form("plain"));
  REQUIRE(plain.size() == 9);
  CHECK(largest_difference(plain, std::vector<float>(9, 0)) > 0.01);
  for (const char* graph : {"frozen", "channels-last", "prepacked"}) {
    CAPTURE(graph);
    CHECK(largest_difference(plain, outputs_as(request, form(graph))) < 1e-5);
  }
  CHECK(largest_difference(plain, outputs_as(request, form("frozen", "fp32", "padded"))) < 1e-5);
}

TEST_CASE("features that are joined, normed and clipped in one pass are those of the plain network") {
  const TemporaryFolder folder;
  const BackendRequest request = test::dense_network_file(folder);
  const auto plain = outputs_as(request, form("plain"), image);
  CHECK(largest_difference(plain, std::vector<float>(9, 0)) > 0.01);
  CHECK(largest_difference(plain, outputs_as(request, form("prepacked"), image)) < 1e-5);
}

TEST_CASE("a form gives the same bits again, on one thread and on two") {
  const TemporaryFolder folder;
  BackendRequest request = test::volume_network_file(folder);
  const auto first = outputs_as(request, form("prepacked"));
  CHECK(outputs_as(request, form("prepacked")) == first);
  request.threads = 2;
  CHECK(outputs_as(request, form("prepacked")) == first);
}

TEST_CASE("without a choice made before, forms are timed, the fastest taken, and what was tried is told") {
  const TemporaryFolder folder;
  BackendRequest request = test::volume_network_file(folder);
  request.probe_shape = of(1, volume);
  request.probe = items(1, volume);
  const Json described = load_torch_classifier(request)->describe();
  const Json& tried = described.at("self_check");
  for (const char* graph : {"frozen", "channels-last", "prepacked"}) CHECK(tried.at(graph).is_number());
  CHECK(tried.contains(described.at("variant").at("graph").get<std::string>()));
}

TEST_CASE("a form that cannot be is left out, with the reason") {
  const TemporaryFolder folder;
  BackendRequest request = test::script_file(folder, "def forward(self, x): return x * 2");
  request.probe_shape = {1, 3};
  request.probe = {1, 2, 3};
  const Json described = load_torch_classifier(request)->describe();
  CHECK(described.at("variant").at("graph") == "frozen");
  CHECK(described.at("self_check").at("prepacked") == "its input has no form with the channels last");
}

TEST_CASE("a choice that this version does not know is refused") {
  const TemporaryFolder folder;
  BackendRequest request = test::volume_network_file(folder);
  request.variant = form("fused");
  CHECK(test::load_error(request).message().find("which this version of radbatch does not have") !=
        std::string::npos);
}

TEST_CASE("bf16 needs a known answer, and the instructions") {
  const TemporaryFolder folder;
  BackendRequest request = test::volume_network_file(folder);
  CHECK(error_with(request, "bf16").message() == "the bundle has no known answer that could prove bf16");
  if (cpu_has_bf16()) {
    const auto plain = outputs_as(request, form("plain"));
    const double difference = largest_difference(plain, outputs_as(request, form("prepacked", "bf16")));
    CHECK(difference > 1e-6);
    CHECK(difference < 0.02);
    return;
  }
  request.probe_shape = of(1, volume);
  request.probe = items(1, volume);
  CHECK(error_with(request, "bf16").message() ==
        "this processor has no instructions for bf16 (AVX512-BF16 or AMX)");
}
