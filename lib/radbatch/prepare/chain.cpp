#include "radbatch/prepare/chain.hpp"

#include <fmt/format.h>

#include "radbatch/base/error.hpp"

namespace radbatch::prepare_detail {

std::string step_title(const Plan& plan, std::size_t i) {
  return fmt::format("step {} of the plan ({})", i + 1, name(plan.steps[i]));
}

Json trace_entry(std::string_view name, const Image& image) {
  Json spacing = Json::array();
  for (int a = 0; a < image.dims; ++a) spacing.push_back(image.ras.spacing(a));
  return {{"name", std::string(name)}, {"shape", shape_json(image)}, {"spacing_mm", spacing}};
}

std::unique_ptr<Executor> executor_for(const PrepareOptions& options) {
  return options.reference ? reference_executor() : fused_executor(options.threads);
}

void run_step(Executor& executor, Image& image, const Plan& plan, std::size_t i) {
  try {
    executor.apply(image, plan.steps[i]);
  } catch (Error& error) {
    throw error.within(step_title(plan, i));
  }
}

void note_filled(PreparedTensor& tensor, std::int64_t filled) {
  if (filled == 0) return;
  tensor.trace.front()["nonfinite_filled"] = filled;
  tensor.flags.emplace_back("W_NONFINITE_FILLED");
}

}  // namespace radbatch::prepare_detail
