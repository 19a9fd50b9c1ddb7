// preprocess: every case of a cohort to the tensor its model takes, in tensors/<case_id>.h5 or another
// format.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "radbatch/batch/prepared_image.hpp"
#include "radbatch/batch/previews.hpp"
#include "radbatch/batch/tensor_output.hpp"
#include "radbatch/batch/tool.hpp"

namespace radbatch {

struct PreprocessOptions {
  std::filesystem::path model;  ///< the bundle whose plan and input contract apply; empty: there is a plan
  std::filesystem::path plan;   ///< a plan without a contract (plan_source.hpp): every image is taken
  bool strict = false;          ///< a contradiction between the bundle's own files ends the run
  ImageChoice choice;
  bool reference = false;  ///< prepare step by step (PrepareOptions::reference); part of the identity
  TensorFormat format = TensorFormat::h5;
  bool pack = false;  ///< tensors.h5 with all cases at the end
  PreviewOptions preview;
  std::filesystem::path cache;  ///< folder of tensors shared with other runs; empty: none
};

/// Throws Error(ExitCode::model) when the bundle cannot be read, Error(ExitCode::usage) for a plan or options
/// that do not go together.
std::unique_ptr<Tool> make_preprocess(const PreprocessOptions& options, const RunOptions& run);

/// What --pack and --preview leave in the journal (Tool::wishes), into options.
void apply_wishes(const Json& wishes, PreprocessOptions& options);

}  // namespace radbatch
