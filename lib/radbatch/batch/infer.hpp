// infer: every case of a cohort to its scores.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "radbatch/batch/explanations.hpp"
#include "radbatch/batch/prepared_image.hpp"
#include "radbatch/batch/previews.hpp"
#include "radbatch/batch/tool.hpp"

namespace radbatch {

struct InferOptions {
  std::filesystem::path model;
  std::string backend;  ///< kind: torchscript, aotinductor; empty: the bundle's first
  bool allow_unverified = false;
  bool strict = false;  ///< a contradiction between the bundle's own files ends the run
  bool verify = true;   ///< false where only tables are made from committed results
  ImageChoice choice;
  Thumbnails thumbnails = Thumbnails::safe;
  bool reference = false;  ///< prepare step by step (PrepareOptions::reference); part of the identity
  PreviewOptions preview;
  ExplainOptions explain;
  std::filesystem::path cache;  ///< folder of tensors shared with other runs; empty: none
  bool prepared = false;        ///< the inputs are tensors made elsewhere: recorded as plan "external"
};

/// Loads and verifies the bundle. Throws Error(ExitCode::model).
std::unique_ptr<Tool> make_infer(const InferOptions& options, const RunOptions& run);

}  // namespace radbatch
