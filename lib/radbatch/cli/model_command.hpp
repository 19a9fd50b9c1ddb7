// `radbatch model inspect|verify|compile BUNDLE`.
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "radbatch/base/json.hpp"
#include "radbatch/model/bundle.hpp"

namespace radbatch {

/// inspect: what the model takes and gives, on standard output. verify: every file against its digest, then
/// the model's known answers in a classify worker. compile: model_compile.hpp. `words` is what follows
/// "model". Throws Error(ExitCode::model), and Error(ExitCode::usage) for words that are no such command.
int model_command(std::span<const std::string> words);

/// Loads that backend of the bundle as a run would, which runs its known answers, and gives what the worker
/// says of it: {"golden": 6, "classifier": {...}, ...}. Throws Error(ExitCode::model).
Json load_in_worker(const std::filesystem::path& bundle, const Backend& backend);

}  // namespace radbatch
