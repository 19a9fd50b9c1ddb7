// What a plan is once it is resolved, and what it makes of an image: every parameter with its default, shape
// and geometry after each step. Nothing is prepared.
#pragma once

#include <filesystem>
#include <string>

#include "radbatch/base/json.hpp"
#include "radbatch/batch/run_options.hpp"
#include "radbatch/volume/volume.hpp"

namespace radbatch {

struct ExplainRequest {
  std::filesystem::path model;  ///< a bundle, or
  std::filesystem::path plan;   ///< a plan (plan_source.hpp)
  std::filesystem::path image;  ///< read for its grid; empty: no image
  std::string like;             ///< a grid to assume instead: parse_grid; empty: none
};

/// {"from", "plan", "plan_sha256", "output", "notes", "warnings"}, and with an image "image" and "steps": per
/// step `name`, `parameters`, `values`, `shape`, `axes`, `spacing_mm`, `affine_ras` (3 x 4), `items`,
/// `depends_on_image`; "problem" where a step refuses the image.
/// Throws Error(ExitCode::usage | model) for a plan that cannot be read, Error for an image that cannot.
Json explain_plan(const ExplainRequest& request, const RunOptions& options);

/// The same for people, at most 80 columns where paths allow. A step may have "fused", a list of texts that
/// say what an executor carries out together with it; they are shown under the step.
std::string explain_text(const Json& explanation);

/// "512x512x300@0.7x0.7x1.0" or "299x299:3" (channels): a volume without samples, its axes those of the
/// patient (i to the left, j to the back, k to the head). Throws Error(ExitCode::usage).
Volume parse_grid(const std::string& text);

}  // namespace radbatch
