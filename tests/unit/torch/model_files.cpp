#include "model_files.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Functions.h>
#include <caffe2/serialize/inline_container.h>
#include <torch/csrc/jit/api/module.h>

#include "radbatch/base/hash.hpp"
#include "radbatch/torch/load.hpp"

namespace radbatch::test {
namespace {

BackendRequest request_for(const std::filesystem::path& path, const std::string& kind,
                           const TemporaryFolder& folder) {
  return {path.string(), kind, sha256_file(path), "cpu", 1, (folder.path() / "cache").string()};
}

BackendRequest save(const torch::jit::Module& module, const TemporaryFolder& folder) {
  const auto path = folder.path() / "model.ts";
  module.save(path.string());
  return request_for(path, "torchscript", folder);
}

}  // namespace

BackendRequest script_file(const TemporaryFolder& folder, const std::string& source) {
  torch::jit::Module module("Model");
  module.define(source + "\n");
  return save(module, folder);
}

BackendRequest network_file(const TemporaryFolder& folder) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(7);
  torch::jit::Module module("Network");
  auto weights = [&](const std::string& name, std::vector<std::int64_t> shape) {
    module.register_parameter(name, at::mul(at::randn(shape, generator), 0.2), false);
  };
  weights("first", {16, 1, 3, 3});
  weights("second", {32, 16, 3, 3});
  weights("third", {64, 32, 3, 3});
  weights("head", {6, 64});
  module.define(R"(
    def forward(self, x):
        x = torch.max_pool2d(torch.relu(torch.conv2d(x, self.first, None, [1, 1], [1, 1])), [2, 2])
        x = torch.max_pool2d(torch.relu(torch.conv2d(x, self.second, None, [1, 1], [1, 1])), [2, 2])
        x = torch.relu(torch.conv2d(x, self.third, None, [1, 1], [1, 1]))
        return torch.matmul(torch.mean(x, [2, 3]), torch.t(self.head))
  )");
  return save(module, folder);
}

BackendRequest volume_network_file(const TemporaryFolder& folder) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(11);
  torch::jit::Module module("VolumeNetwork");
  auto weights = [&](const std::string& name, std::vector<std::int64_t> shape) {
    module.register_parameter(name, at::mul(at::randn(shape, generator), 0.2), false);
  };
  weights("first", {16, 1, 3, 3, 3});
  weights("second", {16, 16, 3, 3, 3});
  weights("third", {16, 16, 1, 1, 1});
  weights("head", {3, 16});
  module.define(R"(
    def forward(self, x):
        x = torch.relu(torch.conv3d(x, self.first, None, [2, 2, 2], [1, 1, 1]))
        y = torch.relu(torch.conv3d(x, self.second, None, [1, 1, 1], [1, 1, 1]))
        y = torch.conv3d(y, self.third)
        y += x
        y = torch.relu_(y)
        return {"logits": torch.matmul(torch.mean(y, [2, 3, 4]), torch.t(self.head))}
  )");
  return save(module, folder);
}

BackendRequest dense_network_file(const TemporaryFolder& folder) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(13);
  torch::jit::Module module("DenseNetwork");
  auto numbers = [&](const std::string& name, std::vector<std::int64_t> shape, double scale, double offset) {
    const at::Tensor values = at::add(at::mul(at::randn(shape, generator), scale), offset);
    module.register_parameter(name, values, false);
  };
  numbers("first", {16, 1, 3, 3}, 0.2, 0);
  numbers("second", {16, 16, 3, 3}, 0.2, 0);
  numbers("third", {16, 32, 3, 3}, 0.2, 0);
  numbers("weight", {48}, 0.2, 1);
  numbers("bias", {48}, 0.3, 0);
  numbers("mean", {48}, 0.3, 0);
  numbers("variance", {48}, 0.1, 1);
  numbers("head", {3, 48}, 0.2, 0);
  module.define(R"(
    def norm(self, x, n: int):
        return torch.relu_(torch.batch_norm(x, self.weight[:n], self.bias[:n], self.mean[:n], self.variance[:n],
                                            False, 0.1, 1e-5, False))
    def forward(self, x):
        x = torch.conv2d(x, self.first, None, [2, 2], [1, 1])
        x = torch.cat([x, torch.conv2d(self.norm(x, 16), self.second, None, [1, 1], [1, 1])], 1)
        x = torch.cat([x, torch.conv2d(self.norm(x, 32), self.third, None, [1, 1], [1, 1])], 1)
        return torch.matmul(torch.mean(self.norm(x, 48), [2, 3]), torch.t(self.head))
  )");
  return save(module, folder);
}

BackendRequest archive_file(const TemporaryFolder& folder, const std::string& file, const std::string& kind,
                            const std::vector<std::pair<std::string, std::string>>& records) {
  const auto path = folder.path() / file;
  {
    caffe2::serialize::PyTorchStreamWriter writer(path.string());
    for (const auto& [name, content] : records) writer.writeRecord(name, content.data(), content.size());
    writer.writeEndOfFile();
  }
  return request_for(path, kind, folder);
}

Error load_error(const BackendRequest& request) {
  try {
    load_torch_classifier(request);
  } catch (const Error& error) {
    return error;
  }
  return Error(ExitCode::ok, "no error");
}

}  // namespace radbatch::test
