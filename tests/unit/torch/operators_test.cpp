#include "radbatch/torch/operators.hpp"

#include <ATen/core/function_schema.h>
#include <ATen/core/jit_type.h>
#include <doctest/doctest.h>
#include <torch/csrc/jit/runtime/operator.h>

#include "model_files.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/torch/load.hpp"

using namespace radbatch;
using test::TemporaryFolder;

namespace {

Error refusal_of(const std::string& source) {
  const TemporaryFolder folder;
  return test::load_error(test::script_file(folder, source));
}

}  // namespace

TEST_CASE("a network that writes or maps files is refused by the name of the operator") {
  const Error writes =
      refusal_of("def forward(self, x):\n  torch.save(x, \"/tmp/radbatch-was-here\")\n  return x");
  CHECK(writes.exit_code() == ExitCode::model);
  CHECK(writes.message().find(
            " is refused: it calls aten::save in forward, which reaches beyond the network") !=
        std::string::npos);
  CHECK(writes.hint().find("--allow-unverified-model") != std::string::npos);
  CHECK(refusal_of("def forward(self, x): return x + torch.from_file(\"/etc/hostname\", False, 1)")
            .message()
            .find("aten::from_file") != std::string::npos);
}

TEST_CASE("an operator in a branch, or in a function that is not called, counts too") {
  CHECK(refusal_of(
            "def forward(self, x):\n  if bool(torch.sum(x) > 1e9):\n    torch.save(x, \"a\")\n  return x")
            .message()
            .find("aten::save in forward") != std::string::npos);
  CHECK(refusal_of("def other(self, x):\n  torch.save(x, \"a\")\n  return x\n"
                   "def forward(self, x): return x")
            .message()
            .find("aten::save in other") != std::string::npos);
}

TEST_CASE("with --allow-unverified-model it is loaded") {
  const TemporaryFolder folder;
  BackendRequest request =
      test::script_file(folder, "def forward(self, x):\n  torch.save(x, \"a\")\n  return x");
  request.any_operator = true;
  CHECK(load_torch_classifier(request)->describe().at("kind") == "torchscript");
}

TEST_CASE("a network of two inputs is refused, one with a default is not") {
  CHECK(refusal_of("def forward(self, x, mask): return x * mask")
            .message()
            .find("is refused: its forward() needs 2 inputs, radbatch gives it one tensor") !=
        std::string::npos);
  CHECK(refusal_of("def forward(self, x, scale: float = 2.0): return x * scale").message() == "no error");
}

TEST_CASE("every operator of LibTorch that takes the name of a file is known to reach beyond the network") {
  std::size_t found = 0;
  for (const auto& known : torch::jit::getAllOperators()) {
    for (const c10::Argument& argument : known->schema().arguments()) {
      if (argument.type()->kind() != c10::TypeKind::StringType) continue;
      if (argument.name() != "filename" && argument.name() != "path" && argument.name() != "file") continue;
      CHECK_MESSAGE(leaves_the_process(known->schema().name()), known->schema().name());
      ++found;
    }
  }
  CHECK(found >= 2);
}
