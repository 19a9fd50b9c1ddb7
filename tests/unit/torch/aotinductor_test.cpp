// Runs a package that tests/run.sh --oracles compiles with models/tools/compile.py, against its TorchScript
// source.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>

#include "model_files.hpp"
#include "radbatch/base/cpu_isa.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/torch/load.hpp"

using namespace radbatch;

namespace {

const std::vector<std::int64_t> shape{16, 1, 64, 64};

std::vector<float> sixteen_images() {
  std::vector<float> values(16 * 64 * 64);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>((i * 2654435761U) % 20011) / 20011;
  return values;
}

/// Both files are named by the environment; they take 16 x 1 x 64 x 64.
bool files_are_there() {
  const bool there =
      std::getenv("RADBATCH_TEST_PT2") != nullptr && std::getenv("RADBATCH_TEST_TS") != nullptr;
  if (!there) MESSAGE("skipped: RADBATCH_TEST_PT2 and RADBATCH_TEST_TS do not name a package and its source");
  return there;
}

BackendRequest request_from(const char* variable, const std::string& kind,
                            const test::TemporaryFolder& folder) {
  const std::string path = std::getenv(variable);
  return {path, kind, sha256_file(path), "cpu", 1, (folder.path() / "cache").string()};
}

}  // namespace

TEST_CASE("a compiled package gives its source's outputs, the same bits every time and on two threads") {
  if (!files_are_there()) return;
  const test::TemporaryFolder folder;
  const auto values = sixteen_images();
  const auto expected =
      load_torch_classifier(request_from("RADBATCH_TEST_TS", "torchscript", folder))->run({shape, values});

  BackendRequest request = request_from("RADBATCH_TEST_PT2", "aotinductor", folder);
  const auto classifier = load_torch_classifier(request);
  const auto first = classifier->run({shape, values});
  REQUIRE(first.size() == expected.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    CHECK(first[i].name == expected[i].name);
    CHECK(first[i].shape == expected[i].shape);
    REQUIRE(first[i].values.size() == expected[i].values.size());
    for (std::size_t k = 0; k < first[i].values.size(); ++k) {
      REQUIRE(first[i].values[k] == doctest::Approx(expected[i].values[k]).epsilon(1e-4));
    }
  }
  CHECK(classifier->run({shape, values})[0].values == first[0].values);
  const auto five = run_in_batches(
      *classifier, {std::vector<std::int64_t>{5, 1, 64, 64}, std::span(values).first(5 * 64 * 64)}, 16);
  CHECK(five[0].values ==
        std::vector<float>(first[0].values.begin(), first[0].values.begin() + 5 * first[0].shape[1]));
  request.threads = 2;
  CHECK(load_torch_classifier(request)->run({shape, values})[0].values == first[0].values);
}

TEST_CASE("a compiled package says what it is compiled for") {
  if (!files_are_there()) return;
  const test::TemporaryFolder folder;
  const Json described =
      load_torch_classifier(request_from("RADBATCH_TEST_PT2", "aotinductor", folder))->describe();
  CHECK(described.at("kind") == "aotinductor");
  CHECK(described.at("compiled_for") == cpu_isa());
  CHECK(described.at("device") == "cpu");
}

TEST_CASE("a compiled package refuses an input of another shape instead of reading beyond it") {
  if (!files_are_there()) return;
  const test::TemporaryFolder folder;
  const auto classifier = load_torch_classifier(request_from("RADBATCH_TEST_PT2", "aotinductor", folder));
  const std::vector<float> small(2 * 64 * 64);
  try {
    classifier->run({std::vector<std::int64_t>{2, 1, 64, 64}, small});
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.reason() == Reason::model_output);
    CHECK(error.message() ==
          "the network failed: input_handles[0]: unmatched dim value at 0, expected: 16, but got: 2");
  }
}
