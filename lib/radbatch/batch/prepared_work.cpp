#include "radbatch/batch/prepared_work.hpp"

namespace radbatch {

PreparedWork::PreparedWork(const Bundle& bundle, std::filesystem::path run_folder, WantedImage wanted)
    : bundle_(bundle), run_folder_(std::move(run_folder)), wanted_(std::move(wanted)) {
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
  return request_of(wanted_, bundle_);
}

void PreparedWork::failed(Reason reason, const std::string& detail) {
  outcome_.status = info(reason).status;
  outcome_.reason = reason;
  outcome_.detail = detail;
  ended_ = true;
}

PreparedImage PreparedWork::take_prepared(const Json& answer, const SharedBuffer& buffer) {
  PreparedImage prepared = prepared_image(answer, buffer, wanted_, bundle_);
  save_preview(answer, wanted_.case_id, run_folder_);
  outcome_.flags = prepared.flags;
  outcome_.content_key = prepared.content_key;
  return prepared;
}

void PreparedWork::done(const PreparedImage& prepared) {
  outcome_.story = {{"shape", prepared.shape},
                    {"steps", prepared.answer.value("trace", Json::array())},
                    {"read", prepared.answer.value("image", Json())},
                    {"image", wanted_.image},
                    {"digests", prepared.answer.value("digests", Json())}};
  // Of several inputs each has its image and digests.
  const Json inputs = prepared.answer.value("inputs", Json::array());
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
