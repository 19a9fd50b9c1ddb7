#include "radbatch/batch/infer_work.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"

namespace radbatch {

InferWork::InferWork(const InferSettings& settings, WantedImage wanted, TensorCache* cache, Level level)
    : PreparedWork(settings.bundle, settings.folder, std::move(wanted), cache),
      settings_(settings),
      level_(level) {
  if (settings.explanations.is_wanted())
    explaining_ = std::make_unique<ExplainStage>(settings.explanations, bundle_, run_folder_, wanted_);
}

void InferWork::choose_sights() {
  sights_ = settings_.beyond.sights(prepared_->answer.value("axes", ""));
}

void InferWork::use(const SharedBuffer& buffer) {
  choose_sights();
  if (settings_.beyond.looks_at_tensor())
    tensor_distance_ = settings_.beyond.tensor_distance(TensorValues(buffer, *prepared_).get());
}

std::optional<WorkRequest> InferWork::next_use() {
  if (is_explaining()) return explaining_->next();
  Json body = {{"op", "classify"}, {"shape", prepared_->shape}};
  if (!sights_.is_null()) body["sights"] = sights_;
  return WorkRequest{"classify", std::move(body), true, {}};
}

void InferWork::answered_use(const Json& answer, const SharedBuffer&) {
  if (is_explaining()) {
    explaining_->answered(answer);
    if (!is_explaining()) finish_result();
    return;
  }
  notes_ = answer.value("notes", Json());
  std::optional<FrameList> frames;
  if (level_ == Level::frames)
    frames = frames_of_image(prepared_->answer.value("image", Json::object()), prepared_->shape.front());
  score(members_of_answer(answer), frames);
}

void InferWork::score(const std::vector<ClassifyMember>& members, const std::optional<FrameList>& frames) {
  settings_.beyond.score(members, level_, tensor_distance_, outcome_);
  const LevelPlace place = frames ? LevelPlace::file : LevelPlace::by_size;
  arrays_ = keep_levels(outcome_.result, bundle_, members, level_, prepared_->shape, settings_.levels, place);
  if (frames) {
    n_frames_ = frames->indices.size();
    std::ranges::move(frame_arrays(*frames), std::back_inserter(arrays_));
  }
  outcome_.result_key = sha256_hex(outcome_.content_key + canonical(settings_.identity));
  if (explaining_ && explaining_->begin(outcome_.result, *prepared_, members.front().passes.front())) {
    if (holds_tensor()) return;
    explaining_->failed(
        Reason::too_large,
        "a recording of that many frames goes through in lots, which are not kept; --frames n=64 "
        "takes fewer");
  }
  finish_result();
}

void InferWork::finish_result() {
  if (explaining_ && !explaining_->record().is_null()) {
    outcome_.result["explanation"] = explaining_->record();
    if (explaining_->has_failed()) outcome_.flags.push_back("W_EXPLANATION");
    if (auto map = explaining_->array()) arrays_.push_back(std::move(*map));
  }
  if (!arrays_.empty()) outcome_.result["arrays"] = save_arrays(run_folder_, wanted_.case_id, arrays_);
  if (n_frames_) outcome_.result["arrays"]["frames"] = *n_frames_;
  done();
  // Not a column of any table: for the journal and `radbatch why`.
  if (!notes_.is_null()) outcome_.story["notes"] = notes_;
}

void InferWork::failed(Reason reason, const std::string& detail) {
  if (!is_explaining()) return PreparedWork::failed(reason, detail);
  explaining_->failed(reason, detail);
  finish_result();
}

void InferWork::begin_again() {
  if (explaining_) explaining_->begin_again();
}

std::vector<HeadOutput> head_outputs(const ClassifyPass& pass) {
  std::vector<HeadOutput> outputs;
  for (const OutputArray& output : pass.outputs) {
    const auto& shape = output.shape;
    const bool is_flat = shape.size() < 3 || std::all_of(shape.begin() + 2, shape.end(),
                                                         [](std::int64_t extent) { return extent == 1; });
    if (!is_flat) {
      throw Error(
          Reason::model_output,
          fmt::format("output '{}' has the shape [{}]; [items, classes] expected, or a head that reads "
                      "it as a map",
                      output.name, fmt::join(shape, ", ")));
    }
    outputs.push_back({output.name, shape[0], shape.size() > 1 ? shape[1] : 1, output.values});
  }
  return outputs;
}

}  // namespace radbatch
