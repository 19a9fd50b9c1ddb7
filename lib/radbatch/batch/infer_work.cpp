#include "radbatch/batch/infer_work.hpp"

#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"

namespace radbatch {

InferWork::InferWork(const Bundle& bundle, const Beyond& beyond, const Json& identity,
                     std::filesystem::path folder, WantedImage wanted, TensorCache* cache, Level level)
    : PreparedWork(bundle, std::move(folder), std::move(wanted), cache),
      beyond_(beyond),
      identity_(identity),
      level_(level) {}

void InferWork::use(const SharedBuffer& buffer) {
  sights_ = beyond_.sights(prepared_->answer.value("axes", ""));
  if (beyond_.looks_at_tensor())
    tensor_distance_ = beyond_.tensor_distance(TensorValues(buffer, *prepared_).get());
}

std::optional<WorkRequest> InferWork::next_use() {
  Json body = {{"op", "classify"}, {"shape", prepared_->shape}};
  if (!sights_.is_null()) body["sights"] = sights_;
  return WorkRequest{"classify", std::move(body), true, {}};
}

void InferWork::answered_use(const Json& answer, const SharedBuffer&) {
  const std::vector<ClassifyMember> members = members_of_answer(answer);
  beyond_.score(members, level_, tensor_distance_, outcome_);
  outcome_.result_key = sha256_hex(outcome_.content_key + canonical(identity_));
  done();
}

std::vector<HeadOutput> head_outputs(const ClassifyPass& pass) {
  std::vector<HeadOutput> outputs;
  for (const OutputArray& output : pass.outputs) {
    if (output.shape.size() != 2)
      throw Error(Reason::model_output, "an output has not the form [items, classes]");
    outputs.push_back({output.name, output.shape[0], output.shape[1], output.values});
  }
  return outputs;
}

}  // namespace radbatch
