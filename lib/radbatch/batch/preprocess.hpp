// preprocess: every case of a cohort to the tensor its model takes, in tensors/<case_id>.h5.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "radbatch/batch/prepared_image.hpp"
#include "radbatch/batch/tool.hpp"

namespace radbatch {

struct PreprocessOptions {
  std::filesystem::path model;  ///< the bundle whose plan and input contract apply; empty: there is a plan
  std::filesystem::path plan;   ///< a plan without a contract (plan_source.hpp): every image is taken
  bool strict = false;          ///< a contradiction between the bundle's own files ends the run
  ImageChoice choice;
  Thumbnails thumbnails = Thumbnails::none;
  bool reference = false;  ///< prepare step by step (PrepareOptions::reference); part of the identity
};

/// Throws Error(ExitCode::model) when the bundle cannot be read, Error(ExitCode::usage) for a plan.
std::unique_ptr<Tool> make_preprocess(const PreprocessOptions& options, const RunOptions& run);

}  // namespace radbatch
