// A plan's steps on one image: what `prepare` and `prepare_several` share.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "radbatch/prepare/executor.hpp"
#include "radbatch/prepare/prepare.hpp"

namespace radbatch::prepare_detail {

/// "step 3 of the plan (Spacing)", for messages.
std::string step_title(const Plan& plan, std::size_t i);
/// {"name", "shape", "spacing_mm"} of the image as it is now.
Json trace_entry(std::string_view name, const Image& image);

std::unique_ptr<Executor> executor_for(const PrepareOptions& options);
/// Carries out one step; nothing for ExtractSlices and the steps of several images. Throws Error that names
/// the step.
void run_step(Executor& executor, Image& image, const Plan& plan, std::size_t i);

/// The plan from step `begin` on, for the one image that is left: ExtractSlices included. `trace` is what led
/// here.
PreparedTensor prepare_from(Executor& executor, Image image, const Plan& plan, std::size_t begin, Json trace,
                            const PrepareOptions& options);
/// Says in the tensor's flags and in the first entry of its trace that values which were NaN or infinite were
/// filled.
void note_filled(PreparedTensor& tensor, std::int64_t filled);

}  // namespace radbatch::prepare_detail
