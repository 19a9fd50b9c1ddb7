// The workers of a run: started with what they may touch, asked once whether the model will do.
#pragma once

#include <string>
#include <vector>

#include "radbatch/batch/tool.hpp"

namespace radbatch {

/// options.jobs image workers; `setup` is what each is told besides the limits. `roots` as in add_workers.
void add_image_workers(WorkerPool& pool, Json setup, const RunOptions& options,
                       const std::vector<std::string>& roots);
/// As many classify workers as processors allow, each on options.threads of them; of a GPU one per device.
/// They are started when there is work for them and memory too.
void add_classify_workers(WorkerPool& pool, WorkerSpec spec, Json setup, const RunOptions& options);
/// The devices that `--device` means, each with one worker; "cuda" is all that there are.
std::vector<std::string> devices_of(const std::string& device);
/// `roots` are the only folders the image workers will be able to read; empty: not known beforehand.
void add_workers(WorkerPool& pool, const Tool& tool, const RunOptions& options,
                 const std::vector<std::string>& roots);
/// Has the model loaded, where the run has one, while headers are read.
void start_model(WorkerPool& pool);
/// Waits for start_model: a model or device that will not do ends a first run here, before anything is
/// written. Incomplete when a stop signal came.
void await_model(WorkerPool& pool);

}  // namespace radbatch
