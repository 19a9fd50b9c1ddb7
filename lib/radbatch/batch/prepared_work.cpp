#include "radbatch/batch/prepared_work.hpp"

#include "radbatch/batch/previews.hpp"
#include "radbatch/batch/qc_record.hpp"

namespace radbatch {

PreparedWork::PreparedWork(const Bundle& bundle, std::filesystem::path run_folder, WantedImage wanted,
                           TensorCache* cache)
    : bundle_(bundle),
      run_folder_(std::move(run_folder)),
      wanted_(std::move(wanted)),
      lookup_(cache, wanted_, bundle_) {
  outcome_.case_id = wanted_.case_id;
  for (const CaseInput& input : wanted_.inputs) {
    if (input.candidate) {
      ++outcome_.n_inputs;
    } else {
      outcome_.missing_inputs.push_back(input.spec->name);
    }
  }
}

std::optional<WorkRequest> PreparedWork::next() {
  if (ended_) return std::nullopt;
  if (prepared_) return next_use();
  if (auto request = lookup_.next()) return request;
  WorkRequest request = request_of(wanted_, bundle_);
  lookup_.widen(request.body);
  return request;
}

void PreparedWork::answered(const Json& answer, const SharedBuffer* buffer) {
  if (prepared_) return answered_use(answer, *buffer);
  if (!lookup_.is_asking()) {
    take_prepared(answer, *buffer);
    lookup_.keep(*prepared_, TensorValues(*buffer, *prepared_).get());
  } else if (const auto kept = lookup_.answered(answer)) {
    take_prepared(*kept, *buffer);
  } else {
    return;
  }
  use(*buffer);
}

void PreparedWork::failed(Reason reason, const std::string& detail) {
  if (lookup_.is_asking()) return lookup_.failed();
  outcome_.status = info(reason).status;
  outcome_.reason = reason;
  outcome_.detail = detail;
  ended_ = true;
}

void PreparedWork::take_prepared(const Json& answer, const SharedBuffer& buffer) {
  prepared_ = prepared_image(answer, buffer, wanted_, bundle_);
  if (wanted_.preview) save_preview(answer, wanted_.case_id, run_folder_);
  outcome_.flags = prepared_->flags;
  outcome_.content_key = prepared_->content_key;
}

void PreparedWork::done() {
  const Json& answer = prepared_->answer;
  const Json qc =
      wanted_.qc ? qc_record(bundle_.inputs.at(0).name, answer, wanted_.candidate->attributes) : Json();
  if (!qc.is_null()) outcome_.result["qc"] = Json::array({qc});
  if (wanted_.sheet) outcome_.result["sheet"] = save_sheet(answer, wanted_.case_id, run_folder_);
  outcome_.story = {{"shape", prepared_->shape},
                    {"steps", answer.value("trace", Json::array())},
                    {"read", answer.value("image", Json())},
                    {"image", wanted_.image},
                    {"digests", answer.value("digests", Json())}};
  // Of several inputs each has its image and digests.
  const Json inputs = answer.value("inputs", Json::array());
  for (std::size_t i = 0; i < inputs.size() && i < wanted_.inputs.size(); ++i) {
    if (!wanted_.inputs[i].candidate) continue;
    outcome_.story["inputs"].push_back({{"name", wanted_.inputs[i].spec->name},
                                        {"image", wanted_.inputs[i].image},
                                        {"digests", inputs[i].value("digests", Json())}});
  }
  outcome_.status = Status::done;
  ended_ = true;
}

}  // namespace radbatch
