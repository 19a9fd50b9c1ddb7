#include "radbatch/classify/classify_requests.hpp"

#include <algorithm>

#include "radbatch/base/error.hpp"
#include "radbatch/engine/augment.hpp"
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
  if (op == "ping") return Json::object();
  throw Error(ExitCode::internal, "the classify worker does not know the request '" + op + "'");
}

Json ClassifyRequests::setup(const Json& request) {
  const Bundle bundle = load_bundle(path_from_json(request.at("bundle")));
  const auto folds = request.value("folds", std::vector<int>());
  const auto backends = choose_members(bundle, request.at("backend").get<std::string>(), folds);
  batch_ = bundle.batch;
  std::vector<BackendRequest> wanted;
  for (const Backend* backend : backends) {
    wanted.push_back(backend_request(bundle, *backend, request));
    if (source_.unpack) source_.unpack(wanted.back());
  }
  // CUDA needs its device files open for writing; the CPU path does not, and is confined before the model
  // loads.
  const bool is_cpu = wanted.front().device == "cpu";
  Json answer = {{"sandbox", is_cpu ? confine(request) : Json{{"seccomp", false}}},
                 {"members", Json::array()}};
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    members_.push_back({member_name(*backends[i]), backends[i]->fold, source_.load(wanted[i])});
    answer["members"].push_back(members_.back().name);
  }
  answer["golden"] = check_known_answers(bundle);
  answer["classifier"] = members_.front().classifier->describe();
  return answer;
}

std::size_t ClassifyRequests::check_known_answers(const Bundle& bundle) {
  std::vector<Golden> known = load_golden(bundle);
  const auto member_of = [&](const Golden& golden) {
    return std::ranges::find(members_, golden.fold, &Member::fold);
  };
  // Of folds that were not chosen nothing is to be proven.
  std::erase_if(known, [&](const Golden& golden) {
    return golden.outputs.empty() || member_of(golden) == members_.end();
  });
  for (const Golden& golden : known) {
    try {
      Classifier& classifier = *member_of(golden)->classifier;
      const auto outputs = run_in_batches(classifier, {golden.tensor.shape, golden.tensor.values}, batch_);
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
  std::vector<ClassifyMember> answers;
  for (const Member& member : members_) answers.push_back({member.name, {}});
  // Sight by sight, so that there is never more than one besides the tensor.
  for (const Json& asked : request.value("sights", Json::array({to_json(Sight{"plain", {}})}))) {
    const Sight sight = sight_from_json(asked);
    const std::vector<float> seen = sight.is_plain() ? std::vector<float>() : augmented(tensor, sight);
    const TensorView view{shape, sight.is_plain() ? tensor.values : std::span<const float>(seen)};
    for (std::size_t i = 0; i < members_.size(); ++i)
      answers[i].passes.push_back({sight.name, run_in_batches(*members_[i].classifier, view, batch_)});
  }
  return classify_answer(answers);
}

}  // namespace radbatch
