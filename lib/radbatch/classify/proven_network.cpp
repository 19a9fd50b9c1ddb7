#include "radbatch/classify/proven_network.hpp"

#include <algorithm>

#include "radbatch/base/error.hpp"
#include "radbatch/classify/case_outputs.hpp"
#include "radbatch/classify/score_proof.hpp"

namespace radbatch {
namespace {

/// Items of a known answer, at most a batch, stand for what is to come.
void add_probe(BackendRequest& request, const FloatArray& tensor, std::int64_t batch) {
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

/// What the run has settled on since it began holds over what was known then.
Json settled_variant(const Json& setup) {
  const std::filesystem::path file = path_from_json(setup.value("variant_file", Json("")));
  std::error_code missing;
  if (!file.empty() && std::filesystem::exists(file, missing))
    return read_json_file(file).value("variant", Json());
  return setup.value("variant", Json());
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

void check_known_answers(const ProvenNetwork& network, const Bundle& bundle, std::span<const Golden> known) {
  const bool half = is_bf16(network.classifier->describe());
  for (const Golden& golden : known) {
    if (golden.fold != network.fold) continue;
    try {
      const TensorView tensor{golden.tensor.shape, golden.tensor.values};
      const auto outputs = case_outputs(*network.classifier, bundle, tensor);
      if (half) check_scores(bundle, golden, head_outputs(outputs));
      if (!half) check_golden(golden, head_outputs(outputs));
    } catch (const Error& problem) {
      if (!problem.reason()) throw;
      // What ends a case during the run refuses the model here.
      throw Error(ExitCode::model, "known answer " + golden.name + ": " + problem.message(), problem.hint());
    }
  }
}

}  // namespace

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
  request.batch = bundle.batch;
  if (backend.weights) {
    request.weights_path = (bundle.folder / backend.weights->file).string();
    request.weights_sha256 = request.any_operator ? "" : backend.weights->sha256;
  }
  return request;
}

std::vector<Golden> known_answers(const Bundle& bundle) {
  std::vector<Golden> known = load_golden(bundle);
  std::erase_if(known, [](const Golden& golden) { return golden.outputs.empty(); });
  return known;
}

ProvenNetwork load_proven(const ClassifierSource& source, const Bundle& bundle, const Backend& backend,
                          BackendRequest request, std::span<const Golden> known) {
  ProvenNetwork network{member_name(backend), backend.fold, {}, nullptr, ""};
  const auto own = std::ranges::find(known, backend.fold, &Golden::fold);
  if (own != known.end()) add_probe(request, own->tensor, bundle.batch);
  const auto load = [&](const std::string& precision) {
    request.precision = precision;
    network.classifier = std::make_unique<SmallerBatches>(source.load(request));
    check_known_answers(network, bundle, known);
  };
  if (request.precision != "auto") {
    load(request.precision);
  } else if (!request.variant.is_null()) {
    load("fp32");  // the form that was chosen before says its precision itself
  } else {
    try {
      load("bf16");
    } catch (const Error& problem) {
      if (problem.exit_code() != ExitCode::model) throw;
      network.why_not_bf16 = problem.message();
      load("fp32");
    }
  }
  network.request = std::move(request);
  return network;
}

Json facts_of(const ProvenNetwork& network) {
  Json facts = network.classifier->describe();
  if (!network.why_not_bf16.empty()) facts["why_not_bf16"] = network.why_not_bf16;
  return facts;
}

}  // namespace radbatch
