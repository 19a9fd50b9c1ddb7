#include "radbatch/classify/classify_requests.hpp"

#include <algorithm>

#include "radbatch/base/error.hpp"
#include "radbatch/classify/score_proof.hpp"

namespace radbatch {
namespace {

/// What the run has settled on since it began holds over what was known then.
Json settled_variant(const Json& setup) {
  const std::filesystem::path file = path_from_json(setup.value("variant_file", Json("")));
  std::error_code missing;
  if (!file.empty() && std::filesystem::exists(file, missing))
    return read_json_file(file).value("variant", Json());
  return setup.value("variant", Json());
}

BackendRequest backend_request(const Bundle& bundle, const Backend& backend, const Json& setup) {
  BackendRequest request;
  request.path = (bundle.folder / backend.file).string();
  request.kind = backend.kind;
  request.any_operator = setup.value("allow_unverified", false);
  request.sha256 = request.any_operator ? "" : backend.sha256;
  request.device = setup.at("device").get<std::string>();
  request.threads = setup.at("threads").get<int>();
  request.cache_dir = path_from_json(setup.at("cache_dir"));
  request.precision = setup.value("precision", "fp32");
  request.variant = settled_variant(setup);
  return request;
}

std::vector<Golden> known_answers(const Bundle& bundle) {
  std::vector<Golden> known = load_golden(bundle);
  std::erase_if(known, [](const Golden& golden) { return golden.outputs.empty(); });
  return known;
}

/// Items of the first known answer, at most a batch, stand for what is to come.
void add_probe(BackendRequest& request, std::span<const Golden> known, std::int64_t batch) {
  if (known.empty()) return;
  const FloatArray& tensor = known.front().tensor;
  const std::int64_t items = std::min(batch, tensor.shape.at(0));
  request.probe_shape = tensor.shape;
  request.probe_shape[0] = items;
  request.probe.assign(
      tensor.values.begin(),
      tensor.values.begin() + static_cast<std::ptrdiff_t>(tensor.values.size()) / tensor.shape[0] * items);
}

bool is_bf16(const Json& facts) {
  return facts.value("variant", Json::object()).value("precision", "") == "bf16";
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
  if (op == "ping") return Json::object();
  throw Error(ExitCode::internal, "the classify worker does not know the request '" + op + "'");
}

Json ClassifyRequests::setup(const Json& request) {
  const Bundle bundle = load_bundle(path_from_json(request.at("bundle")));
  const Backend& backend = choose_backend(bundle, request.at("backend").get<std::string>());
  BackendRequest wanted = backend_request(bundle, backend, request);
  batch_ = bundle.batch;
  if (source_.unpack) source_.unpack(wanted);
  // CUDA needs its device files open for writing; the CPU path does not, and is confined before the model
  // loads.
  Json answer = {{"sandbox", wanted.device == "cpu" ? confine(request) : Json{{"seccomp", false}}}};
  const std::vector<Golden> known = known_answers(bundle);
  add_probe(wanted, known, batch_);
  load(bundle, std::move(wanted), known);
  answer["golden"] = known.size();
  answer["classifier"] = facts();
  if (answer["classifier"].contains("variant")) answer["variant"] = answer["classifier"]["variant"];
  return answer;
}

void ClassifyRequests::load(const Bundle& bundle, BackendRequest wanted, std::span<const Golden> known) {
  if (wanted.precision != "auto") return load_proven(bundle, wanted, known);
  if (wanted.variant.is_null()) {
    try {
      wanted.precision = "bf16";
      return load_proven(bundle, wanted, known);
    } catch (const Error& problem) {
      if (problem.exit_code() != ExitCode::model) throw;
      why_not_bf16_ = problem.message();
    }
  }
  wanted.precision = "fp32";
  load_proven(bundle, wanted, known);
}

void ClassifyRequests::load_proven(const Bundle& bundle, const BackendRequest& wanted,
                                   std::span<const Golden> known) {
  classifier_ = std::make_unique<SmallerBatches>(source_.load(wanted));
  check_known_answers(bundle, known);
}

void ClassifyRequests::check_known_answers(const Bundle& bundle, std::span<const Golden> known) {
  const bool half = is_bf16(classifier_->describe());
  for (const Golden& golden : known) {
    try {
      const auto outputs = run_in_batches(*classifier_, {golden.tensor.shape, golden.tensor.values}, batch_);
      if (half) check_scores(bundle, golden, head_outputs(outputs));
      if (!half) check_golden(golden, head_outputs(outputs));
    } catch (const Error& problem) {
      if (!problem.reason()) throw;
      // What ends a case during the run refuses the model here.
      throw Error(ExitCode::model, "known answer " + golden.name + ": " + problem.message(), problem.hint());
    }
  }
}

Json ClassifyRequests::facts() const {
  Json facts = classifier_->describe();
  if (!why_not_bf16_.empty()) facts["why_not_bf16"] = why_not_bf16_;
  return facts;
}

Json ClassifyRequests::classify(const Json& request, WorkerContext& context) {
  const auto shape = request.at("shape").get<std::vector<std::int64_t>>();
  const TensorView tensor = tensor_in_buffer(shape, request, context);
  classifier_->take_notes();  // of a case that failed
  ClassifyMember model{"model", {{"plain", run_in_batches(*classifier_, tensor, batch_)}}};
  Json answer = classify_answer({&model, 1});
  if (const auto notes = classifier_->take_notes(); !notes.empty()) answer["notes"] = notes;
  return answer;
}

}  // namespace radbatch
