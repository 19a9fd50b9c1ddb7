#include "radbatch/openvino/load.hpp"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <new>
#include <openvino/openvino.hpp>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/cpu_isa.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/model/archive.hpp"
#include "radbatch/openvino/faults.hpp"
#include "radbatch/openvino/graph.hpp"

namespace radbatch {
namespace {

void require_digest(const std::string& found, const std::string& expected, const std::string& path) {
  if (expected.empty() || found == to_lower_ascii(expected)) return;
  throw Error(ExitCode::model,
              printable(path) + " is not the file the bundle describes: its SHA-256 is " + found + ", " +
                  to_lower_ascii(expected) + " expected",
              "copy the model again from its source");
}

std::string read_graph(const BackendRequest& request) {
  std::string text;
  try {
    text = read_file(request.path);
  } catch (const Error& problem) {
    throw Error(ExitCode::model, problem.message());
  }
  require_digest(sha256_hex(text), request.sha256, request.path);
  const ArchiveKind found = triage_model_bytes(text, request.path);
  if (found != ArchiveKind::openvino) {
    throw Error(ExitCode::model,
                printable(request.path) + " is " + description(found) + "; " +
                    description(ArchiveKind::openvino) + " was expected",
                export_hint(found));
  }
  return text;
}

/// The values of the graph in memory of OpenVINO's own, which the compiled network goes on using.
ov::Tensor read_weights(const BackendRequest& request) {
  std::error_code failure;
  const std::uintmax_t size = std::filesystem::file_size(request.weights_path, failure);
  std::ifstream file(request.weights_path, std::ios::binary);
  if (failure || !file) throw Error(ExitCode::model, "cannot read " + printable(request.weights_path));
  ov::Tensor weights(ov::element::u8, ov::Shape{static_cast<std::size_t>(size)});
  auto* bytes = static_cast<char*>(weights.data());
  file.read(bytes, static_cast<std::streamsize>(size));
  if (static_cast<std::uintmax_t>(file.gcount()) != size || file.peek() != std::ifstream::traits_type::eof())
    throw Error(ExitCode::model, printable(request.weights_path) + " changed while it was read");
  require_digest(sha256_hex({bytes, static_cast<std::size_t>(size)}), request.weights_sha256,
                 request.weights_path);
  return weights;
}

std::string wanted_precision(const BackendRequest& request) {
  // What the run has settled on holds over what was asked for.
  return request.variant.is_null() ? request.precision
                                   : request.variant.value("precision", request.precision);
}

/// One stream, so that a score never depends on what runs beside it; threads that the scheduler may move,
/// since other processes of the run have the same processors; no arithmetic but what the graph says.
ov::AnyMap settings(const BackendRequest& request) {
  return {ov::num_streams(1),
          ov::inference_num_threads(std::max(1, request.threads)),
          ov::hint::performance_mode(ov::hint::PerformanceMode::LATENCY),
          ov::hint::enable_cpu_pinning(false),
          ov::hint::execution_mode(ov::hint::ExecutionMode::ACCURACY),
          ov::hint::inference_precision(wanted_precision(request) == "bf16" ? ov::element::bf16
                                                                            : ov::element::f32)};
}

/// What it computes in, in the words of BackendRequest.
std::string precision_of(const ov::CompiledModel& network) {
  const ov::element::Type type = network.get_property(ov::hint::inference_precision);
  return type == ov::element::f32 ? "fp32" : type.to_string();
}

/// OpenVINO falls back to float32 without a word where the processor lacks what was asked for.
void require_precision(const ov::CompiledModel& network, const BackendRequest& request) {
  const std::string wanted = wanted_precision(request);
  if (precision_of(network) == wanted) return;
  throw Error(
      ExitCode::model,
      wanted + " was asked for, and OpenVINO computes in " + precision_of(network) + " on this processor",
      "leave out --precision");
}

std::string library_name() {
  const std::string build = ov::get_openvino_version().buildNumber;
  return "OpenVINO " + build.substr(0, build.find('-'));
}

class OpenVinoClassifier final : public Classifier {
 public:
  OpenVinoClassifier(ov::CompiledModel network, std::vector<std::string> names)
      : network_(std::move(network)), run_(network_.create_infer_request()), names_(std::move(names)) {}

  std::vector<OutputArray> run(const TensorView& batch) override {
    const ov::Shape shape(batch.shape.begin(), batch.shape.end());
    if (!network_.input().get_partial_shape().compatible(ov::PartialShape(shape))) {
      throw Error(Reason::model_output, "the network takes " +
                                            network_.input().get_partial_shape().to_string() +
                                            ", the tensor is " + ov::PartialShape(shape).to_string());
    }
    try {
      // A tensor over the caller's values; OpenVINO only reads its inputs.
      run_.set_input_tensor(ov::Tensor(ov::element::f32, shape, const_cast<float*>(batch.values.data())));
      run_.infer();
      std::vector<OutputArray> outputs;
      for (const std::string& name : names_) outputs.push_back(output(outputs.size(), name));
      return outputs;
    } catch (...) {
      rethrow_openvino_as_case_error("the network failed");
    }
  }

  Json describe() const override {
    return {{"kind", "openvino"},
            {"library", library_name()},
            {"device", "cpu"},
            {"threads", network_.get_property(ov::inference_num_threads)},
            {"isa", cpu_isa()},
            {"precision", precision_of(network_)},
            {"variant", {{"precision", precision_of(network_)}}}};
  }

 private:
  OutputArray output(std::size_t i, const std::string& name) {
    const ov::Tensor tensor = run_.get_output_tensor(i);
    OutputArray array{name, {tensor.get_shape().begin(), tensor.get_shape().end()}, {}};
    array.values.resize(tensor.get_size());
    std::memcpy(array.values.data(), tensor.data(), tensor.get_byte_size());
    return array;
  }

  ov::CompiledModel network_;
  ov::InferRequest run_;
  std::vector<std::string> names_;
};

}  // namespace

std::unique_ptr<Classifier> load_openvino_classifier(const BackendRequest& request) {
  if (request.kind != "openvino") {
    throw Error(ExitCode::model, printable(request.path) + ": \"" + printable(request.kind) +
                                     "\" is no kind of backend that OpenVINO runs; known: openvino");
  }
  if (request.device != "cpu") {
    throw Error(ExitCode::device,
                "an OpenVINO backend runs on the CPU; device " + printable(request.device) + " was asked for",
                "use --device cpu, or --backend torchscript");
  }
  const std::string doing = "OpenVINO cannot load " + printable(request.path);
  const std::string graph = read_graph(request);
  try {
    ov::Core core;
    const std::shared_ptr<ov::Model> model = core.read_model(graph, read_weights(request));
    require_classifier_graph(*model, request);
    std::vector<std::string> names = graph_output_names(*model);
    ov::CompiledModel network = core.compile_model(with_float_outputs(model), "CPU", settings(request));
    require_precision(network, request);
    return std::make_unique<OpenVinoClassifier>(std::move(network), std::move(names));
  } catch (Error& problem) {
    if (problem.message().find(printable(request.weights_path)) == std::string::npos) problem.within(doing);
    throw;
  } catch (...) {
    rethrow_openvino_as_model_error(doing);
  }
}

}  // namespace radbatch
