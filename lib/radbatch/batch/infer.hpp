// infer: every case of a cohort to its scores.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "radbatch/batch/beyond.hpp"
#include "radbatch/batch/explanations.hpp"
#include "radbatch/batch/levels.hpp"
#include "radbatch/batch/prepared_image.hpp"
#include "radbatch/batch/previews.hpp"
#include "radbatch/batch/tool.hpp"

namespace radbatch {

struct InferOptions {
  std::filesystem::path model;
  std::string backend;  ///< kind: torchscript, aotinductor, openvino; empty: the first that can run
  std::string precision = "fp32";  ///< fp32, bf16 or auto
  bool allow_unverified = false;
  bool strict = false;  ///< a contradiction between the bundle's own files ends the run
  bool verify = true;   ///< false where only tables are made from committed results
  ImageChoice choice;
  Thumbnails thumbnails = Thumbnails::safe;
  bool reference = false;  ///< prepare step by step (PrepareOptions::reference); part of the identity
  PreviewOptions preview;
  ExplainOptions explain;
  std::filesystem::path cache;  ///< folder of tensors shared with other runs; empty: none
  BeyondOptions beyond;
  LevelOptions levels;
  Json repooled;  ///< of a run folder that radbatch repool made: the rules and the run they were made from
  bool prepared = false;  ///< the inputs are tensors made elsewhere: recorded as plan "external"
};

/// Loads and verifies the bundle. Throws Error(ExitCode::model).
std::unique_ptr<Tool> make_infer(const InferOptions& options, const RunOptions& run);

}  // namespace radbatch
