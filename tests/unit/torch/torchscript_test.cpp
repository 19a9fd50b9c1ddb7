#include <doctest/doctest.h>

#include <fstream>

#include "model_files.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/torch/load.hpp"

using namespace radbatch;
using test::TemporaryFolder;

/// Read by AddressSanitizer alone: an allocation that is too large fails as it does without it.
extern "C" const char* __asan_default_options() {
  return "allocator_may_return_null=1";
}

namespace {

const std::vector<std::int64_t> two_by_three{2, 3};
const std::vector<float> one_to_six{1, 2, 3, 4, 5, 6};

/// Outputs of a module with this forward() for the values 1 to 6 as a 2x3 tensor.
std::vector<OutputArray> run_script(const std::string& source) {
  const TemporaryFolder folder;
  return load_torch_classifier(test::script_file(folder, source))->run({two_by_three, one_to_six});
}

Error run_error(const std::string& source) {
  try {
    run_script(source);
  } catch (const Error& error) {
    return error;
  }
  return Error(ExitCode::ok, "no error");
}

/// Images of 1x64x64 with values between -1 and 1 that repeat nowhere.
std::vector<float> images(std::size_t count) {
  std::vector<float> values(count * 64 * 64);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>((i * 2654435761U) % 20011) / 10005 - 1;
  return values;
}

}  // namespace

TEST_CASE("a module's numbers come back with their shape") {
  const auto outputs = run_script("def forward(self, x): return torch.sum(x, [1], True) * 2");
  REQUIRE(outputs.size() == 1);
  CHECK(outputs[0].name == "0");
  CHECK(outputs[0].shape == std::vector<std::int64_t>{2, 1});
  CHECK(outputs[0].values == std::vector<float>{12, 30});
}

TEST_CASE("a network that writes into its input leaves the caller's values alone") {
  const TemporaryFolder folder;
  const auto classifier =
      load_torch_classifier(test::script_file(folder, "def forward(self, x):\n  x += 1\n  return x.mul_(2)"));
  const std::vector<float> values = one_to_six;
  CHECK(classifier->run({two_by_three, values})[0].values == std::vector<float>{4, 6, 8, 10, 12, 14});
  CHECK(values == one_to_six);
}

TEST_CASE("outputs that do not lie in memory order are put in order") {
  const auto outputs = run_script("def forward(self, x): return torch.t(torch.t(x) + 1)");
  CHECK(outputs[0].values == std::vector<float>{2, 3, 4, 5, 6, 7});
}

TEST_CASE("a tuple, a list and a dictionary give named outputs") {
  const auto tuple = run_script("def forward(self, x): return (x, x[:, 0])");
  REQUIRE(tuple.size() == 2);
  CHECK(tuple[1].name == "1");
  CHECK(tuple[1].shape == std::vector<std::int64_t>{2});
  CHECK(tuple[1].values == std::vector<float>{1, 4});
  CHECK(run_script("def forward(self, x): return [x, x * 2]")[1].values ==
        std::vector<float>{2, 4, 6, 8, 10, 12});
  const auto dictionary = run_script("def forward(self, x): return {\"logits\": x, \"features\": x * 2}");
  REQUIRE(dictionary.size() == 2);
  CHECK(dictionary[0].name == "logits");
  CHECK(dictionary[1].name == "features");
  CHECK(dictionary[1].values[5] == 12);
}

TEST_CASE("double and half precision outputs become float32") {
  CHECK(run_script("def forward(self, x): return x.double()")[0].values == one_to_six);
  CHECK(run_script("def forward(self, x): return x.half()")[0].values == one_to_six);
}

TEST_CASE("outputs that are no float tensor over the batch are refused by name") {
  CHECK(run_error("def forward(self, x): return torch.argmax(x, 1)").message() ==
        "output \"0\" is a tensor of Long, floating point was expected");
  CHECK(run_error("def forward(self, x): return (x, torch.sum(x))").message() ==
        "output \"1\" is a tensor with no dimension, the batch of 2 was expected");
  CHECK(run_error("def forward(self, x): return x[:1]").message() ==
        "output \"0\" is a tensor with first dimension 1, the batch of 2 was expected");
  CHECK(run_error("def forward(self, x): return (x, (x, x))").message() ==
        "output \"1\" is a Tuple, a tensor was expected");
  CHECK(run_error("def forward(self, x): return 3").reason() == Reason::model_output);
}

TEST_CASE("a network that raises or does not fit its input costs the case, in one line") {
  const Error raised = run_error("def forward(self, x):\n  assert x[0, 0] > 1, \"no liver\"\n  return x");
  CHECK(raised.reason() == Reason::model_output);
  CHECK(raised.message() == "the network failed: RuntimeError: AssertionError: no liver");
  const Error misfit = run_error("def forward(self, x): return torch.matmul(x, x)");
  CHECK(misfit.message() ==
        "the network failed: RuntimeError: mm: mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)");
}

TEST_CASE("a network that wants more memory than there is ends the case as out of memory") {
  const Error error = run_error("def forward(self, x): return torch.zeros([2, 1000000000000000])");
  CHECK(error.reason() == Reason::out_of_memory);
  CHECK(error.message().find("8000000000000000 bytes") != std::string::npos);
}

TEST_CASE("a value that is not a number is named by run_in_batches") {
  const TemporaryFolder folder;
  const auto classifier =
      load_torch_classifier(test::script_file(folder, "def forward(self, x): return torch.log(x - 2)"));
  CHECK_THROWS_WITH_AS(run_in_batches(*classifier, {two_by_three, one_to_six}, 2),
                       "output \"0\" of item 0 is not a number", Error);
}

TEST_CASE("a file with another hash is not parsed") {
  const TemporaryFolder folder;
  BackendRequest request = test::script_file(folder, "def forward(self, x): return x");
  const std::string found = request.sha256;
  request.sha256 = std::string(64, 'a');
  const Error error = test::load_error(request);
  CHECK(error.exit_code() == ExitCode::model);
  CHECK(error.message() == request.path + " is not the file the bundle describes: its SHA-256 is " + found +
                               ", " + request.sha256 + " expected");
  std::ofstream(request.path) << "not a model at all";
  CHECK(test::load_error(request).message().find("its SHA-256 is") != std::string::npos);
}

TEST_CASE("without an expected hash the file is loaded") {
  const TemporaryFolder folder;
  BackendRequest request = test::script_file(folder, "def forward(self, x): return x");
  request.sha256.clear();
  CHECK(load_torch_classifier(request)->run({two_by_three, one_to_six})[0].values == one_to_six);
}

TEST_CASE("a state_dict, a text file, a missing file and an unknown kind each say what they are") {
  const TemporaryFolder folder;
  BackendRequest request =
      test::archive_file(folder, "state.pt", "torchscript", {{"data.pkl", "x"}, {"data/0", "y"}});
  const Error checkpoint = test::load_error(request);
  CHECK(checkpoint.exit_code() == ExitCode::model);
  CHECK(checkpoint.message() ==
        request.path +
            " is a PyTorch checkpoint (torch.save: weights without code); a TorchScript file was expected");
  CHECK(checkpoint.hint().starts_with("build the network in Python, load these weights and export it: "));
  request.kind = "onnx";
  CHECK(test::load_error(request).message() ==
        request.path + ": \"onnx\" is no kind of backend; known: torchscript, aotinductor");
  CHECK(test::load_error({"/nowhere/model.ts", "torchscript", "", "cpu", 1, ""}).exit_code() ==
        ExitCode::model);
}

TEST_CASE("a damaged TorchScript file is refused with LibTorch's reason") {
  const TemporaryFolder folder;
  const BackendRequest request =
      test::archive_file(folder, "broken.ts", "torchscript",
                         {{"data.pkl", "no pickle"}, {"constants.pkl", "none"}, {"code/__torch__.py", "?"}});
  const Error error = test::load_error(request);
  CHECK(error.exit_code() == ExitCode::model);
  CHECK(error.message().starts_with("LibTorch cannot load " + request.path + ": "));
  CHECK(error.message().find('\n') == std::string::npos);
}

TEST_CASE("what is loaded is described") {
  const TemporaryFolder folder;
  BackendRequest request = test::network_file(folder);
  request.threads = 2;
  const Json described = load_torch_classifier(request)->describe();
  CHECK(described.at("kind") == "torchscript");
  CHECK(described.at("library").get<std::string>().starts_with("LibTorch 2."));
  CHECK(described.at("device") == "cpu");
  CHECK(described.at("threads") == 2);
  CHECK(described.at("variant") ==
        Json{{"graph", "frozen"}, {"precision", "fp32"}, {"batches", "powers-of-two"}});
}

TEST_CASE("first and later runs, and one and two threads, give the same bits") {
  const TemporaryFolder folder;
  BackendRequest request = test::network_file(folder);
  const std::vector<float> values = images(21);
  const std::vector<std::int64_t> shape{21, 1, 64, 64};
  const auto one_thread = load_torch_classifier(request);
  const auto first = run_in_batches(*one_thread, {shape, values}, 16)[0].values;
  REQUIRE(first.size() == 21 * 6);
  CHECK(first[0] != first[6]);
  for (int again = 0; again < 3; ++again)
    CHECK(run_in_batches(*one_thread, {shape, values}, 16)[0].values == first);

  request.threads = 2;
  CHECK(run_in_batches(*load_torch_classifier(request), {shape, values}, 16)[0].values == first);
}
