// radbatch-classify-worker: runs one model. Started by the tools, never by people.
//
// A model is a program: it is loaded and run behind the sandbox, after its hash was compared, and its known
// answers are asked for before the first case. Requests: setup, ping, classify (docs/worker-protocol.md).
#include "radbatch/base/error.hpp"
#include "radbatch/engine/classifier.hpp"
#include "radbatch/model/bundle.hpp"
#include "radbatch/model/golden.hpp"
#include "radbatch/torch/load.hpp"
#include "radbatch/worker/server.hpp"

namespace radbatch {
namespace {

BackendRequest backend_request(const Bundle& bundle, const Backend& backend, const Json& setup) {
  BackendRequest request;
  request.path = (bundle.folder / backend.file).string();
  request.kind = backend.kind;
  request.sha256 = setup.value("allow_unverified", false) ? "" : backend.sha256;
  request.device = setup.at("device").get<std::string>();
  request.threads = setup.at("threads").get<int>();
  request.cache_dir = path_from_json(setup.at("cache_dir"));
  return request;
}

Json to_json(const std::vector<OutputArray>& outputs) {
  Json list = Json::array();
  for (const OutputArray& output : outputs) {
    list.push_back({{"name", output.name}, {"shape", output.shape}, {"values", output.values}});
  }
  return list;
}

class ClassifyWorker {
 public:
  Json handle(const Json& request, WorkerContext& context) {
    const std::string op = request.at("op").get<std::string>();
    if (op == "setup") return setup(request);
    if (op == "classify") return classify(request, context);
    if (op == "ping") return Json::object();
    throw Error(ExitCode::internal, "the classify worker does not know the request '" + op + "'");
  }

 private:
  Json setup(const Json& request) {
    const Bundle bundle = load_bundle(path_from_json(request.at("bundle")));
    const Backend& backend = choose_backend(bundle, request.at("backend").get<std::string>());
    const BackendRequest wanted = backend_request(bundle, backend, request);
    batch_ = bundle.batch;
    unpack_torch_package(wanted);
    // CUDA needs its device files open for writing; the CPU path does not, and is confined before the model
    // loads.
    Json answer = {{"sandbox", wanted.device == "cpu" ? confine(request) : Json{{"seccomp", false}}}};
    classifier_ = load_torch_classifier(wanted);
    answer["golden"] = check_known_answers(bundle);
    answer["classifier"] = classifier_->describe();
    return answer;
  }

  /// What ends a case during the run refuses the model here.
  std::vector<OutputArray> outputs_of(const Golden& golden) {
    try {
      return run_in_batches(*classifier_, {golden.tensor.shape, golden.tensor.values}, batch_);
    } catch (const Error& problem) {
      throw Error(ExitCode::model, "known answer " + golden.name + ": " + problem.message(), problem.hint());
    }
  }

  std::size_t check_known_answers(const Bundle& bundle) {
    std::vector<Golden> known = load_golden(bundle);
    std::erase_if(known, [](const Golden& golden) { return golden.outputs.empty(); });
    for (const Golden& golden : known) {
      const auto outputs = outputs_of(golden);
      std::vector<HeadOutput> heads;
      for (const OutputArray& output : outputs) {
        const std::int64_t items = output.shape.at(0);
        heads.push_back(
            {output.name, items, static_cast<std::int64_t>(output.values.size()) / items, output.values});
      }
      check_golden(golden, heads);
    }
    return known.size();
  }

  Json classify(const Json& request, WorkerContext& context) {
    const auto shape = request.at("shape").get<std::vector<std::int64_t>>();
    const std::span<std::byte> buffer =
        context.buffers.bytes(request.at("buffer").at("id").get<std::uint64_t>());
    std::size_t values = 1;
    for (std::int64_t extent : shape) values *= static_cast<std::size_t>(extent);
    if (values * sizeof(float) > buffer.size())
      throw Error(ExitCode::internal, "the tensor does not fit its buffer");
    const std::span<const float> items(reinterpret_cast<const float*>(buffer.data()), values);
    return {{"outputs", to_json(run_in_batches(*classifier_, {shape, items}, batch_))}};
  }

  std::unique_ptr<Classifier> classifier_;
  std::int64_t batch_ = 1;
};

}  // namespace
}  // namespace radbatch

int main() {
  radbatch::ClassifyWorker worker;
  return radbatch::serve_worker({{"worker", "classify"}},
                                [&](const radbatch::Json& request, radbatch::WorkerContext& context) {
                                  return worker.handle(request, context);
                                });
}
