#include "radbatch/batch/infer_work.hpp"

#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"

namespace radbatch {

InferWork::InferWork(const Bundle& bundle, const Json& identity, std::filesystem::path folder,
                     WantedImage wanted, TensorCache* cache, Level level)
    : PreparedWork(bundle, std::move(folder), std::move(wanted), cache), identity_(identity), level_(level) {}

std::optional<WorkRequest> InferWork::next_use() {
  return WorkRequest{"classify", {{"op", "classify"}, {"shape", prepared_->shape}}, true, {}};
}

void InferWork::answered_use(const Json& answer, const SharedBuffer&) {
  std::optional<FrameList> frames;
  if (level_ == Level::frames)
    frames = frames_of_image(prepared_->answer.value("image", Json::object()), prepared_->shape.front());
  score(members_of_answer(answer), frames);
}

void InferWork::score(const std::vector<ClassifyMember>& members, const std::optional<FrameList>& frames) {
  const ClassifyPass& pass = members.front().passes.front();
  outcome_.result = to_json(bundle_, score_case(bundle_, head_outputs(pass), level_));
  if (frames) {
    Json& arrays = outcome_.result["arrays"];
    arrays = save_arrays(run_folder_, wanted_.case_id, frame_arrays(pass, *frames));
    arrays["frames"] = frames->indices.size();
  }
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
