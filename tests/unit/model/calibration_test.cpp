#include "radbatch/model/calibration.hpp"

#include <doctest/doctest.h>

#include "example_bundle.hpp"

using namespace radbatch;
using radbatch::testing::example_sidecar;
using radbatch::testing::load;
using radbatch::testing::message_of;

namespace {

Json one_head(const std::string& kind, int findings) {
  Json sidecar = example_sidecar();
  Json head = {{"name", "h"}, {"kind", kind}, {"activation", kind == "multi-class" ? "softmax" : "sigmoid"}};
  for (int i = 0; i < findings; ++i)
    head["findings"].push_back({{"name", std::string(1, static_cast<char>('a' + i))}});
  sidecar["heads"] = Json::array({head});
  return sidecar;
}

Bundle calibrated_bundle(const std::string& head_kind, int findings, const std::string& kind,
                         const Json& parameters) {
  Json sidecar = one_head(head_kind, findings);
  sidecar["calibration"] = {{"kind", kind}, {"parameters", parameters}, {"fitted_on", "500 cases"}};
  return load(sidecar);
}

std::vector<double> apply(const Bundle& bundle, const std::vector<double>& probabilities) {
  return calibrated(bundle.calibration.at(0), bundle.heads.at(0), probabilities);
}

void check_close(const std::vector<double>& found, const std::vector<double>& expected) {
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    CHECK(found[i] == doctest::Approx(expected[i]).epsilon(1e-12));
}

}  // namespace

TEST_CASE("temperature: softmax of the log probabilities, scipy's numbers") {
  const Bundle three = calibrated_bundle("multi-class", 3, "temperature", {{"temperature", 2}});
  check_close(apply(three, {0.2, 0.5, 0.3}), {0.2627510660959602, 0.4154459132503401, 0.32180302065369965});
  check_close(apply(three, {0, 1, 0}), {0, 1, 0});
  const Bundle one = calibrated_bundle("binary", 1, "temperature", {{"temperature", 0.5}});
  check_close(apply(one, {0.3}), {0.15517241379310345});
}

TEST_CASE("platt on the log odds, one curve per finding") {
  const Json curve = {{"slope", 1.5}, {"intercept", -0.25}};
  const Bundle labels =
      calibrated_bundle("multi-label", 2, "platt", {{"a", curve}, {"b", {{"slope", 1}, {"intercept", 0}}}});
  check_close(apply(labels, {0.9, 0.9}), {0.9546024514625787, 0.9});
  check_close(apply(labels, {0, 1}), {0, 1});
  const Bundle classes =
      calibrated_bundle("multi-class", 3, "platt", {{"a", curve}, {"b", curve}, {"c", curve}});
  check_close(apply(classes, {0.2, 0.5, 0.3}), {0.12568196364246315, 0.6202700894572953, 0.2540479469002414});
}

TEST_CASE("beta calibration") {
  const Bundle bundle = calibrated_bundle("multi-label", 3, "beta",
                                          {{"a", {{"a", 0.8}, {"b", 1.2}, {"c", 0.3}}},
                                           {"b", {{"a", 0.8}, {"b", 1.2}, {"c", 0.3}}},
                                           {"c", {{"a", 1}, {"b", 0}, {"c", 0}}}});
  check_close(apply(bundle, {0.1, 0.9, 0.5}), {0.19534671842388396, 0.9516077708805162, 1.0 / 3});
  check_close(apply(bundle, {0, 1, 1}), {0, 1, 0.5});  // without b a certain yes has the log odds c
}

TEST_CASE("isotonic: scikit-learn's thresholds, interpolated and clipped") {
  const Json curve = {{"x", {0.1, 0.2, 0.35, 0.4, 0.6, 0.9}}, {"y", {0, 0, 0.5, 0.5, 1, 1}}};
  Json parameters;
  for (const char* slug : {"a", "b", "c", "d", "e", "f"}) parameters[slug] = curve;
  check_close(
      apply(calibrated_bundle("multi-label", 6, "isotonic", parameters), {0.05, 0.25, 0.375, 0.5, 0.95, 0.2}),
      {0, 0.16666666666666666, 0.5, 0.75, 1, 0});
}

TEST_CASE("classes that all calibrate to nothing share equally") {
  const Json never = {{"x", {0, 1}}, {"y", {0, 0}}};
  check_close(
      apply(calibrated_bundle("multi-class", 2, "isotonic", {{"a", never}, {"b", never}}), {0.5, 0.5}),
      {0.5, 0.5});
}

TEST_CASE("a calibration that turns the order round, or does not fit its head, is refused") {
  const auto refused = [](const std::string& head, const std::string& kind, const Json& parameters) {
    return message_of([&] { calibrated_bundle(head, 1, kind, parameters); });
  };
  CHECK(refused("binary", "temperature", {{"temperature", 0}}) ==
        "radbatch.json: calibration.parameters.temperature must be above 0");
  CHECK(refused("binary", "platt", {{"a", {{"slope", -1}, {"intercept", 0}}}}) ==
        "radbatch.json: calibration.parameters.a.slope must be above 0: a calibration keeps the order of "
        "cases");
  CHECK(refused("binary", "isotonic", {{"a", {{"x", {0, 1}}, {"y", {1, 0}}}}}) ==
        "radbatch.json: calibration.parameters.a.y must be probabilities that do not fall");
  CHECK(refused("binary", "isotonic", {{"a", {{"x", {0, 0}}, {"y", {0, 1}}}}}) ==
        "radbatch.json: calibration.parameters.a.x must rise");
  CHECK(refused("binary", "platt", {{"b", {{"slope", 1}, {"intercept", 0}}}}) != "no error");
  CHECK(refused("binary", "histogram", Json::object()) != "no error");
}

TEST_CASE("several heads: each calibration names its own") {
  Json sidecar = example_sidecar();
  sidecar["heads"].push_back({{"name", "size"},
                              {"kind", "regression"},
                              {"activation", "none"},
                              {"output", "1"},
                              {"findings", {{{"name", "mm"}}}}});
  sidecar["calibration"] = {{"kind", "temperature"}, {"parameters", {{"temperature", 2}}}};
  CHECK(message_of([&] { load(sidecar); }) ==
        "radbatch.json: calibration.head is missing: the model has several heads");
  sidecar["calibration"]["head"] = "size";
  CHECK(message_of([&] { load(sidecar); }) ==
        "radbatch.json: calibration.head is a regression, which has no probabilities");
  sidecar["calibration"]["head"] = "lung";
  CHECK(load(sidecar).calibration.at(0).head == "lung");
}

TEST_CASE("calibration is part of what results belong to") {
  Json sidecar = one_head("binary", 1);
  const std::string plain = sidecar_sha256(load(sidecar));
  sidecar["calibration"] = {{"kind", "temperature"}, {"parameters", {{"temperature", 2}}}};
  CHECK(sidecar_sha256(load(sidecar)) != plain);
}
