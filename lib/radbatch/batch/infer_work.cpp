#include "radbatch/batch/infer_work.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"

namespace radbatch {

InferWork::InferWork(const Bundle& bundle, const Json& identity, std::filesystem::path folder,
                     WantedImage wanted, TensorCache* cache, Level level, LevelOptions keep)
    : PreparedWork(bundle, std::move(folder), std::move(wanted), cache),
      identity_(identity),
      level_(level),
      keep_(keep) {}

std::optional<WorkRequest> InferWork::next_use() {
  return WorkRequest{"classify", {{"op", "classify"}, {"shape", prepared_->shape}}, true, {}};
}

void InferWork::answered_use(const Json& answer, const SharedBuffer&) {
  const std::vector<ClassifyMember> members = members_of_answer(answer);
  outcome_.result = scored(bundle_, members, level_);
  const std::vector<CaseArray> arrays =
      keep_levels(outcome_.result, bundle_, members, level_, prepared_->shape, keep_);
  if (!arrays.empty()) outcome_.result["arrays"] = save_arrays(run_folder_, outcome_.case_id, arrays);
  outcome_.result_key = sha256_hex(outcome_.content_key + canonical(identity_));
  done();
}

Json scored(const Bundle& bundle, std::span<const ClassifyMember> members, Level level) {
  return to_json(bundle, score_case(bundle, head_outputs(members.front().passes.front()), level));
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
