// Options of the tools that work for a model.
#pragma once

#include <filesystem>
#include <optional>

#include "radbatch/batch/infer.hpp"
#include "radbatch/cli/command_line.hpp"
#include "radbatch/cli/shared_options.hpp"

namespace radbatch {

void declare_model_option(CommandLine& line, std::filesystem::path& model);
/// --select, --on-many, --thumbnails.
void declare_image_choice(CommandLine& line, ImageChoice& choice, Thumbnails& thumbnails);
/// --reference.
void declare_reference_option(CommandLine& line, bool& reference);
/// --preview [N].
void declare_preview_option(CommandLine& line, PreviewOptions& preview);
/// --cache DIR.
void declare_cache_option(CommandLine& line, std::filesystem::path& cache);
/// --device, --backend, --precision, --threads, --allow-unverified-model.
void declare_backend_options(CommandLine& line, InferOptions& options, SharedOptions& shared);
/// Throws Error(ExitCode::usage) when --model was not given.
void require_model(const std::filesystem::path& model);

}  // namespace radbatch
