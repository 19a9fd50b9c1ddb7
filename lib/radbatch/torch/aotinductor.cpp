#include "radbatch/torch/aotinductor.hpp"

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <c10/core/InferenceMode.h>
#include <stdlib.h>
#include <torch/csrc/inductor/aoti_package/model_package_loader.h>
#include <torch/version.h>

#include "radbatch/base/cpu_isa.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/torch/faults.hpp"
#include "radbatch/torch/output_names.hpp"
#include "radbatch/torch/tensors.hpp"
#include "radbatch/torch/upload.hpp"

namespace radbatch {
namespace {

namespace fs = std::filesystem;
using torch::inductor::AOTIModelPackageLoader;

constexpr const char* compile_hint =
    "compile it on this machine: python3 models/tools/compile.py SOURCE --shape N,C,H,W";

/// What the compiler noted about the machine, read from a file: asking the loader would run the code first.
Json read_compile_notes(const fs::path& folder) {
  for (const auto& entry : fs::recursive_directory_iterator(folder / "data/aotinductor")) {
    if (entry.path().filename().string().ends_with("wrapper_metadata.json"))
      return read_json_file(entry.path());
  }
  throw Error(ExitCode::model, "it has no wrapper_metadata.json", compile_hint);
}

std::string require_machine(const fs::path& folder, const Device& device) {
  const Json notes = read_compile_notes(folder);
  const std::string isa = to_lower_ascii(notes.value("AOTI_CPU_ISA", ""));
  if (!cpu_runs(isa)) {
    throw Error(ExitCode::model,
                "it is compiled for " + (isa.empty() ? "an unknown CPU" : printable(isa)) +
                    ", this CPU has " + cpu_isa(),
                compile_hint);
  }
  const std::string compiled_for = notes.value("AOTI_DEVICE_KEY", "");
  const std::string wanted = device.cuda ? "cuda" : "cpu";
  if (compiled_for != wanted) {
    throw Error(ExitCode::model, "it is compiled for device " + printable(compiled_for) + ", not " + wanted,
                compile_hint);
  }
  return isa;
}

class AotInductorClassifier final : public Classifier {
 public:
  AotInductorClassifier(std::unique_ptr<AOTIModelPackageLoader> loader, Device device, std::string isa)
      : loader_(std::move(loader)), upload_(std::move(device)), isa_(std::move(isa)) {
    names_ = output_names(loader_->get_call_spec().at(1));
  }

  std::vector<OutputArray> run(const TensorView& batch) override {
    try {
      const c10::InferenceMode guard;
      const auto tensors = loader_->run({upload_(batch)});
      std::vector<OutputArray> outputs;
      for (const at::Tensor& tensor : tensors) {
        const std::size_t i = outputs.size();
        outputs.push_back(
            to_output(i < names_.size() ? names_[i] : std::to_string(i), tensor, batch.shape[0]));
      }
      return outputs;
    } catch (...) {
      rethrow_as_case_error("the network failed");
    }
  }

  Json describe() const override {
    return {{"kind", "aotinductor"},
            {"library", std::string("LibTorch ") + TORCH_VERSION},
            {"device", upload_.device().name()},
            {"threads", at::get_num_threads()},
            {"isa", cpu_isa()},
            {"compiled_for", isa_},
            {"variant", {{"graph", "compiled"}, {"precision", "as compiled"}, {"batches", "padded"}}}};
  }

 private:
  std::unique_ptr<AOTIModelPackageLoader> loader_;
  Upload upload_;
  std::string isa_;
  std::vector<std::string> names_;
};

}  // namespace

std::unique_ptr<Classifier> load_aotinductor(const fs::path& folder, const BackendRequest& request,
                                             const Device& device) {
  // Compiled code reads as many values as it was compiled for, whatever it is given, unless this is set.
  ::setenv("AOTI_RUNTIME_CHECK_INPUTS", "1", 1);
  const std::string doing = "LibTorch cannot load " + printable(request.path);
  try {
    if (request.precision == "bf16") {
      throw Error(ExitCode::model, "a compiled package has the precision it was compiled with",
                  "leave out --precision, or add --backend torchscript");
    }
    const std::string isa = require_machine(folder, device);
    // One runner: a worker has one request at a time, and the threads work inside it.
    auto loader = std::make_unique<AOTIModelPackageLoader>(
        folder.string(), "model", /*run_single_threaded=*/true, /*num_runners=*/1,
        static_cast<c10::DeviceIndex>(device.cuda ? device.index : -1));
    return std::make_unique<AotInductorClassifier>(std::move(loader), device, isa);
  } catch (Error& error) {
    throw Error(ExitCode::model, doing + ": " + error.message(), error.hint());
  } catch (...) {
    rethrow_as_model_error(doing);
  }
}

}  // namespace radbatch
