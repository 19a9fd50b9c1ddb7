#include "radbatch/openvino/load.hpp"

#include <doctest/doctest.h>

#include <fstream>

#include "graph_files.hpp"
#include "radbatch/base/hash.hpp"

using namespace radbatch;
using test::Changes;
using test::TemporaryFolder;

namespace {

const std::vector<std::int64_t> two_by_three{2, 3};
const std::vector<float> one_to_six{1, 2, 3, 4, 5, 6};

std::vector<OutputArray> run_product(const Changes& changes, int threads = 1) {
  const TemporaryFolder folder;
  BackendRequest request = test::product_files(folder, changes);
  request.threads = threads;
  return load_openvino_classifier(request)->run({two_by_three, one_to_six});
}

/// The refusal of the product with its graph changed, after "OpenVINO cannot load <path>: ".
std::string refusal(const Changes& changes) {
  const TemporaryFolder folder;
  const BackendRequest request = test::product_files(folder, changes);
  const Error error = test::load_error(request);
  CHECK(error.exit_code() == ExitCode::model);
  const std::string doing = "OpenVINO cannot load " + request.path + ": ";
  return error.message().starts_with(doing) ? error.message().substr(doing.size()) : error.message();
}

}  // namespace

TEST_CASE("a network's numbers come back with their names and shapes") {
  const auto outputs = run_product({});
  REQUIRE(outputs.size() == 1);
  CHECK(outputs[0].name == "logits");
  CHECK(outputs[0].shape == std::vector<std::int64_t>{2, 2});
  CHECK(outputs[0].values == std::vector<float>{22, 28, 49, 64});
}

TEST_CASE("an output without a name is called by its position") {
  CHECK(run_product({{R"( names="logits")", ""}, {R"( output_names="logits")", ""}})[0].name == "0");
}

TEST_CASE("the thread count changes nothing, and what is loaded is told") {
  CHECK(run_product({}, 2)[0].values == run_product({}, 1)[0].values);
  const TemporaryFolder folder;
  const Json facts = load_openvino_classifier(test::product_files(folder))->describe();
  CHECK(facts.at("kind") == "openvino");
  CHECK(facts.at("library").get<std::string>().starts_with("OpenVINO 20"));
  CHECK(facts.at("device") == "cpu");
  CHECK(facts.at("threads") == 1);
  CHECK(facts.at("precision") == "fp32");
}

TEST_CASE("what the processor cannot compute in is refused, never replaced") {
  const TemporaryFolder folder;
  BackendRequest request = test::product_files(folder);
  request.precision = "bf16";
  const Error error = test::load_error(request);
  if (error.exit_code() == ExitCode::ok) {
    CHECK(load_openvino_classifier(request)->describe().at("precision") == "bf16");
  } else {
    CHECK(error.message() == "OpenVINO cannot load " + request.path +
                                 ": bf16 was asked for, and OpenVINO computes in fp32 on this processor");
  }
  request.precision = "fp7";
  CHECK(test::load_error(request).message().ends_with(
      "fp7 was asked for, and OpenVINO computes in fp32 on this "
      "processor"));
}

TEST_CASE("an open first dimension becomes the bundle's batch") {
  CHECK(run_product({{"2,3", "?,3"}, {"<dim>2</dim><dim>3</dim>", "<dim>-1</dim><dim>3</dim>"}})[0].values ==
        std::vector<float>{22, 28, 49, 64});
  const TemporaryFolder folder;
  BackendRequest request = test::product_files(folder);
  request.batch = 8;
  CHECK(test::load_error(request).message() ==
        "OpenVINO cannot load " + request.path + ": it takes batches of 2, radbatch.json declares 8");
}

TEST_CASE("a tensor of another shape costs the case") {
  const TemporaryFolder folder;
  const auto network = load_openvino_classifier(test::product_files(folder));
  const std::vector<std::int64_t> turned{3, 2};
  CHECK_THROWS_WITH_AS(network->run({turned, one_to_six}), "the network takes [2,3], the tensor is [3,2]",
                       Error);
  CHECK(network->run({two_by_three, one_to_six})[0].values[0] == 22);
}

TEST_CASE("graphs that could not be run as the bundle says are refused") {
  CHECK(refusal({{R"(output_names="logits")", R"(output_names="logits,scores")"}}) ==
        "its output 0 has 2 names, one was expected");
  CHECK(refusal({{R"(shape="2,3" element_type="f32")", R"(shape="2,3" element_type="i32")"},
                 {R"(<port id="0" precision="FP32"><dim>2</dim><dim>3</dim></port></output>)",
                  R"(<port id="0" precision="I32"><dim>2</dim><dim>3</dim></port></output>)"},
                 {"element_type=\"f32\" shape=\"3, 2\"", "element_type=\"i32\" shape=\"3, 2\""}}) ==
        "its input is i32, float32 was expected");
  CHECK(refusal({{R"(type="MatMul")", R"(type="Frobnicate")"}}).find("Frobnicate") != std::string::npos);
  CHECK(refusal({{"offset=\"0\"", "offset=\"16\""}}).find("weights") != std::string::npos);
}

TEST_CASE("a graph or values with another hash are not parsed") {
  const TemporaryFolder folder;
  const BackendRequest good = test::product_files(folder);
  BackendRequest other = good;
  other.sha256 = std::string(64, 'a');
  CHECK(test::load_error(other).message() == good.path +
                                                 " is not the file the bundle describes: its SHA-256 is " +
                                                 good.sha256 + ", " + other.sha256 + " expected");
  other = good;
  other.weights_sha256 = std::string(64, 'b');
  CHECK(test::load_error(other).message() ==
        good.weights_path + " is not the file the bundle describes: its SHA-256 is " + good.weights_sha256 +
            ", " + other.weights_sha256 + " expected");
  CHECK(test::load_error(other).exit_code() == ExitCode::model);
}

TEST_CASE("without expected hashes the files are loaded, and cut ones refused") {
  const TemporaryFolder folder;
  BackendRequest request = test::product_files(folder);
  request.sha256 = request.weights_sha256 = "";
  CHECK(test::load_error(request).message() == "no error");
  std::filesystem::resize_file(request.path, 900);
  CHECK(test::load_error(request).message().starts_with("OpenVINO cannot load " + request.path + ": "));
  std::filesystem::resize_file(request.path, 3);
  CHECK(test::load_error(request).message().find(" was expected") != std::string::npos);
}

TEST_CASE("missing values, another kind and another device each say what they are") {
  const TemporaryFolder folder;
  BackendRequest request = test::product_files(folder);
  request.device = "cuda:0";
  CHECK(test::load_error(request).exit_code() == ExitCode::device);
  request.device = "cpu";
  request.kind = "torchscript";
  CHECK(test::load_error(request).message() ==
        request.path + ": \"torchscript\" is no kind of backend that OpenVINO runs; known: openvino");
  request.kind = "openvino";
  std::filesystem::remove(request.weights_path);
  CHECK(test::load_error(request).message() == "cannot read " + request.weights_path);
  std::filesystem::remove(request.path);
  CHECK(test::load_error(request).exit_code() == ExitCode::model);
}
