#include "radbatch/classify/classify_requests.hpp"

#include "radbatch/base/error.hpp"
#include "radbatch/model/golden.hpp"

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

/// The tensor in the request's buffer. The worker's own mapping says how much there is.
TensorView tensor_in_buffer(const std::vector<std::int64_t>& shape, const Json& request,
                            const WorkerContext& context) {
  const std::span<std::byte> buffer =
      context.buffers.bytes(request.at("buffer").at("id").get<std::uint64_t>());
  std::size_t values = 1;
  for (std::int64_t extent : shape) values *= static_cast<std::size_t>(extent);
  if (values * sizeof(float) > buffer.size())
    throw Error(ExitCode::internal, "the tensor does not fit its buffer");
  return {shape, {reinterpret_cast<const float*>(buffer.data()), values}};
}

std::vector<HeadOutput> head_outputs(const std::vector<OutputArray>& outputs) {
  std::vector<HeadOutput> heads;
  for (const OutputArray& output : outputs) {
    const std::int64_t items = output.shape.at(0);
    heads.push_back(
        {output.name, items, static_cast<std::int64_t>(output.values.size()) / items, output.values});
  }
  return heads;
}

}  // namespace

Json ClassifyRequests::handle(const Json& request, WorkerContext& context) {
  const std::string op = request.at("op").get<std::string>();
  if (op == "setup") return setup(request);
  if (op == "classify") return classify(request, context);
  if (op == "explain") return explain(request, context);
  if (op == "ping") return Json::object();
  throw Error(ExitCode::internal, "the classify worker does not know the request '" + op + "'");
}

Json ClassifyRequests::setup(const Json& request) {
  const Bundle bundle = load_bundle(path_from_json(request.at("bundle")));
  const Backend& backend = choose_backend(bundle, request.at("backend").get<std::string>());
  const BackendRequest wanted = backend_request(bundle, backend, request);
  batch_ = bundle.batch;
  if (source_.unpack) source_.unpack(wanted);
  // CUDA needs its device files open for writing; the CPU path does not, and is confined before the model
  // loads.
  Json answer = {{"sandbox", wanted.device == "cpu" ? confine(request) : Json{{"seccomp", false}}}};
  classifier_ = source_.load(wanted);
  answer["golden"] = check_known_answers(bundle);
  answer["classifier"] = classifier_->describe();
  explaining_ = ExplainRequests(bundle.folder, bundle.cam, batch_, [this, wanted] {
    return source_.load_gradients ? source_.load_gradients(wanted) : nullptr;
  });
  return answer;
}

std::size_t ClassifyRequests::check_known_answers(const Bundle& bundle) {
  std::vector<Golden> known = load_golden(bundle);
  std::erase_if(known, [](const Golden& golden) { return golden.outputs.empty(); });
  for (const Golden& golden : known) {
    try {
      const auto outputs = run_in_batches(*classifier_, {golden.tensor.shape, golden.tensor.values}, batch_);
      check_golden(golden, head_outputs(outputs));
    } catch (const Error& problem) {
      if (!problem.reason()) throw;
      // What ends a case during the run refuses the model here.
      throw Error(ExitCode::model, "known answer " + golden.name + ": " + problem.message(), problem.hint());
    }
  }
  return known.size();
}

Json ClassifyRequests::classify(const Json& request, WorkerContext& context) {
  const auto shape = request.at("shape").get<std::vector<std::int64_t>>();
  const TensorView tensor = tensor_in_buffer(shape, request, context);
  ClassifyMember model{"model", {{"plain", run_in_batches(*classifier_, tensor, batch_)}}};
  return classify_answer({&model, 1});
}

Json ClassifyRequests::explain(const Json& request, WorkerContext& context) {
  const auto shape = request.at("shape").get<std::vector<std::int64_t>>();
  return explaining_.explain(request, tensor_in_buffer(shape, request, context), *classifier_,
                             context.descriptors.at(0).get());
}

}  // namespace radbatch
