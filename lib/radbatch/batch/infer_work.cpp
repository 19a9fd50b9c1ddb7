#include "radbatch/batch/infer_work.hpp"

#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"

namespace radbatch {

InferWork::InferWork(const Bundle& bundle, const Json& identity, std::filesystem::path folder,
                     WantedImage wanted, TensorCache* cache, Level level)
    : PreparedWork(bundle, std::move(folder), std::move(wanted), cache), identity_(identity), level_(level) {}

void InferWork::explain_by(const Explanations& explanations) {
  if (explanations.is_wanted())
    explaining_ = std::make_unique<ExplainStage>(explanations, bundle_, run_folder_, wanted_);
}

std::optional<WorkRequest> InferWork::next_use() {
  if (is_explaining()) return explaining_->next();
  return WorkRequest{"classify", {{"op", "classify"}, {"shape", prepared_->shape}}, true, {}};
}

void InferWork::answered_use(const Json& answer, const SharedBuffer&) {
  if (is_explaining()) {
    explaining_->answered(answer);
    if (!is_explaining()) end_explaining();
    return;
  }
  const std::vector<ClassifyMember> members = members_of_answer(answer);
  outcome_.result =
      to_json(bundle_, score_case(bundle_, head_outputs(members.front().passes.front()), level_));
  outcome_.result_key = sha256_hex(outcome_.content_key + canonical(identity_));
  if (explaining_ && explaining_->begin(outcome_.result, *prepared_, members.front().passes.front())) return;
  end_explaining();
}

void InferWork::end_explaining() {
  if (explaining_ && !explaining_->record().is_null()) {
    outcome_.result["explanation"] = explaining_->record();
    if (explaining_->has_failed()) outcome_.flags.push_back("W_EXPLANATION");
    if (const auto map = explaining_->array())
      outcome_.result["arrays"] = save_arrays(run_folder_, wanted_.case_id, {&*map, 1});
  }
  done();
}

void InferWork::failed(Reason reason, const std::string& detail) {
  if (!is_explaining()) return PreparedWork::failed(reason, detail);
  explaining_->failed(reason, detail);
  end_explaining();
}

void InferWork::begin_again() {
  if (explaining_) explaining_->begin_again();
}

std::vector<HeadOutput> head_outputs(const ClassifyPass& pass) {
  std::vector<HeadOutput> outputs;
  for (const OutputArray& output : pass.outputs) {
    // Feature maps and the like are for others; a head that reads one will miss it.
    if (output.shape.size() != 2) continue;
    outputs.push_back({output.name, output.shape[0], output.shape[1], output.values});
  }
  return outputs;
}

}  // namespace radbatch
