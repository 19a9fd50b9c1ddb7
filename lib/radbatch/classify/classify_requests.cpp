#include "radbatch/classify/classify_requests.hpp"

#include <algorithm>

#include "radbatch/base/error.hpp"
#include "radbatch/classify/case_outputs.hpp"
#include "radbatch/engine/augment.hpp"

namespace radbatch {
namespace {

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
  bundle_ = load_bundle(path_from_json(request.at("bundle")));
  const auto folds = request.value("folds", std::vector<int>());
  const auto backends = choose_members(bundle_, request.at("backend").get<std::string>(), folds);
  std::vector<BackendRequest> wanted;
  for (const Backend* backend : backends) {
    wanted.push_back(backend_request(bundle_, *backend, request));
    if (source_.unpack) source_.unpack(wanted.back());
  }
  // CUDA needs its device files open for writing; the CPU path does not, and is confined before the model
  // loads.
  const bool is_cpu = wanted.front().device == "cpu";
  Json answer = {{"sandbox", is_cpu ? confine(request) : Json{{"seccomp", false}}}};
  const std::vector<Golden> known = known_answers(bundle_);
  for (std::size_t i = 0; i < backends.size(); ++i) {
    // Folds are one network with other weights: they run in the form that the first one chose.
    if (i > 0) wanted[i].variant = facts_of(members_.front()).value("variant", Json());
    members_.push_back(load_proven(source_, bundle_, *backends[i], std::move(wanted[i]), known));
    answer["members"].push_back(members_.back().name);
  }
  answer["golden"] = std::ranges::count_if(known, [&](const Golden& golden) {
    return std::ranges::find(members_, golden.fold, &ProvenNetwork::fold) != members_.end();
  });
  answer["classifier"] = facts_of(members_.front());
  if (answer["classifier"].contains("variant")) answer["variant"] = answer["classifier"]["variant"];
  explaining_ = ExplainRequests(bundle_.folder, bundle_.cam, bundle_.batch, [this] {
    return source_.load_gradients ? source_.load_gradients(members_.front().request) : nullptr;
  });
  return answer;
}

Json ClassifyRequests::classify(const Json& request, WorkerContext& context) {
  const auto shape = request.at("shape").get<std::vector<std::int64_t>>();
  const TensorView tensor = tensor_in_buffer(shape, request, context);
  std::vector<ClassifyMember> answers;
  for (const ProvenNetwork& member : members_) {
    answers.push_back({member.name, {}});
    member.classifier->take_notes();  // of a case that failed
  }
  // Sight by sight, so that there is never more than one besides the tensor.
  for (const Json& asked : request.value("sights", Json::array({to_json(Sight{"plain", {}})}))) {
    const Sight sight = sight_from_json(asked);
    const std::vector<float> seen = sight.is_plain() ? std::vector<float>() : augmented(tensor, sight);
    const TensorView view{shape, sight.is_plain() ? tensor.values : std::span<const float>(seen)};
    for (std::size_t i = 0; i < members_.size(); ++i)
      answers[i].passes.push_back({sight.name, case_outputs(*members_[i].classifier, bundle_, view)});
  }
  Json answer = classify_answer(answers);
  for (const ProvenNetwork& member : members_) {
    for (const std::string& note : member.classifier->take_notes()) answer["notes"].push_back(note);
  }
  return answer;
}

Json ClassifyRequests::explain(const Json& request, WorkerContext& context) {
  const auto shape = request.at("shape").get<std::vector<std::int64_t>>();
  return explaining_.explain(request, tensor_in_buffer(shape, request, context), *members_.front().classifier,
                             context.descriptors.at(0).get());
}

}  // namespace radbatch
